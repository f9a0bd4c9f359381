"""What the directory and people themselves may say about a person."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from coaching_events.ids import Position
from coaching_events.person import (
    AbsenceRecorded,
    AbsenceWithdrawn,
    HolidayRegion,
    PersonChanged,
    PersonDeactivated,
    PersonLinked,
    PersonReactivated,
    PersonRegistered,
)
from coaching_time import NO_END
from eventlog.aggregate import NotFound
from partnerships.person import people as directory
from partnerships.person import rules
from tests.rules.given import scenario
from tests.rules.partnerships.people import DIRECTORY, details, moment, new, person_id, registered, week

monday = moment("2026-03-02T09:00+01:00")
anna = person_id("1")
people = scenario(directory, anna, start=monday, facts=None)
known = people.given(registered(patterns=(week("0", "1", "2"),)))

MON_TO_WED = {day: {"start": "09:00", "end": "17:00"} for day in "012"}
SUN_TO_THU = {day: {"start": "08:00", "end": "16:00"} for day in "60123"}


def changed(*fields: str, **more: object) -> PersonChanged:
    said = {"display_name": "Anna Bauer", "zone": "Europe/Berlin", "locale": "en", "patterns": (week("0", "1", "2"),)}
    return PersonChanged.model_validate({"by": DIRECTORY, "changed": fields, **said, **more})


def test_somebody_new_has_always_worked_as_the_directory_says():
    people.when(
        rules.register, by=DIRECTORY, source="hr", external_id="1", holder=None,
        details=new(hours=MON_TO_WED, region="DE-BY", email="Anna@Example.com"),
    ).then(
        PersonRegistered(
            by=DIRECTORY, source="hr", external_id="1", display_name="Anna Bauer", email="anna@example.com",
            zone="Europe/Berlin", locale="en", patterns=(week("0", "1", "2"),),
            regions=(HolidayRegion(holds_from=date(1970, 1, 1), region="DE-BY"),),
        )
    )  # fmt: skip


def test_the_same_source_and_external_id_register_nobody_else():
    asked: dict[str, Any] = {"by": DIRECTORY, "source": "hr", "external_id": "1", "details": new()}
    known.when(rules.register, holder=None, **asked).refused("already-registered")
    refusal = people.when(rules.register, holder=person_id("2"), **asked).refused("already-registered")
    assert refusal.facts["person"] == person_id("2")


def test_only_what_is_spoken_of_changes():
    known.when(rules.change, by=DIRECTORY, details=details(zone="Asia/Kolkata")).then(
        changed("zone", zone="Asia/Kolkata")
    )
    known.when(rules.change, by=DIRECTORY, details=details(display_name="Anna Bauer", manager=None)).nothing()


def test_other_hours_hold_from_the_day_of_the_change_or_the_day_that_is_named():
    today = week("6", "0", "1", "2", "3", start="08:00:00", end="16:00:00", since="2026-03-02")
    known.when(rules.change, by=DIRECTORY, details=details(hours=SUN_TO_THU)).then(
        changed("patterns", patterns=(week("0", "1", "2"), today))
    )
    may = today.model_copy(update={"holds_from": date(2026, 5, 1)})
    later = known.when(rules.change, by=DIRECTORY, details=details(hours=SUN_TO_THU, hours_from="2026-05-01")).then(
        changed("patterns", patterns=(week("0", "1", "2"), may))
    )
    later.when(rules.change, by=DIRECTORY, details=details(hours=SUN_TO_THU, hours_from="2026-05-01")).nothing()
    later.when(rules.change, by=DIRECTORY, details=details(hours=MON_TO_WED)).nothing()


def test_another_region_holds_from_its_date():
    moved = HolidayRegion(holds_from=date(2026, 6, 1), region="AT-9")
    known.when(rules.change, by=DIRECTORY, details=details(region="AT-9", region_from="2026-06-01")).then(
        changed("regions", regions=(moved,))
    )


def test_a_second_identity_finds_the_same_person_once():
    asked: dict[str, Any] = {"by": DIRECTORY, "source": "https://issuer", "external_id": "anna"}
    linked = known.when(rules.link, holder=None, **asked).then(
        PersonLinked(by=DIRECTORY, source="https://issuer", external_id="anna")
    )
    assert linked.state is not None
    assert linked.state.identities == ("hr|1", "https://issuer|anna")
    linked.when(rules.link, holder=anna, **asked).nothing()


def test_an_identity_of_somebody_else_is_not_linked():
    known.when(rules.link, by=DIRECTORY, source="hr", external_id="2", holder=person_id("2")).refused("identity-taken")


def test_deactivating_and_reactivating_happen_once():
    gone = known.when(rules.deactivate, by=DIRECTORY).then(PersonDeactivated(by=DIRECTORY))
    gone.when(rules.deactivate, by=DIRECTORY).nothing()
    back = gone.when(rules.reactivate, by=DIRECTORY).then(PersonReactivated(by=DIRECTORY))
    back.when(rules.reactivate, by=DIRECTORY).nothing()


def test_an_absence_is_recorded_once_and_withdrawn_by_its_position():
    days: dict[str, Any] = {"first": date(2026, 3, 9), "last": date(2026, 3, 13)}
    away = known.when(rules.record_absence, by=anna, **days).then(AbsenceRecorded(by=anna, **days))
    away.when(rules.record_absence, by=DIRECTORY, **days).nothing()
    back = away.when(rules.withdraw_absence, by=anna, absence=Position(f"{anna}@2")).then(
        AbsenceWithdrawn(by=anna, absence=Position(f"{anna}@2"))
    )
    back.when(rules.withdraw_absence, by=anna, absence=Position(f"{anna}@2")).refused("no-such-absence")


def test_an_absence_is_recorded_sixty_days_back_and_no_further():
    rule, last = rules.record_absence, date(2026, 3, 1)
    known.when(rule, by=anna, first=date(2026, 1, 1), last=last).then(
        AbsenceRecorded(by=anna, first=date(2026, 1, 1), last=last)
    )
    refusal = known.when(rule, by=anna, first=date(2025, 12, 31), last=last).refused("too-long-ago")
    assert refusal.facts == {"earliest": date(2026, 1, 1)}
    known.when(rule, by=anna, first=date(2026, 3, 2), last=last).refused("ends-before-it-begins")


def test_sixty_days_count_in_the_persons_own_zone():
    first = date(2026, 1, 1)
    evening = moment("2026-03-02T23:30+01:00")
    known.when(rules.record_absence, at=evening, by=anna, first=first, last=first).follows()
    kolkata = people.given(registered(zone="Asia/Kolkata"))
    kolkata.when(rules.record_absence, at=evening, by=anna, first=first, last=first).refused("too-long-ago")


def test_nobody_is_changed_who_is_not_known():
    with pytest.raises(NotFound):
        people.when(rules.deactivate, by=DIRECTORY)


def test_a_leave_without_an_end_is_recorded_anew_once_the_directory_knows_its_end():
    said: dict[str, Any] = {"by": DIRECTORY, "source": "hr", "external_id": "1", "details": new()}
    first, last = date(2026, 2, 2), date(2026, 5, 29)
    away = people.when(rules.follow_directory, absence=(first, NO_END), **said).follows()
    away.when(rules.follow_directory, absence=(first, NO_END), **said).nothing()
    known = away.when(rules.follow_directory, absence=(first, last), **said).then(
        AbsenceWithdrawn(by=DIRECTORY, absence=Position(f"{anna}@2")),
        AbsenceRecorded(by=DIRECTORY, first=first, last=last),
    )
    known.when(rules.follow_directory, absence=(first, last), **said).nothing()


def test_a_directory_that_says_the_same_again_changes_nothing():
    said: dict[str, Any] = {
        "by": DIRECTORY,
        "source": "hr",
        "external_id": "1",
        "details": new(hours=MON_TO_WED, region="DE-BY"),
    }
    leave = (date(2025, 6, 1), date(2026, 9, 30))
    followed = people.when(rules.follow_directory, active=True, absence=leave, **said).follows()
    assert [event.type for event in followed.events] == ["person-registered", "absence-recorded"]
    assert followed.events[1] == AbsenceRecorded(by=DIRECTORY, first=date(2026, 1, 1), last=leave[1])
    week_later = moment("2026-03-09T09:00+01:00")
    followed.when(rules.follow_directory, at=week_later, active=True, absence=leave, **said).nothing()
    gone = followed.when(rules.follow_directory, at=week_later, active=False, **said).then(
        PersonDeactivated(by=DIRECTORY)
    )
    gone.when(rules.follow_directory, at=week_later, active=None, **said).nothing()


def test_a_directory_that_names_somebody_unknown_as_gone_registers_nobody():
    people.when(
        rules.follow_directory, by=DIRECTORY, source="hr", external_id="1", details=new(), active=False
    ).nothing()


@pytest.mark.parametrize(
    "wrong",
    [
        {"zone": "Europe/Berln"},
        {"zone": None},
        {"email": "anna"},
        {"email": "anna@example.com\nBcc: all"},
        {"locale": "Deutsch"},
        {"region": "Bavaria"},
        {"hours": {}},
        {"hours": {"7": {"start": "09:00", "end": "17:00"}}},
        {"hours": {"0": {"start": "17:00", "end": "09:00"}}},
        {"hours": {"0": {"start": "09:00+02:00", "end": "17:00"}}},
        {"manager": "commitment_1"},
        {"display_name": "a" * 201},
        {"salary": 1},
    ],
)
def test_details_that_cannot_be_are_refused(wrong: dict[str, object]):
    with pytest.raises(ValidationError):
        details(**wrong)
