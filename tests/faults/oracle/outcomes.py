"""Every due moment that has passed has exactly one outcome, at its moment: told from the events alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import datetime
from typing import Any

from coaching_events.envelope import Recorded
from coaching_events.events.check_ins import (
    CheckInExcused,
    CheckInMissed,
    CheckInOpened,
    CheckInsScheduled,
    CheckInsStopped,
    CheckInSubmitted,
    CheckInSuspended,
)
from coaching_events.events.commitment import (
    CommitmentKept,
    CommitmentMade,
    CommitmentMissed,
    CommitmentReleased,
    CommitmentRenegotiated,
    CommitmentRequested,
    CommitmentSuspended,
    DeclarationWithdrawn,
)
from coaching_events.events.goal import (
    ClosingDeclined,
    ClosingProposed,
    ClosingWithdrawn,
    GoalAchieved,
    GoalAgreed,
    GoalCountered,
    GoalDeclarationWithdrawn,
    GoalDeclined,
    GoalLapsed,
    GoalProposed,
    GoalReleased,
    GoalReopened,
    GoalWithdrawn,
)
from coaching_events.events.session import (
    RescheduleDeclined,
    RescheduleLapsed,
    RescheduleProposed,
    RescheduleWithdrawn,
    SessionCancelled,
    SessionDeclined,
    SessionDisputed,
    SessionHeld,
    SessionLapsed,
    SessionMissed,
    SessionReported,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from coaching_events.ids import StreamId, kind_of
from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.suite import decoded

Events = Sequence[Recorded[Any]]


def histories(evidence: Evidence) -> Mapping[StreamId, Events]:
    """Every history decoded; one that cannot be is left out, as documents.py has said so."""
    found: dict[StreamId, Events] = {}
    for document in evidence.documents:
        try:
            found[document.stream] = [decoded(document.stream, entry) for entry in document.history]
        except (ValueError, KeyError):
            continue
    return found


def faults(evidence: Evidence, told: Mapping[StreamId, Events]) -> Iterator[str]:
    """What is overdue, what was decided twice, and what was decided at another moment than its own."""
    for document in evidence.documents:
        if document.wake_at is not None and document.wake_at <= evidence.now:
            yield f"{document.stream} was due at {document.wake_at} and has no outcome at {evidence.now}"
    for stream, events in told.items():
        judge = _JUDGES.get(kind_of(stream))
        if judge is not None:
            yield from judge(stream, events, evidence.now)


def _promise(stream: StreamId, events: Events, now: datetime) -> Iterator[str]:
    """A promise whose grace has passed is no longer simply open; it is missed once for each grace, at its end."""
    misses: Counter[datetime] = Counter()
    instants: set[datetime] = set()
    grace_end: datetime | None = None
    asked = kept = False
    for recorded in events:
        match recorded.event:
            case CommitmentMissed() as missed:
                misses[missed.grace_end] += 1
                yield from at_its_moment(recorded, missed.grace_end, instants)
                grace_end = None
            case CommitmentKept() | CommitmentReleased():
                grace_end, kept = None, True
            case CommitmentRequested():
                pass
            case CommitmentSuspended() if kept:
                pass  # a fact that became known later corrects the miss before it
            case CommitmentMade() | CommitmentRenegotiated() | CommitmentSuspended() | DeclarationWithdrawn() as set_:
                grace_end, asked, kept = set_.grace_end, False, False
            case event if event.type in ("renegotiation-proposed", "release-proposed"):
                asked = True
            case event if hasattr(event, "proposal"):  # how a question ended without agreement
                grace_end, asked = event.grace_end or grace_end, False
            case _:
                pass
        instants.add(recorded.at)
    yield from more_than_once(stream, "missed", misses)
    if grace_end is not None and grace_end <= now and not asked:
        yield f"{stream} is open, and its grace ended at {grace_end}"


def at_its_moment(recorded: Recorded[Any], moment: datetime, or_at: Set[datetime] = frozenset()) -> Iterator[str]:
    """At the moment, or at the instant of an event before it, where that came when the moment had passed already."""
    if recorded.at < moment:
        yield f"{recorded.position} is a {recorded.event.type} of {recorded.at}, before its moment {moment}"
    elif recorded.at > moment and recorded.at not in or_at:
        yield f"{recorded.position} is a {recorded.event.type} of {recorded.at}, later than its moment {moment}"


def _check_ins(stream: StreamId, events: Events, now: datetime) -> Iterator[str]:
    """Each occasion is scheduled, opened, missed, excused and written at most once, and ends when it is over.

    New terms can bring the next occasion forward: then it replaces the one that has not opened.
    """
    times: dict[str, Counter[Any]] = defaultdict(Counter)
    ends: dict[Any, datetime] = {}
    settled: set[Any] = set()
    instants: set[datetime] = set()
    stopped, unopened = False, None
    for recorded in events:
        match recorded.event:
            case CheckInsScheduled() as scheduled:
                if unopened is not None:
                    del ends[unopened]
                    times[scheduled.type][unopened] -= 1
                unopened, ends[scheduled.occasion] = scheduled.occasion, scheduled.grace_end
            case CheckInMissed() as missed:
                settled.add(missed.occasion)
                yield from at_its_moment(recorded, missed.grace_end, instants)
            case CheckInSubmitted() | CheckInExcused() as settling:
                settled.add(settling.occasion)
            case CheckInSuspended() as suspended:
                ends[suspended.occasion] = suspended.grace_end or datetime.max.replace(tzinfo=now.tzinfo)
            case CheckInsStopped():
                stopped = True
            case _:
                pass
        if isinstance(
            recorded.event,
            CheckInsScheduled | CheckInOpened | CheckInMissed | CheckInExcused | CheckInSubmitted | CheckInSuspended,
        ):
            times[recorded.event.type][recorded.event.occasion] += 1
            if recorded.event.occasion == unopened and not isinstance(recorded.event, CheckInsScheduled):
                unopened = None
        instants.add(recorded.at)
    for what, occasions in times.items():
        yield from more_than_once(stream, what, occasions)
    if not stopped:
        for occasion, end in ends.items():
            if end <= now and occasion not in settled:
                yield f"{stream}: the occasion {occasion} ended at {end} without an outcome"


def _session(stream: StreamId, events: Events, now: datetime) -> Iterator[str]:
    """One ending, and one report of each."""
    endings = (
        SessionHeld
        | SessionMissed
        | SessionCancelled
        | SessionDisputed
        | SessionLapsed
        | SessionDeclined
        | SessionWithdrawn
    )
    ended = [recorded for recorded in events if isinstance(recorded.event, endings)]
    if len(ended) > 1:
        yield f"{stream} has {len(ended)} endings: {', '.join(each.event.type for each in ended)}"
    scheduled = [recorded for recorded in events if isinstance(recorded.event, SessionScheduled)]
    if len(scheduled) > 1:
        yield f"{stream} was scheduled {len(scheduled)} times"
    yield from _moves(stream, events)
    reports = Counter(recorded.event.by for recorded in events if isinstance(recorded.event, SessionReported))
    yield from more_than_once(stream, "reported", reports)
    for recorded in ended:
        if (
            isinstance(recorded.event, SessionHeld | SessionMissed | SessionDisputed)
            and recorded.at < recorded.event.end
        ):
            yield f"{recorded.position} says how a session went that was not over"


def _moves(stream: StreamId, events: Events) -> Iterator[str]:
    """Each proposal of another time has one answer, and is answered by the other partner unless a rule does."""
    answered: Counter[Any] = Counter()
    for recorded in events:
        event = recorded.event
        if isinstance(event, RescheduleDeclined | RescheduleWithdrawn | RescheduleLapsed | SessionRescheduled):
            answered[event.proposal] += 1
        if isinstance(event, RescheduleProposed) and event.counters is not None:
            answered[event.counters] += 1
    yield from more_than_once(stream, "another time was answered", answered)


def _goal(stream: StreamId, events: Events, now: datetime) -> Iterator[str]:
    """Revisions follow each other, the other partner agrees, and each proposal of a closing has one answer."""
    yield from _negotiated(events)
    closings: Counter[Any] = Counter()
    stands = "open"
    for recorded in events:
        event = recorded.event
        before, becomes = _STANDS.get(event.type, (stands, stands))
        if stands != before:
            yield f"{recorded.position} is a {event.type} of a goal that is {stands}"
        stands = becomes
        if isinstance(event, GoalDeclarationWithdrawn) and stands == "closed":
            stands = "agreed"  # the yes to the closing was taken back
        if isinstance(event, ClosingDeclined | ClosingWithdrawn | GoalAchieved | GoalReleased) and event.proposal:
            closings[event.proposal] += 1
    yield from more_than_once(stream, "a closing was answered", closings)


_STANDS: Mapping[str, tuple[str, str]] = {
    GoalAgreed.type: ("open", "agreed"),
    GoalDeclined.type: ("open", "over"),
    GoalWithdrawn.type: ("open", "over"),
    GoalLapsed.type: ("open", "over"),
    ClosingProposed.type: ("agreed", "agreed"),
    GoalAchieved.type: ("agreed", "closed"),
    GoalReleased.type: ("agreed", "closed"),
    GoalReopened.type: ("closed", "agreed"),
}
"""How a goal stands before and after an event."""


def _negotiated(events: Events) -> Iterator[str]:
    said_by, revision = "", 0
    for recorded in events:
        event = recorded.event
        if isinstance(event, GoalProposed | GoalCountered):
            if event.revision != revision + 1 or event.by == said_by:
                yield f"{recorded.position} is revision {event.revision} by {event.by}; {revision} is by {said_by}"
            said_by, revision = event.by, event.revision
        if isinstance(event, GoalAgreed) and (event.by == said_by or event.revision != revision):
            yield f"{recorded.position} agrees to {event.revision}, by {event.by}; {revision} is by {said_by}"


def more_than_once(stream: StreamId, what: str, times: Counter[Any]) -> Iterator[str]:
    yield from (f"{stream}: {what} {count} times for {one}" for one, count in times.items() if count > 1)


_JUDGES: Mapping[str, Callable[[StreamId, Events, datetime], Iterator[str]]] = {
    "commitment": _promise,
    "check-ins": _check_ins,
    "session": _session,
    "goal": _goal,
}
