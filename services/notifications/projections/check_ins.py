"""The read model of one partner's check-ins: what is open, the unanswered miss, and the promises they are about."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.events.check_ins import (
    CheckInAnswered,
    CheckInExcused,
    CheckInMissed,
    CheckInOpened,
    CheckInRevised,
    CheckInsEvent,
    CheckInsScheduled,
    CheckInsStarted,
    CheckInsStopped,
    CheckInSubmitted,
    CheckInSuspended,
)
from coaching_events.ids import CommitmentId, PartnershipId, PersonId, Position
from coaching_events.registry import EVENTS
from eventlog import Projection
from notifications.audiences import NewsOfEvents, Telling, owner, partner

REMEMBERED: Final = timedelta(days=120)
"""How long the read model keeps the promises of a check-in: longer than any ladder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The last check-in about a promise: its instant (UTC) and the position of its event."""

    commitment: CommitmentId
    at: datetime
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInsReadModel:
    """Check-ins of ``owner``. ``opened`` is the open occasion. ``open_miss`` is the first miss since they last
    submitted, at ``missed_at`` (UTC). ``last`` is the last event that counts.
    """

    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    last: Position
    opened: Position | None = None
    due: datetime | None = None
    open_miss: Position | None = None
    missed_at: datetime | None = None
    spoken: tuple[Spoken, ...] = ()
    speaks_of: tuple[CommitmentId, ...] = ()


def evolve(read_model: CheckInsReadModel | None, recorded: Recorded[CheckInsEvent]) -> CheckInsReadModel | None:
    """Fold one event of check-ins."""
    event = recorded.event
    if read_model is None:
        if not isinstance(event, CheckInsStarted):
            return None
        read_model = CheckInsReadModel(
            partnership=event.partnership, owner=event.owner, partner=event.partner, last=recorded.position
        )
    said = replace(read_model, last=recorded.position)
    match event:
        case CheckInOpened():
            return replace(said, opened=recorded.position, due=event.due)
        case CheckInSubmitted() | CheckInRevised():
            return _speaking(replace(said, opened=None, open_miss=None, missed_at=None), recorded.at, event)
        case CheckInMissed() if read_model.open_miss is None:
            return replace(said, opened=None, open_miss=recorded.position, missed_at=recorded.at)
        case CheckInMissed():
            return replace(said, opened=None)
        case CheckInExcused() | CheckInSuspended():
            opened = None if isinstance(event, CheckInExcused) else said.opened
            if event.supersedes is not None and event.supersedes == read_model.open_miss:
                return replace(said, opened=opened, open_miss=None, missed_at=None)
            return replace(said, opened=opened)
        case CheckInsStopped():
            return replace(said, opened=None, open_miss=None, missed_at=None)
        case CheckInAnswered():
            return read_model
        case CheckInsStarted() | CheckInsScheduled():
            return said
        case _:
            assert_never(event)


def _speaking(
    read_model: CheckInsReadModel, at: datetime, event: CheckInSubmitted | CheckInRevised
) -> CheckInsReadModel:
    of = set(event.commitments)
    kept = [each for each in read_model.spoken if each.commitment not in of and at - each.at < REMEMBERED]
    spoken = (*kept, *(Spoken(commitment=each, at=at, position=read_model.last) for each in sorted(of)))
    return replace(read_model, spoken=spoken, speaks_of=tuple(each.commitment for each in spoken))


CHECK_INS_PROJECTION = Projection[CheckInsReadModel](
    kind="check-ins",
    values=TypeAdapter(CheckInsReadModel),
    events=EVENTS["check-ins"],
    evolve=evolve,
    indexes=("speaks_of",),
    parties=lambda _, check_ins: (check_ins.owner, check_ins.partner),
)

NEWS: Final[NewsOfEvents] = {
    CheckInsStarted: "nobody",
    CheckInsScheduled: "nobody",
    CheckInOpened: "ladder",
    CheckInSubmitted: (Telling(partner, "other"),),
    CheckInRevised: (Telling(partner, "other"),),
    CheckInAnswered: (Telling(owner, "answer"),),
    CheckInMissed: "ladder",
    CheckInExcused: "nobody",
    CheckInSuspended: "nobody",
    CheckInsStopped: "nobody",
}
"""For each event: the people who get it as news, or why there is none."""

SIGNS_OF_LIFE: Final[tuple[type[Event], ...]] = (CheckInSubmitted, CheckInRevised)
"""A person acted: planned entries about an open miss, and the question that this answers, are withdrawn."""

SETTLED_BY_RULE: Final[tuple[type[Event], ...]] = (CheckInMissed, CheckInExcused, CheckInSuspended, CheckInsStopped)
"""A rule acted, and planned entries may no longer be needed: they are decided again."""

NO_SIGN: Final[tuple[type[Event], ...]] = (
    CheckInsStarted,
    CheckInsScheduled,
    CheckInOpened,  # an occasion begins: nothing is submitted yet
    CheckInAnswered,  # the partner acted, not the owner
)
"""No planned entry becomes needless by these."""
