"""The pages for those who keep the directory: people, rosters, conflicts and calendars. Never what two people share."""

import re
from collections.abc import Mapping, Sequence
from functools import wraps
from typing import Any, Final

from babel.dates import get_day_names
from starlette.responses import Response

from console.api_client import MOST, Json, NotThere, Refused, listed
from console.visit import Page, Visit

ASKED: Final = ("source", "external_id", "email")
NEW_DAYS: Final = 3
"""Empty lines for further days of a calendar."""
CALENDAR: Final = re.compile(r"calendar_(?P<region>[A-Z]{2}(-[A-Z0-9]{1,10}){0,2})-(?P<year>20[0-9]{2}|2100)")


def for_hr(page: Page) -> Page:
    """The page, which nobody else can see."""

    @wraps(page)
    async def guarded(visit: Visit) -> Response:
        if not visit.is_hr:
            raise NotThere
        return await page(visit)

    return guarded


@for_hr
async def directory(visit: Visit) -> Response:
    """Find a person by source and external id or by e-mail, and the ways to the other pages."""
    asked = _asked(visit, ASKED)
    calls = {"conflicts": visit.api.get("partnerships", "/conflicts", limit=MOST)}
    if asked:
        calls["found"] = visit.api.search("partnerships", "/people", limit=MOST, **asked)
    read: dict[str, Any] = {"found": None, **await visit.read(**calls)}
    found = read["found"]
    return visit.show(
        "hr.html", asked=asked, conflicts=read["conflicts"], found=found, is_refused=isinstance(found, Refused)
    )


@for_hr
async def person(visit: Visit) -> Response:
    """The record of a person."""
    read = await visit.read(person=visit.api.get("partnerships", f"/people/{visit.id}"))
    return visit.show("hr_person.html", person=read["person"], may_link=visit.may_link)


@for_hr
async def roster(visit: Visit) -> Response:
    """Import a roster: first its report without any change, then for good."""
    await visit.read()
    came = visit.outcome if visit.outcome and visit.outcome.form == "roster" else None
    return visit.show("hr_roster.html", came=came)


@for_hr
async def conflicts(visit: Visit) -> Response:
    """Lines of rosters that may be about somebody who is known."""
    asked = _asked(visit, ("source", "after"))
    read = await visit.read(found=visit.api.get("partnerships", "/conflicts", limit=MOST, **asked))
    found = read["found"]
    return visit.show("hr_conflicts.html", found=found, sources=_sources(listed(found)), is_part="after" in asked)


@for_hr
async def calendars(visit: Visit) -> Response:
    """The holiday calendars."""
    asked = _asked(visit, ("after",))
    return await visit.page_of(
        "hr_calendars.html", found=visit.api.get("partnerships", "/calendars", limit=MOST, **asked)
    )


@for_hr
async def calendar(visit: Visit) -> Response:
    """The holidays of a region in a year, and a form for all of them."""
    read = await visit.read(calendar=visit.api.find("partnerships", f"/calendars/{visit.id}"))
    found = _new_calendar(visit.request.path_params["id"]) if read["calendar"] is None else read["calendar"]
    names = get_day_names("wide", "format", visit.language.tag)
    return visit.show(
        "hr_calendar.html",
        id=visit.request.path_params["id"],
        calendar=found,
        days=_days(visit, found["days"]) if found else (),
        weekdays=[(str(number), names[number]) for number in range(7)],
    )


def _new_calendar(id: str) -> Json:
    """An empty calendar for a region and a year that have none yet. Any region can have one."""
    named = CALENDAR.fullmatch(id)
    if named is None:
        raise NotThere
    empty = {"days": (), "weekend": None, "working_days": (), "position": None}
    return {"region": named["region"], "year": named["year"], **empty}


def _days(visit: Visit, days: Sequence[Json]) -> Sequence[Json]:
    """The days with empty ones after them: at least as many as the person has sent, so that none of theirs is lost."""
    numbers = [name.split(".")[1] for name, _ in visit.typed("days") if name.startswith("days.")]
    sent = max((int(number) + 1 for number in numbers if number.isdecimal()), default=0)
    lines = min(max(len(days) + NEW_DAYS, sent), MOST)
    return [*days, *({"day": "", "name": ""} for _ in range(lines - len(days)))]


def _asked(visit: Visit, names: Sequence[str]) -> dict[str, str]:
    given = {name: (visit.request.query_params.get(name) or "").strip() for name in names}
    return {name: value for name, value in given.items() if value}


def _sources(found: Sequence[Json]) -> Mapping[str, int]:
    """How many of these conflicts each source has."""
    sources = [each["source"] for each in found]
    return {source: sources.count(source) for source in dict.fromkeys(sources)}
