"""The events in plain sentences: one line per act of a person, or per result of one."""

from dataclasses import dataclass, field
from datetime import datetime

from coaching_events import (
    AgendaItemAdded,
    CheckInMissed,
    CommitmentKept,
    CommitmentMade,
    CommitmentMissed,
    CommitmentRenegotiated,
    CommitmentRequestDeclined,
    CommitmentRequested,
    CommitmentSuspended,
    GoalAgreed,
    GoalCountered,
    GoalProgressed,
    GoalProposed,
    PartnershipFormed,
    PersonRegistered,
    RenegotiationProposed,
    SessionCancelled,
    SessionHeld,
    SessionProposed,
    StreamId,
)
from coaching_events.envelope import Recorded
from coaching_events.event import Event
from examples.two_weeks.script import MUNICH


@dataclass
class Teller:
    """Remembers names and texts from the events that have them. It knows only what the topics have."""

    names: dict[str, str] = field(default_factory=dict[str, str])
    texts: dict[StreamId, str] = field(default_factory=dict[StreamId, str])

    def sentence(self, heard: Recorded[Event]) -> str | None:
        """The sentence for an event. None if this story leaves it out."""
        event = heard.event
        match event:
            case PersonRegistered():
                self.names[heard.stream] = str(event.display_name).split()[0]
                return None
            case PartnershipFormed(people=(one, other)):
                return _said(f"{self.of(one)} and {self.of(other)} form a partnership", event.purpose)
            case CheckInMissed():
                return f"{self.of(event.owner)} has not checked in; late is welcome."
            case CommitmentMade() | CommitmentRequested() | CommitmentRequestDeclined():
                return self._before_a_promise(heard.stream, event)
            case GoalProposed() | GoalCountered() | GoalAgreed() | GoalProgressed():
                return self._goal(heard.stream, event)
            case AgendaItemAdded() | SessionProposed() | SessionHeld() | SessionCancelled():
                return self._session(event)
            case _:
                return self._promise(heard.stream, event)

    def _before_a_promise(
        self, stream: StreamId, event: CommitmentMade | CommitmentRequested | CommitmentRequestDeclined
    ) -> str:
        match event:
            case CommitmentRequested():
                return f"{self.of(event.partner)} asks {self.of(event.owner)}: {_quoted(event.text)}"
            case CommitmentRequestDeclined():
                return _said(f"{self.of(event.owner)} says no, so nothing is owed", _note(event))
            case CommitmentMade():
                self.texts[stream] = str(event.text)
                how = "promises in own words" if event.request else f"promises {self.of(event.partner)}"
                served = "" if event.goal is None else " for their goal"
                served += "" if event.session is None else " after their talk"
                return f"{self.of(event.owner)} {how}{served}: {_quoted(event.text)} Until {_day(event.due)}."

    def _goal(self, stream: StreamId, event: GoalProposed | GoalCountered | GoalAgreed | GoalProgressed) -> str:
        match event:
            case GoalProposed():
                self.texts[stream] = str(event.title)
                return f"{self.of(event.by)} suggests a goal: {_quoted(event.title)}."
            case GoalCountered():
                self.texts[stream] = str(event.title)
                return _said(f"{self.of(event.by)} answers with {_quoted(event.title)}", _note(event))
            case GoalAgreed():
                return _said(f"{self.of(event.by)} agrees, so it is the goal of both", _note(event))
            case GoalProgressed():
                title = _quoted(self.texts.get(stream))
                return _said(f"{self.of(event.by)} counts {event.value} so far for {title}", _note(event))

    def _promise(self, stream: StreamId, event: Event) -> str | None:
        text = _quoted(self.texts.get(stream))
        match event:
            case CommitmentMissed():
                return f"{text} is missed: a fact, and {self.of(event.owner)} can still keep it."
            case CommitmentSuspended():
                until = "" if event.until is None else f" It is due again on {_day(event.until)}."
                return f"{text} is not missed: {self.of(event.owner)} is on leave.{until}"
            case RenegotiationProposed():
                return _said(f"{self.of(event.owner)} asks for another date, {_day(event.due)}", _note(event))
            case CommitmentRenegotiated():
                return _said(f"{self.of(event.partner)} agrees to {_day(event.due)}", _note(event))
            case CommitmentKept():
                return _said(f"{self.of(event.owner)} has kept {text}", _note(event), " and says:")
            case _:
                return None

    def _session(self, event: AgendaItemAdded | SessionProposed | SessionHeld | SessionCancelled) -> str:
        match event:
            case AgendaItemAdded():
                return f"{self.of(event.by)} puts something on the agenda that only the two read."
            case SessionProposed():
                return _said(f"{self.of(event.by)} suggests to meet on {_moment(event.start)}", _note(event))
            case SessionHeld(people=(one, other)):
                return f"{self.of(one)} and {self.of(other)} have met. Both say so."
            case SessionCancelled():
                return _said(f"{self.of(event.by)} cancels the session of {_moment(event.start)}", _note(event))

    def of(self, person: str) -> str:
        """The name of a person."""
        return self.names.get(person, "Somebody")


def _quoted(text: object) -> str:
    return f"“{text}”" if isinstance(text, str) else "(no words)"


def _said(before: str, text: object, link: str = ":") -> str:
    """A sentence that ends with a person's text, and with that text's own full stop if it has one."""
    if not isinstance(text, str):
        return f"{before}."
    return f"{before}{link} {_quoted(text)}" if text.endswith((".", "?", "!")) else f"{before}{link} {_quoted(text)}."


def _note(event: Event) -> object:
    return getattr(event, "note", None)


def _day(instant: datetime) -> str:
    return f"{instant.astimezone(MUNICH):%A %-d January}"


def _moment(instant: datetime) -> str:
    return f"{instant.astimezone(MUNICH):%A at %-H:%M}"
