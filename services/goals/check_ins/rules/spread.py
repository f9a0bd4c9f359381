"""Spreads the openings of check-ins: many people have the same opening, so each check-in opens a little later."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from coaching_events.ids import PartnershipId, PersonId

NOT_AT_ALL = timedelta(0)
MOMENT = timedelta(milliseconds=1)


@dataclass
class Spread:
    """The time over which this process spreads openings. A later change does not move occasions already scheduled."""

    within: timedelta = NOT_AT_ALL


SPREAD = Spread()


def opening(partnership: PartnershipId, owner: PersonId, opens: datetime, due: datetime, within: timedelta) -> datetime:
    """The instant (UTC) of the opening: at most ``within`` after ``opens``, in the first half of the time to ``due``.

    The delay depends on the stream id only, so it is the same in every week and every process. Pure.
    """
    share = int.from_bytes(sha256(f"{partnership} {owner}".encode()).digest()[:4], "big") / 2**32
    latest = max(NOT_AT_ALL, min(within, (due - opens) / 2))
    return opens + share * latest // MOMENT * MOMENT
