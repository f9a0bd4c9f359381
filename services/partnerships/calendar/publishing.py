"""Publishes the missing calendars of a region before a rule needs them."""

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
    """The years with calendars: last year for corrections, this year, and two more for promises."""
    return range(at.year - 1, at.year + 3)


def calendars_around(region: str, at: datetime) -> Mapping[CalendarId, int]:
    """The calendars that a region needs at an instant (UTC), and their years."""
    return {calendar_id(region, year): year for year in years_around(at)}


async def publish_missing(
    log: EventLog, regions: Iterable[str], *, by: PersonId | RuleName, at: datetime, command: str, dry: bool = False
) -> tuple[list[CalendarId], set[str]]:
    """Publish the missing calendars of last year, this year and the next two. Returns them, and the unknown regions.

    A region that the package does not know is no error if an operator has published its calendars. ``dry`` publishes
    nothing and returns the same.
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
    """The same for one region. Raises Refused for an unknown region."""
    _, unknown = await publish_missing(log, [region], by=by, at=at, command=command)
    if unknown:
        sentence = "The public holidays of {region} are not known: publish its calendar first, or name another region."
        raise Refused("unknown-region", sentence, region=region)


async def follow_package(
    log: EventLog, stream: CalendarId, region: str, year: int, *, by: PersonId | RuleName, at: datetime, command: str
) -> None:
    """Create a calendar from the package, or correct it. Raises UnknownRegion."""
    seeds = await asyncio.to_thread(seeded, region, year)  # imports a large package at the first call

    async def rule(calendar: rules.State) -> rules.Published:
        return rules.seed(calendar, by=by, region=region, year=year, seeds=seeds)

    await log.decide(calendars, stream, CommandContext(id=f"{command}|{stream}", at=at), rule)
    forget(log.reference_source, region)
