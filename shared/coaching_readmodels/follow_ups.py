"""The id of what follows from a session: sessions shows it, goals begins it."""

from coaching_events.ids import CommitmentId, Position
from eventlog import derived_stream


def follow_up_id(agreed: Position) -> CommitmentId:
    """The stream of the promise or request that follows from ``follow-up-agreed`` at this position."""
    return CommitmentId(derived_stream("commitment", "follow-up", agreed))
