"""Until when an answer is awaited. Pure."""

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
    """When so many working days after ``since`` are over for the last of these people; days of a pause do not count.

    None while an open pause stands in the way. Who is away without an end in sight is not waited for; if that is
    everybody, it is ``if_endless``.
    """
    pauses = _pauses(pair)
    ends = [answer_by(reference_data.time(person), since, days, pauses) for person in people]
    if None in ends and any(pause.end is None for pause in pauses):
        return None
    return max((end for end in ends if end is not None), default=if_endless)


def _pauses(pair: PartnershipReadModel) -> tuple[Pause, ...]:
    """Its pauses; what has ended does not rest any more, so that reports run to their end."""
    over = pair.ended_at
    if over is None:
        return pair.all_pauses()
    return tuple(
        Pause(start=pause.start, end=over if pause.end is None else min(pause.end, over)) for pause in pair.all_pauses()
    )
