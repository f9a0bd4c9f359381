"""A calendar begins with the package ``holidays``, follows it, and keeps what people have edited."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from coaching_events.events.calendar import CalendarPublished, Holiday
from coaching_readmodels import calendar_id
from partnerships.calendar import calendars, rules
from partnerships.calendar.seeds import Seeds, UnknownRegion, seeded
from service_kit.versions import is_newer
from tests.rules.given import scenario
from tests.rules.partnerships.people import DIRECTORY, moment

new_year = Holiday(day=date(2026, 1, 1), name="New Year's Day")
epiphany = Holiday(day=date(2026, 1, 6), name="Epiphany")
estimated = Holiday(day=date(2026, 3, 20), name="Eid al-Fitr (estimated)")
moved = Holiday(day=date(2026, 3, 21), name="Eid al-Fitr")
ours = Holiday(day=date(2026, 9, 1), name="The company's day")
SATURDAY, ANOTHER = date(2026, 1, 10), date(2026, 8, 8)
bavaria = scenario(calendars, calendar_id("DE-BY", 2026), start=moment("2026-01-01T00:00Z"), reference_data=None)


def published(*days: Holiday, **more: Any) -> CalendarPublished:
    return CalendarPublished(by=DIRECTORY, region="DE-BY", year=2026, days=days, **more)


def asked(*days: Holiday, **more: Any) -> dict[str, Any]:
    return {"by": DIRECTORY, "region": "DE-BY", "year": 2026, "days": days, **more}


def seeds(*days: Holiday, version: str = "0.84", weekend: Any = ("5", "6"), working: tuple[date, ...] = ()) -> Any:
    known = Seeds(days=days, weekend=weekend, working_days=working, version=version)
    return {"by": DIRECTORY, "region": "DE-BY", "year": 2026, "seeds": known}


def by_package(
    *days: Holiday, version: str = "0.84", weekend: Any = ("5", "6"), working: Any = ()
) -> CalendarPublished:
    return published(*days, weekend=weekend, working_days=working, seeded_with=version)


def test_a_calendar_is_published_in_the_order_of_its_days_and_once():
    known = bavaria.when(rules.publish, **asked(epiphany, new_year)).then(published(new_year, epiphany))
    known.when(rules.publish, **asked(new_year, epiphany)).nothing()
    known.when(rules.publish, **asked(new_year)).then(published(new_year))


def test_a_calendar_begins_with_what_the_package_knows_and_is_compared_again():
    known = bavaria.when(rules.seed, **seeds(new_year, working=(SATURDAY,))).then(
        by_package(new_year, working=(SATURDAY,))
    )
    known.when(rules.seed, **seeds(new_year, working=(SATURDAY,), version="0.109")).nothing()


def test_a_date_that_a_new_package_corrects_is_published_anew():
    known = bavaria.given(by_package(new_year, estimated, working=(SATURDAY,)))
    corrected = known.when(
        rules.seed, **seeds(new_year, moved, version="0.109", weekend=("4", "5"), working=(ANOTHER,))
    )
    corrected.then(by_package(new_year, moved, version="0.109", weekend=("4", "5"), working=(ANOTHER,)))


def test_an_older_package_takes_nothing_back():
    known = bavaria.given(by_package(new_year, moved, version="0.109"))
    known.when(rules.seed, **seeds(new_year, estimated, version="0.84")).nothing()
    assert is_newer("0.109", "0.84")
    assert not is_newer("0.84", "0.84")


def test_dates_edited_by_hand_stay_and_all_others_follow_the_package():
    known = bavaria.given(by_package(new_year, epiphany, estimated))
    renamed = Holiday(day=new_year.day, name="Neujahr")
    edited = known.when(rules.publish, **asked(renamed, estimated, ours)).follows()
    assert edited.state is not None
    assert edited.state.edited == (new_year.day, epiphany.day, ours.day)
    again = edited.when(rules.seed, **seeds(new_year, epiphany, moved, version="0.109"))
    followed = again.then(by_package(renamed, moved, ours, version="0.109"))
    followed.when(rules.seed, **seeds(new_year, epiphany, moved, version="0.110")).nothing()
    followed.when(rules.seed, **seeds(epiphany, version="0.110")).then(by_package(renamed, ours, version="0.110"))


def test_an_edited_date_stays_edited_when_somebody_edits_another():
    known = bavaria.given(by_package(new_year, epiphany))
    first = known.when(rules.publish, **asked(new_year)).follows()
    second = first.when(rules.publish, **asked(new_year, ours)).follows()
    second.when(rules.seed, **seeds(new_year, epiphany, version="0.109")).nothing()


def test_an_edited_weekend_and_edited_working_days_stay():
    known = bavaria.given(by_package(new_year, working=(SATURDAY,)))
    said = asked(new_year, weekend=("4", "5"), working_days=[ANOTHER])
    edited = known.when(rules.publish, **said).then(published(new_year, weekend=("4", "5"), working_days=(ANOTHER,)))
    edited.when(rules.seed, **seeds(new_year, working=(SATURDAY,), version="0.109")).nothing()


def test_who_names_holidays_alone_leaves_the_week_as_it_is():
    known = bavaria.given(by_package(new_year, weekend=("4", "5"), working=(SATURDAY,)))
    edited = known.when(rules.publish, **asked(new_year, ours)).then(
        published(new_year, ours, weekend=("4", "5"), working_days=(SATURDAY,))
    )
    edited.when(rules.seed, **seeds(new_year, weekend=("5", "6"), version="0.109")).then(
        by_package(new_year, ours, version="0.109")
    )


def test_a_calendar_that_began_by_hand_keeps_its_holidays_and_learns_the_week():
    begun = bavaria.given(published(new_year))
    followed = begun.when(rules.seed, **seeds(new_year, epiphany, working=(SATURDAY,))).then(
        by_package(new_year, working=(SATURDAY,))
    )
    followed.when(rules.seed, **seeds(new_year, epiphany, working=(SATURDAY,), version="0.109")).nothing()


def test_a_day_of_another_year_or_named_twice_is_refused():
    bavaria.when(rules.publish, **asked(Holiday(day=date(2027, 1, 1), name="Too late"))).refused("day-of-another-year")
    again = Holiday(day=new_year.day, name="Again")
    bavaria.when(rules.publish, **asked(new_year, again)).refused("day-named-twice")
    elsewhere = asked(new_year, working_days=[date(2027, 1, 9)])
    bavaria.when(rules.publish, **elsewhere).refused("day-of-another-year")


def test_the_same_seeds_on_every_machine(monkeypatch: pytest.MonkeyPatch):
    first = seeded("DE-BY", 2026)
    monkeypatch.setenv("LANGUAGE", "de_DE")
    assert seeded("DE-BY", 2026) == first
    assert epiphany in first.days
    assert epiphany not in seeded("DE-HH", 2026).days


WEEKENDS = [
    ("DE-BY", 2026, "56"),
    ("AE", 2021, "45"),  # until 2021 Friday and Saturday
    ("AE", 2022, "56"),
    ("AE", 2026, "56"),
    ("IL", 2026, "45"),
    ("SA", 2012, "34"),
    ("SA", 2026, "45"),
    ("BN", 2026, "46"),
    ("IR", 2026, "4"),
    ("MY-01", 2024, "45"),  # Johor, until 2024
    ("MY-01", 2026, "56"),
    ("CN", 2026, "56"),
]


@pytest.mark.parametrize(("region", "year", "weekend"), WEEKENDS)
def test_the_weekend_is_that_of_the_region_and_year(region: str, year: int, weekend: str):
    assert "".join(seeded(region, year).weekend) == weekend


def test_working_saturdays_and_sundays_are_those_of_the_year():
    assert seeded("HU", 2026).working_days == (SATURDAY, ANOTHER)
    china = seeded("CN", 2026).working_days
    assert date(2026, 2, 14) in china
    assert {day.year for day in china} == {2026}
    assert seeded("DE-BY", 2026).working_days == ()


def test_a_seed_is_stored_as_it_is():
    for region in ("HU", "IL"):
        known = replace(seeded(region, 2026), version="0.84")
        story = scenario(calendars, calendar_id(region, 2026), start=moment("2026-01-01T00:00Z"), reference_data=None)
        state = story.when(rules.seed, by=DIRECTORY, region=region, year=2026, seeds=known).follows().state
        assert state is not None
        assert (state.days, state.weekend, state.working_days) == (known.days, known.weekend, known.working_days)
        assert (state.seeded_with, state.edited, state.named_all) == ("0.84", (), False)


@pytest.mark.parametrize("region", ["XX", "DE-ZZ", ""])
def test_a_region_that_nobody_knows_has_no_seeds(region: str):
    with pytest.raises(UnknownRegion):
        seeded(region, 2026)
