"""The two clocks. Rules and deadlines see domain time; leases, back-off and limits use wall time."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""The value of ``leased_until`` while nobody leases a document."""


class Clock(Protocol):
    """Domain time, UTC, whole milliseconds."""

    async def now(self) -> datetime:
        """The present instant as rules see it."""
        ...


class RealClock:
    """Domain time is the machine's time."""

    async def now(self) -> datetime:
        """The machine's time in UTC."""
        return wall_now()


def wall_now() -> datetime:
    """The machine's time, UTC, cut to the millisecond that the database keeps."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def wall_in(seconds: float) -> datetime:
    """The machine's time so many seconds from now."""
    return wall_now() + timedelta(milliseconds=round(seconds * 1000))
