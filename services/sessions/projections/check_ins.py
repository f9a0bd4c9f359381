"""The read model of check-ins: the current occasion alone. Calendar feeds have it."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import assert_never

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
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
from coaching_events.ids import PartnershipId, PersonId
from coaching_events.registry import EVENTS
from eventlog import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInsReadModel:
    """The check-ins of ``owner`` in a partnership: the current occasion, and when it is due (UTC; None: not known).

    ``expected``: it is neither written nor excused.
    """

    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    occasion: date
    due: datetime | None
    expected: bool = True


def evolve(row: CheckInsReadModel | None, recorded: Recorded[CheckInsEvent]) -> CheckInsReadModel | None:
    """Fold one event. Only the current occasion counts."""
    event = recorded.event
    if isinstance(event, CheckInsScheduled | CheckInOpened):
        return CheckInsReadModel(
            partnership=event.partnership,
            owner=event.owner,
            partner=event.partner,
            occasion=event.occasion,
            due=event.due,
        )
    if row is None:
        return None
    match event:
        case CheckInSuspended():
            return replace(row, due=event.until, expected=True) if event.occasion == row.occasion else row
        case CheckInSubmitted() | CheckInExcused():
            return replace(row, expected=False) if event.occasion == row.occasion else row
        case CheckInsStopped():
            return replace(row, expected=False)
        case CheckInsStarted() | CheckInMissed() | CheckInRevised() | CheckInAnswered():
            return row
        case _:
            assert_never(event)


CHECK_INS_PROJECTION = Projection[CheckInsReadModel](
    kind="check-ins",
    values=TypeAdapter(CheckInsReadModel),
    events=EVENTS["check-ins"],
    evolve=evolve,
    indexes=("owner",),
    parties=lambda _, row: (row.owner, row.partner),
)
