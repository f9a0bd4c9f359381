"""Public holidays."""

from datetime import date
from typing import Any

import pytest

from coaching_events.calendar import CalendarPublished, Holiday
from coaching_rows import calendar_id
from partnerships.calendar import calendars, rules
from partnerships.calendar.seeds import UnknownRegion, seeded
from tests.rules.given import scenario
from tests.rules.partnerships.people import DIRECTORY, moment

new_year = Holiday(day=date(2026, 1, 1), name="New Year's Day")
epiphany = Holiday(day=date(2026, 1, 6), name="Epiphany")
bavaria = scenario(calendars, calendar_id("DE-BY", 2026), start=moment("2026-01-01T00:00Z"), facts=None)


def published(*days: Holiday) -> CalendarPublished:
    return CalendarPublished(by=DIRECTORY, region="DE-BY", year=2026, days=days)


def asked(*days: Holiday) -> dict[str, Any]:
    return {"by": DIRECTORY, "region": "DE-BY", "year": 2026, "days": days}


def test_a_calendar_is_published_in_the_order_of_its_days_and_once():
    known = bavaria.when(rules.publish, **asked(epiphany, new_year)).then(published(new_year, epiphany))
    known.when(rules.publish, **asked(new_year, epiphany)).nothing()
    known.when(rules.publish, **asked(new_year)).then(published(new_year))


def test_what_people_have_edited_is_not_seeded_again():
    edited = bavaria.given(published(new_year))
    edited.when(rules.seed, **asked(new_year, epiphany)).nothing()


def test_a_day_of_another_year_or_named_twice_is_refused():
    bavaria.when(rules.publish, **asked(Holiday(day=date(2027, 1, 1), name="Too late"))).refused("day-of-another-year")
    again = Holiday(day=new_year.day, name="Again")
    bavaria.when(rules.publish, **asked(new_year, again)).refused("day-named-twice")


def test_the_same_seeds_on_every_machine(monkeypatch: pytest.MonkeyPatch):
    first = seeded("DE-BY", 2026)
    monkeypatch.setenv("LANGUAGE", "de_DE")
    assert seeded("DE-BY", 2026) == first
    assert epiphany in first
    assert epiphany not in seeded("DE-HH", 2026)


@pytest.mark.parametrize("region", ["XX", "DE-ZZ", ""])
def test_a_region_that_nobody_knows_has_no_seeds(region: str):
    with pytest.raises(UnknownRegion):
        seeded(region, 2026)
