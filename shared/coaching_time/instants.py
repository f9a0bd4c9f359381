"""Between local clocks and instants."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

# Zones come from the package tzdata alone: by default a machine's own files go first, whose version nobody records.
reset_tzpath(())

SECOND: Final = timedelta(seconds=1)
# Files of the database that are no place: the first says "not configured", the second is whatever the host says.
NO_PLACES: Final = frozenset({"Factory", "localtime"})


@lru_cache(maxsize=1024)
def zone_info(zone: str) -> ZoneInfo:
    """The zone, kept: ZoneInfo's own cache holds only eight strongly."""
    return ZoneInfo(zone)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones() - NO_PLACES)


def zone_exists(name: str) -> bool:
    """Whether this is the name of a time zone, spelled as in the IANA database."""
    return name in _zone_names()


def at_local(zone: str, day: date, clock: time) -> datetime:
    """The instant at which clocks in the zone show this time, UTC.

    A time that does not exist (clocks go forward) moves to the next instant that does; one that occurs twice (clocks
    go back) means the first. Raises OverflowError beyond the years 1 to 9999, ZoneInfoNotFoundError.
    """
    info = zone_info(zone)
    shown = datetime.combine(day, clock.replace(microsecond=clock.microsecond // 1000 * 1000, fold=0), tzinfo=None)
    before, after = _offset(info, shown), _offset(info, shown.replace(fold=1))
    if before < after:  # PEP 495: only in a gap does fold=1 lie further east than fold=0
        return _end_of_gap(info, shown - after, shown - before, before)
    return (shown - before).replace(tzinfo=UTC)


def local_date(zone: str, instant: datetime) -> date:
    """The date that calendars in the zone show at the instant."""
    return instant.astimezone(zone_info(zone)).date()


def _offset(info: tzinfo, shown: datetime) -> timedelta:
    offset = info.utcoffset(shown.replace(tzinfo=info))
    assert offset is not None, "an IANA zone has an offset at every moment"
    return offset


def _end_of_gap(info: tzinfo, earliest: datetime, latest: datetime, before: timedelta) -> datetime:
    """The first instant, to the second, whose offset is no longer the one from before the gap."""
    early = earliest.replace(microsecond=0, tzinfo=UTC)
    late = latest.replace(microsecond=0, tzinfo=UTC)
    while late - early > SECOND:
        middle = early + (late - early) // 2 // SECOND * SECOND
        if middle.astimezone(info).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late
