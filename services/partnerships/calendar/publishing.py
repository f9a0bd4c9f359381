"""Calendars are there before somebody's time is asked for: those of a region that are missing are published."""

import asyncio
from collections.abc import Iterable
from datetime import datetime

from coaching_events.ids import CalendarId, PersonId, RuleName
from coaching_rows import calendar_id
from eventlog.aggregate import Refused
from eventlog.decide import Command, EventLog
from partnerships.calendar import calendars, rules
from partnerships.calendar.seeds import UnknownRegion, seeded
from partnerships.own_documents import forget


async def publish_missing(
    log: EventLog, regions: Iterable[str], *, by: PersonId | RuleName, at: datetime, command: str, dry: bool = False
) -> tuple[list[CalendarId], set[str]]:
    """Publish the calendars of last year, this and the next where nobody has: which, and regions nobody knows.

    A region that the seeds do not know is fine where somebody has published its calendars by hand. ``dry`` publishes
    nothing and says what would be.
    """
    published: list[CalendarId] = []
    unknown: set[str] = set()
    for region in sorted(set(regions)):
        wanted = {calendar_id(region, year): year for year in (at.year - 1, at.year, at.year + 1)}
        there = {found.stream for found in await log.store.states([*wanted])}
        try:
            for stream in wanted.keys() - there:
                if dry:
                    await asyncio.to_thread(seeded, region, wanted[stream])
                else:
                    await _seed(log, stream, region, wanted[stream], by=by, at=at, command=command)
                published.append(stream)
        except UnknownRegion:
            if not there:
                unknown.add(region)
    return sorted(published), unknown


async def publish_for(log: EventLog, region: str, *, by: PersonId | RuleName, at: datetime, command: str) -> None:
    """The same for one region; refuses one that nobody knows."""
    _, unknown = await publish_missing(log, [region], by=by, at=at, command=command)
    if unknown:
        sentence = f"Nobody knows the public holidays of {region}: publish its calendar first, or name another region."
        raise Refused("unknown-region", sentence, region=region)


async def _seed(
    log: EventLog, stream: CalendarId, region: str, year: int, *, by: PersonId | RuleName, at: datetime, command: str
) -> None:
    days = await asyncio.to_thread(seeded, region, year)  # reads a lot the first time

    async def rule(calendar: rules.State) -> rules.Published:
        return rules.seed(calendar, by=by, region=region, year=year, days=days)

    await log.decide(calendars, stream, Command(id=f"{command}|{stream}", at=at), rule)
    forget(log.facts, region)
