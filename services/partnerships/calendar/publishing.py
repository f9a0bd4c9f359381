"""Calendars are there before somebody's time is asked for: those of a region that are missing are published."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

from coaching_events.ids import CalendarId, PersonId, RuleName
from coaching_readmodels import calendar_id
from eventlog import Refused
from eventlog.commands import CommandContext, EventLog
from partnerships.calendar import calendars, rules
from partnerships.calendar.seeds import UnknownRegion, seeded
from partnerships.own_documents import forget


def years_around(at: datetime) -> range:
    """The years that have calendars: last year, as corrections look back; this year and two more, as promises do."""
    return range(at.year - 1, at.year + 3)


def calendars_around(region: str, at: datetime) -> Mapping[CalendarId, int]:
    """The calendars that a region should have at an instant, and their years."""
    return {calendar_id(region, year): year for year in years_around(at)}


async def publish_missing(
    log: EventLog, regions: Iterable[str], *, by: PersonId | RuleName, at: datetime, command: str, dry: bool = False
) -> tuple[list[CalendarId], set[str]]:
    """Publish the calendars of last year, this and two more where nobody has: which, and regions nobody knows.

    A region that the seeds do not know is fine where somebody has published its calendars by hand. ``dry`` publishes
    nothing and says what would be.
    """
    published: list[CalendarId] = []
    unknown: set[str] = set()
    for region in sorted(set(regions)):
        wanted = calendars_around(region, at)
        there = {found.stream for found in await log.store.states([*wanted])}
        try:
            for stream in wanted.keys() - there:
                if dry:
                    await asyncio.to_thread(seeded, region, wanted[stream])
                else:
                    await follow_package(log, stream, region, wanted[stream], by=by, at=at, command=command)
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


async def follow_package(
    log: EventLog, stream: CalendarId, region: str, year: int, *, by: PersonId | RuleName, at: datetime, command: str
) -> None:
    """Begin a calendar with what the package knows, or correct it by that; raises UnknownRegion."""
    seeds = await asyncio.to_thread(seeded, region, year)  # reads a lot the first time

    async def rule(calendar: rules.State) -> rules.Published:
        return rules.seed(calendar, by=by, region=region, year=year, seeds=seeds)

    await log.decide(calendars, stream, CommandContext(id=f"{command}|{stream}", at=at), rule)
    forget(log.reference_source, region)
