"""Conversions between local clock times and instants."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones, reset_tzpath

# Zones come from the package tzdata only. By default files of the machine, in an unknown version, would come first.
reset_tzpath(())

SECOND: Final = timedelta(seconds=1)
# Files of the database that are no place: the first means "not configured", the second is the host's own zone.
NO_PLACES: Final = frozenset({"Factory", "localtime"})


@lru_cache(maxsize=1024)
def zone_info(zone: str) -> ZoneInfo:
    """The zone, from a cache of all zones: ZoneInfo's own cache keeps only eight."""
    return ZoneInfo(zone)


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones() - NO_PLACES)


def zone_exists(name: str) -> bool:
    """Whether this is the name of a time zone, spelled as in the IANA database."""
    return name in _zone_names()


@lru_cache(maxsize=16_384)
def at_local(zone: str, day: date, clock: time) -> datetime:
    """The instant (UTC) at which clocks in the zone show this time.

    A time that does not exist (clocks go forward) becomes the next instant that does. A time that occurs twice (clocks
    go
    back) means the first. Raises OverflowError beyond the years 1 to 9999, ZoneInfoNotFoundError.
    """
    info = zone_info(zone)
    shown = datetime.combine(day, clock.replace(microsecond=clock.microsecond // 1000 * 1000, fold=0), tzinfo=None)
    before, after = _offset(info, shown), _offset(info, shown.replace(fold=1))
    if before < after:  # PEP 495: only in a gap is the offset of fold=1 greater than that of fold=0
        return _end_of_gap(info, shown - after, shown - before, before)
    return (shown - before).replace(tzinfo=UTC)


def local_date(zone: str, instant: datetime) -> date:
    """The local date in the zone at the instant."""
    return instant.astimezone(zone_info(zone)).date()


def clock_changes(zone: str, first: datetime, last: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """The instants (UTC) between two at which clocks in the zone are set, each with how far they go forward.

    A negative length: clocks go back. Two changes within one day would be seen as one.
    """
    info, early = zone_info(zone), first
    while early < last:
        late = min(early + timedelta(days=1), last)
        by = _shift(info, early, late)
        if by:
            yield _moment_of_change(info, early, late), by
        early = late


def _shift(info: tzinfo, early: datetime, late: datetime) -> timedelta:
    """How much further ahead of UTC clocks are at the later instant than at the earlier one."""
    there, here = late.astimezone(info).utcoffset(), early.astimezone(info).utcoffset()
    return (there or timedelta()) - (here or timedelta())


def _moment_of_change(info: tzinfo, early: datetime, late: datetime) -> datetime:
    """The first instant, to the second, with the offset that the later one has."""
    early, late = early.replace(microsecond=0), late.replace(microsecond=0)
    while late - early > SECOND:
        middle = early + (late - early) // 2 // SECOND * SECOND
        if _shift(info, middle, late):
            early = middle
        else:
            late = middle
    return late


def _offset(info: tzinfo, shown: datetime) -> timedelta:
    return shown.replace(tzinfo=UTC) - shown.replace(tzinfo=info)


def _end_of_gap(info: tzinfo, earliest: datetime, latest: datetime, before: timedelta) -> datetime:
    """The first instant, to the second, with another offset than before the gap."""
    early = earliest.replace(microsecond=0, tzinfo=UTC)
    late = latest.replace(microsecond=0, tzinfo=UTC)
    while late - early > SECOND:
        middle = early + (late - early) // 2 // SECOND * SECOND
        if middle.astimezone(info).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late
