"""Updates calendars to the year and the package: at the start of a worker, and in each month of domain time."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

import structlog

from coaching_events.ids import CalendarId, RuleName
from eventlog import Clock
from eventlog.commands import CurrentState, EventLog
from eventlog.stores import StoreUnavailable
from partnerships.calendar import calendars
from partnerships.calendar.publishing import calendars_around, follow_package
from partnerships.calendar.seeds import UnknownRegion, installed
from partnerships.calendar.state import Calendar
from service_kit.versions import is_newer

log = structlog.stdlib.get_logger(__name__)

BY_PACKAGE = RuleName("rule:holidays")
PAUSE = 1.0
"""Wall seconds between two reads of the clock. Simulated time can pass fast."""
PAGE = 500


async def follow_for_ever(events: EventLog, clock: Clock) -> None:
    """Follow at the start and in every new month, until cancelled. Without the database, try again."""
    followed: tuple[int, int] | None = None
    while True:
        try:
            at = await clock.now()
            if (at.year, at.month) != followed:
                await follow(events, at)
                followed = (at.year, at.month)
        except StoreUnavailable as away:
            log.warning("database not available, following calendars later", error=str(away))
        await asyncio.sleep(PAUSE)


async def follow(events: EventLog, at: datetime) -> None:
    """Update all regions that have a calendar. The package is imported only if a calendar is missing or older.

    An error in one region is logged and stops no other region. The next month tries it again.
    """
    known = {current.stream: current.state async for current in _all(events)}
    for region in sorted({calendar.region for calendar in known.values()}):
        try:
            for stream, year in calendars_around(region, at).items():
                if _is_behind(known.get(stream)):
                    command = f"holidays {installed()}, {at.isoformat()}"
                    await follow_package(
                        events, CalendarId(stream), region, year, by=BY_PACKAGE, at=at, command=command
                    )
        except UnknownRegion:
            continue  # an operator names its holidays by hand
        except StoreUnavailable:
            raise
        except Exception as wrong:
            log.error("a calendar could not be created: name its holidays with PUT", region=region, exc_info=wrong)


def _is_behind(calendar: Calendar | None) -> bool:
    if calendar is None or calendar.seeded_with is None:
        return True
    return is_newer(installed(), calendar.seeded_with)


async def _all(events: EventLog) -> AsyncIterator[CurrentState[Calendar]]:
    after: CalendarId | None = None
    while page := await events.find(calendars, {}, after=after, limit=PAGE):
        for calendar in page:
            yield calendar
        after = CalendarId(page[-1].stream)
