"""Refusals that rules of several services share. A service that calls one lists its types in its problems.py."""

from collections.abc import Iterable
from datetime import datetime

from coaching_events.ids import PartnershipId, PersonId
from coaching_readmodels.partnership import PartnershipReadModel
from coaching_readmodels.reference_data import PairReferenceData
from coaching_time import ask_again_at
from eventlog import NotFound, Refused


def in_force(partnership: PartnershipId, by: PersonId, reference_data: PairReferenceData) -> PartnershipReadModel:
    """The partnership, if ``by`` is one of the two and it is formed.

    Raises NotFound for any other person, Refused before it is formed and after its end, CatchingUp if it is not known.
    """
    pair = reference_data.partnership(partnership)
    if by not in pair.people:
        raise NotFound(partnership)
    if pair.ended_at is not None:
        raise Refused("partnership-ended", "This partnership has ended. What was said in it can still be read.")
    if pair.status != "formed":
        raise Refused("partnership-not-formed", "You must both accept the partnership first.", status=pair.status)
    return pair


def check_rounds(taken_back: Iterable[datetime], rounds: int, at: datetime) -> None:
    """Raise Refused if ``rounds`` of the instants (UTC) of taking a question back lie within the day before ``at``."""
    until = ask_again_at(taken_back, rounds, at)
    if until is not None:
        sentence = "Within a day you took back what you asked your partner again and again: ask again later."
        raise Refused("taken-back-too-often", sentence, until=until, most=rounds)
