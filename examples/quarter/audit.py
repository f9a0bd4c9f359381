"""An independent reader: it folds the topics again and compares the result with the answers of every service.

It knows the public contract only. It imports no code of the services.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coaching_events import subscribe
from coaching_events.event import Event
from coaching_events.events.mailbox import DigestSent, MessageReceived, NudgeSent
from coaching_events.ids import StreamId, kind_of
from coaching_events.registry import EVENTS
from eventlog import fresh_id
from examples.quarter.person import Json, Person
from examples.quarter.play import Couple

STATUS_AFTER: Mapping[str, Mapping[str, str]] = {
    "partnership": {
        "partnership-proposed": "proposed",
        "partnership-formed": "formed",
        "partnership-declined": "declined",
        "partnership-withdrawn": "withdrawn",
        "partnership-lapsed": "lapsed",
        "partnership-ended": "ended",
    },
    "goal": {
        "goal-proposed": "proposed",
        "goal-agreed": "agreed",
        "goal-declined": "declined",
        "goal-withdrawn": "withdrawn",
        "goal-lapsed": "lapsed",
        "goal-achieved": "achieved",
        "goal-released": "released",
        "goal-reopened": "agreed",
        "goal-declaration-withdrawn": "agreed",
    },
    "commitment": {
        "commitment-requested": "requested",
        "commitment-request-declined": "declined",
        "commitment-request-withdrawn": "withdrawn",
        "commitment-request-lapsed": "lapsed",
        "commitment-made": "open",
        "commitment-kept": "kept",
        "commitment-missed": "overdue",
        "commitment-released": "released",
        "commitment-renegotiated": "open",
        "follow-up-not-taken": "not-taken",
    },
    "session": {
        "session-proposed": "proposed",
        "session-scheduled": "scheduled",
        "session-declined": "declined",
        "session-withdrawn": "withdrawn",
        "session-held": "held",
        "session-missed": "missed",
        "session-cancelled": "cancelled",
        "session-disputed": "disputed",
        "session-lapsed": "lapsed",
    },
}
"""Kind → type → the status after it. Other types do not change the status."""


@dataclass
class Heard:
    """One stream, from the topics."""

    version: int = 0
    status: str = ""
    due: datetime | None = None
    events: list[Event] = field(default_factory=list[Event])


@dataclass
class Audit:
    """The records that were read, the comparisons, and every difference."""

    streams: dict[StreamId, Heard] = field(default_factory=dict[StreamId, Heard])
    records: int = 0
    repeated: int = 0
    compared: Counter[str] = field(default_factory=Counter[str])
    differences: list[str] = field(default_factory=list[str])

    def hear(self, stream: StreamId, version: int, event: Event) -> None:
        """Take one record. The first occurrence of each version must follow the version before it."""
        self.records += 1
        heard = self.streams.setdefault(stream, Heard())
        if version <= heard.version:
            self.repeated += 1
            return
        if version != heard.version + 1:
            self.differences.append(f"{stream}: {version} came first after {heard.version}")
        heard.version = version
        heard.events.append(event)
        self._fold(kind_of(stream), heard, event)

    def same(self, what: str, stream: str, told: object, answered: object) -> None:
        """Compare one value from the topics with the answer of a service."""
        self.compared[what] += 1
        if told != answered:
            self.differences.append(f"{stream}: {what} is {told} by the topics, {answered} by its service")

    def _fold(self, kind: str, heard: Heard, event: Event) -> None:
        heard.status = STATUS_AFTER.get(kind, {}).get(event.type, heard.status)
        if kind != "commitment":
            return
        if event.type in ("commitment-requested", "commitment-made", "commitment-renegotiated"):
            heard.due = getattr(event, "due", heard.due)
        if event.type == "commitment-suspended":
            heard.due = getattr(event, "until", None) or heard.due
            heard.status = "kept" if heard.status == "kept" else "open"
        if event.type == "declaration-withdrawn":
            heard.status = "open" if getattr(event, "grace_end", None) else "overdue"


async def listen(kafka_url: str, ends: Mapping[str, int]) -> Audit:
    """Read every topic from its beginning to these ends (by ``topic-partition``), like any subscriber."""
    audit = Audit()
    group = f"audit-{fresh_id()[:8]}"
    left = sum(ends.values())
    async with subscribe(types=[*EVENTS], group=group, bootstrap=kafka_url, stop_on=()) as deliveries:
        while left:
            delivery = await anext(deliveries)
            audit.hear(delivery.stream, delivery.version, delivery.event)
            left -= 1
    return audit


async def compare(audit: Audit, couples: Sequence[Couple], people: Sequence[Person]) -> None:
    """Ask every service as its users do, and compare the answers with the topics."""
    for couple in couples:
        await _compare_couple(audit, couple)
    for person in people:
        if person.id:
            await _compare_mail(audit, person)


async def _compare_couple(audit: Audit, couple: Couple) -> None:
    me, here = couple.proposer, f"/partnerships/{couple.partnership}"
    partnership = await me.get("partnerships", here)
    _compare_stream(audit, partnership)
    goals = await me.all("goals", f"{here}/goals")
    for goal in goals:
        _compare_stream(audit, goal)
    _compare_number(audit, "goal", couple, len(goals))
    promises = await me.all("goals", f"{here}/commitments")
    for promise in promises:
        _compare_stream(audit, promise)
        heard = audit.streams.get(StreamId(promise["id"]), Heard())
        audit.same("a due moment", promise["id"], heard.due, datetime.fromisoformat(promise["due"]))
    _compare_number(audit, "commitment", couple, len(promises))
    for stream in await me.get("goals", f"{here}/check-ins"):
        heard = audit.streams.get(StreamId(stream["id"]), Heard())
        audit.same("a position", stream["id"], f"{stream['id']}@{heard.version}", stream["position"])
        _compare_occasions(audit, heard, stream)
    sessions = await me.all("sessions", f"{here}/sessions")
    for session in sessions:
        _compare_stream(audit, session)
    _compare_number(audit, "session", couple, len(sessions))


def _compare_stream(audit: Audit, shown: Json) -> None:
    heard = audit.streams.get(StreamId(shown["id"]), Heard())
    audit.same("a position", shown["id"], f"{shown['id']}@{heard.version}", shown["position"])
    audit.same("a status", shown["id"], heard.status, shown["status"])


def _compare_number(audit: Audit, kind: str, couple: Couple, answered: int) -> None:
    told = sum(
        1
        for stream, heard in audit.streams.items()
        if kind_of(stream) == kind and getattr(heard.events[0], "partnership", "") == couple.partnership
    )
    audit.same(f"the number of {kind}s", couple.partnership, told, answered)


def _compare_occasions(audit: Audit, heard: Heard, shown: Json) -> None:
    """The outcome of each occasion: its last event, with corrections instead of the corrected events."""
    told: dict[str, str] = {}
    for event in heard.events:
        occasion, word = getattr(event, "occasion", None), event.type.removeprefix("check-in-")
        # A submitted check-in stays submitted, whatever becomes known later.
        if word in ("submitted", "missed", "excused", "suspended") and told.get(str(occasion)) != "submitted":
            told[str(occasion)] = word
    for occasion in shown["past"]:
        audit.same("an occasion", shown["id"], told.get(occasion["occasion"]), occasion["status"])


async def _compare_mail(audit: Audit, person: Person) -> None:
    """Each message in the topics is in the inbox unless another one replaces it, and there are no others."""
    told: set[str] = set()
    for stream, heard in audit.streams.items():
        if kind_of(stream) == "mailbox" and getattr(heard.events[0], "person", "") == person.id:
            told |= {
                event.message for event in heard.events if isinstance(event, NudgeSent | DigestSent | MessageReceived)
            }
            told -= {event.replaces for event in heard.events if isinstance(event, MessageReceived) and event.replaces}
    answered: set[Any] = {message["id"] for message in await person.all("notifications", "/inbox")}
    audit.same("an inbox", person.id, sorted(told), sorted(answered))
