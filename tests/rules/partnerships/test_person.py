"""What the directory and people themselves may say about a person."""

from datetime import date
from functools import partial
from typing import Any

import pytest
from pydantic import ValidationError

from coaching_events.events.person import (
    AbsenceRecorded,
    AbsenceWithdrawn,
    HolidayRegion,
    PersonChanged,
    PersonDeactivated,
    PersonLinked,
    PersonReactivated,
    PersonRegistered,
    PersonUnlinked,
)
from coaching_events.ids import Position, RuleName
from coaching_time import NO_END
from eventlog import NotFound
from partnerships.person import following, rules
from partnerships.person import people as directory
from partnerships.person.following import Said
from partnerships.person.words import name_words, search_words
from tests.rules.given import scenario
from tests.rules.partnerships.people import AT_ONCE, DIRECTORY, details, moment, new, person_id, registered, week

monday = moment("2026-03-02T09:00+01:00")
anna = person_id("1")
people = scenario(directory, anna, start=monday, reference_data=None)
known = people.given(registered(patterns=(week("0", "1", "2"),)))

follow, link = partial(following.follow, logins=AT_ONCE), partial(rules.link, logins=AT_ONCE)

MON_TO_WED = {day: {"start": "09:00", "end": "17:00"} for day in "012"}
SUN_TO_THU = {day: {"start": "08:00", "end": "16:00"} for day in "60123"}


def changed(*fields: str, **more: object) -> PersonChanged:
    said = {"display_name": "Anna Bauer", "zone": "Europe/Berlin", "locale": "en", "patterns": (week("0", "1", "2"),)}
    return PersonChanged.model_validate({"by": DIRECTORY, "changed": fields, **said, **more})


def test_somebody_new_has_always_worked_as_the_directory_says():
    people.when(
        rules.register,
        by=DIRECTORY,
        source="hr",
        external_id="1",
        holder=None,
        details=new(hours=MON_TO_WED, region="DE-BY", email="Anna@Example.com"),
    ).then(
        PersonRegistered(
            by=DIRECTORY,
            source="hr",
            external_id="1",
            display_name="Anna Bauer",
            email="anna@example.com",
            zone="Europe/Berlin",
            locale="en",
            patterns=(week("0", "1", "2"),),
            regions=(HolidayRegion(holds_from=date(1970, 1, 1), region="DE-BY"),),
        )
    )


def test_the_same_source_and_external_id_register_nobody_else():
    asked: dict[str, Any] = {"by": DIRECTORY, "source": "hr", "external_id": "1", "details": new()}
    known.when(rules.register, holder=None, **asked).refused("already-registered")
    refusal = people.when(rules.register, holder=person_id("2"), **asked).refused("already-registered")
    assert refusal.extensions["person"] == person_id("2")


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
    linked = known.when(link, holder=None, **asked).then(
        PersonLinked(by=DIRECTORY, source="https://issuer", external_id="anna")
    )
    assert linked.state is not None
    assert linked.state.identities == ("hr|1", "https://issuer|anna")
    linked.when(link, holder=anna, **asked).nothing()


def test_an_identity_of_somebody_else_is_not_linked():
    known.when(link, by=DIRECTORY, source="hr", external_id="2", holder=person_id("2")).refused("identity-taken")


def test_an_identity_that_is_unlinked_finds_them_no_more_and_again_changes_nothing():
    asked: dict[str, Any] = {"by": DIRECTORY, "source": "https://issuer", "external_id": "anna"}
    linked = known.given(PersonLinked(**asked))
    after = linked.when(rules.unlink, **asked).then(PersonUnlinked(**asked))
    assert after.state is not None
    assert after.state.identities == ("hr|1",)
    after.when(rules.unlink, **asked).nothing()


def test_a_search_finds_a_name_by_its_words_without_accents_and_in_any_case():
    assert search_words("José-Luis ÅNGSTRÖM") == ("jose", "luis", "angstrom")
    assert {*search_words("Øster")} <= {*name_words("Kim Øster")}


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
    assert refusal.extensions == {"earliest": date(2026, 1, 1), "days": 60}
    known.when(rule, by=anna, first=date(2026, 3, 2), last=last).refused("ends-before-it-begins")


def test_sixty_days_count_in_the_persons_own_zone():
    first = date(2026, 1, 1)
    evening = moment("2026-03-02T23:30+01:00")
    known.when(rules.record_absence, at=evening, by=anna, first=first, last=first).follows()
    kolkata = people.given(registered(zone="Asia/Kolkata"))
    kolkata.when(rules.record_absence, at=evening, by=anna, first=first, last=first).refused("too-long-ago")


def test_nobody_is_changed_who_is_not_known():
    with pytest.raises(NotFound):
        rules.known(None)


def said(**changed: Any) -> Said:
    """What the directory says of Anna; with ``leave`` it speaks of it."""
    told: dict[str, Any] = {"source": "hr", "external_id": "1", "details": new(), "logins": {}}
    told["speaks_of_leave"] = "leave" in changed
    return Said(**(told | changed))


def test_a_leave_without_an_end_is_recorded_anew_once_the_directory_knows_its_end():
    first, last = date(2026, 2, 2), date(2026, 5, 29)
    away = people.when(follow, by=DIRECTORY, said=said(leave=(first, NO_END))).follows()
    away.when(follow, by=DIRECTORY, said=said(leave=(first, NO_END))).nothing()
    known = away.when(follow, by=DIRECTORY, said=said(leave=(first, last))).then(
        AbsenceWithdrawn(by=DIRECTORY, absence=Position(f"{anna}@2")),
        AbsenceRecorded(by=DIRECTORY, first=first, last=last, feed="hr"),
    )
    known.when(follow, by=DIRECTORY, said=said(leave=(first, last))).nothing()


def test_a_directory_takes_back_the_leave_it_named_and_nobody_elses():
    first, last = date(2026, 4, 6), date(2026, 6, 30)
    own = (
        people.given(registered())
        .when(rules.record_absence, by=anna, first=date(2026, 4, 1), last=date(2026, 4, 2))
        .follows()
    )
    away = own.when(follow, by=DIRECTORY, said=said(leave=(first, last))).then(
        AbsenceRecorded(by=DIRECTORY, first=first, last=last, feed="hr")
    )
    shorter = away.when(follow, by=DIRECTORY, said=said(leave=(first, date(2026, 4, 30)))).then(
        AbsenceWithdrawn(by=DIRECTORY, absence=Position(f"{anna}@3")),
        AbsenceRecorded(by=DIRECTORY, first=first, last=date(2026, 4, 30), feed="hr"),
    )
    shorter.when(follow, by=DIRECTORY, said=said(speaks_of_leave=False)).nothing()
    gone = shorter.when(follow, by=DIRECTORY, said=said(leave=None)).then(
        AbsenceWithdrawn(by=DIRECTORY, absence=Position(f"{anna}@5"))
    )
    gone.when(follow, by=DIRECTORY, said=said(leave=None)).nothing()
    late = moment("2026-07-06T09:00+01:00")
    away.when(follow, by=DIRECTORY, at=late, said=said(leave=None)).nothing()


def test_a_directory_that_says_the_same_again_changes_nothing():
    details, leave = new(hours=MON_TO_WED, region="DE-BY"), (date(2025, 6, 1), date(2026, 9, 30))
    told = said(details=details, active=True, leave=leave)
    followed = people.when(follow, by=DIRECTORY, said=told).follows()
    assert [event.type for event in followed.events] == ["person-registered", "absence-recorded"]
    assert followed.events[1] == AbsenceRecorded(by=DIRECTORY, first=date(2026, 1, 1), last=leave[1], feed="hr")
    week_later = moment("2026-03-09T09:00+01:00")
    followed.when(follow, by=DIRECTORY, at=week_later, said=told).nothing()
    gone = followed.when(follow, by=DIRECTORY, at=week_later, said=said(details=details, active=False)).then(
        PersonDeactivated(by=DIRECTORY)
    )
    gone.when(follow, by=DIRECTORY, at=week_later, said=said(details=details)).nothing()


def test_a_directory_that_names_somebody_unknown_as_gone_registers_nobody():
    people.when(follow, by=DIRECTORY, said=said(active=False)).nothing()


def test_a_login_that_the_directory_no_longer_names_is_retired_and_one_linked_by_hand_stays():
    named = people.when(follow, by=DIRECTORY, said=said(logins={"https://issuer": "anna.old"})).follows()
    by_hand = named.when(link, by=DIRECTORY, source="https://issuer", external_id="admin", holder=None).follows()
    changed = by_hand.when(follow, by=DIRECTORY, said=said(logins={"https://issuer": "anna.new"})).then(
        PersonUnlinked(by=DIRECTORY, source="https://issuer", external_id="anna.old"),
        PersonLinked(by=DIRECTORY, source="https://issuer", external_id="anna.new", feed="hr", effective_at=monday),
    )
    assert changed.state is not None
    assert changed.state.identities == ("hr|1", "https://issuer|admin", "https://issuer|anna.new")
    changed.when(follow, by=DIRECTORY, said=said(logins={"https://issuer": "ANNA.New"})).nothing()


def test_the_first_and_the_last_day_make_somebody_active_from_and_until():
    details = new(active_from="2026-03-16", active_until="2026-03-31")
    hired = people.when(follow, by=DIRECTORY, said=said(details=details)).follows()
    assert [event.type for event in hired.events] == ["person-registered", "person-deactivated"]
    assert hired.wake_at == moment("2026-03-16T00:00+01:00")
    there = hired.woken().then(PersonReactivated(by=RuleName("rule:first-day")))
    assert there.wake_at == moment("2026-04-01T00:00+02:00")
    left = there.woken().then(PersonDeactivated(by=RuleName("rule:last-day")))
    assert left.wake_at is None
    left.when(follow, by=DIRECTORY, at=moment("2026-04-07T09:00+02:00"), said=said(details=details)).nothing()


def test_what_cannot_be_used_of_somebody_changes_nothing_but_that_they_are_gone():
    told = said(details=None, active=True)
    people.when(follow, by=DIRECTORY, said=told).nothing()
    known.when(follow, by=DIRECTORY, said=told).nothing()
    known.when(follow, by=DIRECTORY, said=said(details=None)).nothing()
    people.when(follow, by=DIRECTORY, said=said(details=None, active=False)).nothing()
    gone = known.when(follow, by=DIRECTORY, said=said(details=None, active=False)).then(PersonDeactivated(by=DIRECTORY))
    gone.when(follow, by=DIRECTORY, said=said(details=None, active=False)).nothing()


def test_news_between_the_first_and_the_last_day_change_nothing():
    details = new(active_from="2026-03-16", active_until="2026-03-31")
    hired = people.when(follow, by=DIRECTORY, said=said(details=details)).follows()
    hired.woken(at=moment("2026-03-10T09:00+01:00")).nothing()
    hired.woken().follows().woken(at=moment("2026-03-20T09:00+01:00")).nothing()


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
