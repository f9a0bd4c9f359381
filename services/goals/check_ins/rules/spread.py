"""Check-ins that would open at the same instant for many people: each opens a little later, by a share of its own."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from coaching_events.ids import PartnershipId, PersonId

NOT_AT_ALL = timedelta(0)
MOMENT = timedelta(milliseconds=1)


@dataclass
class Spread:
    """Over how long openings are spread by this process; what an event says of one stands, whatever this is later."""

    within: timedelta = NOT_AT_ALL


SPREAD = Spread()


def opening(partnership: PartnershipId, owner: PersonId, opens: datetime, due: datetime, within: timedelta) -> datetime:
    """The instant (UTC) at which an occasion opens: up to ``within`` after ``opens``, in half of the time until due.

    How much later follows from whose check-ins they are alone: the same in every week and every process. Pure.
    """
    share = int.from_bytes(sha256(f"{partnership} {owner}".encode()).digest()[:4], "big") / 2**32
    latest = max(NOT_AT_ALL, min(within, (due - opens) / 2))
    return opens + share * latest // MOMENT * MOMENT
