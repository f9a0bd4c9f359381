"""The end of an answer period. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import Pause, answer_by


def awaited_until(
    people: Sequence[PersonId],
    since: datetime,
    days: int,
    pair: PartnershipReadModel,
    reference_data: PairReferenceData,
    *,
    if_endless: datetime,
) -> datetime | None:
    """When the last of these people has had ``days`` working days after ``since`` (UTC). Days of a pause do not count.

    None during an open pause. A person who is away without a known end does not count; if all are, it is
    ``if_endless``.
    """
    pauses = _pauses(pair)
    ends = [answer_by(reference_data.time(person), since, days, pauses) for person in people]
    if None in ends and any(pause.end is None for pause in pauses):
        return None
    return max((end for end in ends if end is not None), default=if_endless)


def _pauses(pair: PartnershipReadModel) -> tuple[Pause, ...]:
    """The pauses of the partnership. The end of the partnership ends them, so that the time to report can end."""
    over = pair.ended_at
    if over is None:
        return pair.all_pauses()
    return tuple(
        Pause(start=pause.start, end=over if pause.end is None else min(pause.end, over)) for pause in pair.all_pauses()
    )
