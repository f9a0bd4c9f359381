"""Thanks, and a clean slate: what the partner may do about a kept promise. Nobody ever asks for it. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.commitment import CleanSlateGiven, CommitmentThanked
from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.refusals import in_force
from eventlog import Refused
from goals.commitment.rules.reliability import was_late
from goals.commitment.state import Commitment, Kept
from goals.owner import who


def thank(
    promise: Commitment, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[CommitmentThanked]:
    """Thank for a kept promise, once."""
    kept = _kept_for(promise, by, reference_data)
    if kept.thanked_at is not None:
        raise Refused("already-thanked", "You have already thanked for this promise.", thanked_at=kept.thanked_at)
    return [CommitmentThanked(**who(kept, by))]


def give_clean_slate(
    promise: Commitment, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[CleanSlateGiven]:
    """Let a promise that was kept late, or for whose new date the owner asked late, count as kept on time."""
    kept = _kept_for(promise, by, reference_data)
    if not was_late(kept, reference_data.time(kept.owner), reference_data.partnership(kept.partnership)):
        raise Refused("nothing-was-late", "This promise counts as kept on time already.")
    return [CleanSlateGiven(**who(kept, by))]


def _kept_for(promise: Commitment, by: PersonId, reference_data: PairReferenceData) -> Kept:
    match promise:
        case Kept(partner=partner) if partner == by:
            in_force(promise.partnership, by, reference_data)
            return promise
        case Kept():
            raise Refused("not-yours-to-thank", "You made this promise. Only your partner can do this.")
        case _:
            raise Refused("not-possible-now", "This is possible for a promise that is kept.", status=promise.status)
