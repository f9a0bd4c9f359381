"""A line of a feed about somebody who may be known already: how it waits, and what is decided about it."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from coaching_events.events.conflict import ConflictDecided, ConflictFound
from coaching_events.events.person import (
    AbsenceRecorded,
    PersonDeactivated,
    PersonLinked,
    PersonReactivated,
    PersonRegistered,
    PersonUnlinked,
)
from coaching_time import NO_END
from eventlog import NotFound
from partnerships.conflict import conflict_id, conflicts, rules
from partnerships.conflict.state import Decided, Open
from partnerships.person import following
from partnerships.person import people as directory
from partnerships.person.following import FIRST_DAY, Said, register_found
from tests.rules.given import scenario
from tests.rules.partnerships.people import AT_ONCE, DIRECTORY, moment, new, person_id, registered

ISSUER = "https://issuer"
MONDAY = moment("2026-03-02T09:00+01:00")
anna, hr = person_id("1"), person_id("hr")
link_found = partial(following.link_found, logins=AT_ONCE)
line = scenario(conflicts, conflict_id("new-hr", "A7"), start=MONDAY, reference_data=None)


def found(**more: Any) -> ConflictFound:
    told: dict[str, Any] = {"display_name": "Anna Uno", "email": "Anna@example.com", "zone": "Europe/Berlin"}
    known: dict[str, Any] = {"source": "new-hr", "external_id": "A7", "person": anna, "because": "email"}
    return ConflictFound.model_validate({"by": DIRECTORY, "locale": "en", **told, **known, **more})


def said(**more: Any) -> Said:
    told: dict[str, Any] = {"source": "new-hr", "external_id": "A7", "details": new("Anna Uno"), "logins": {}}
    return Said(**(told | more))


def found_of(told: Said) -> ConflictFound:
    assert told.details is not None
    return rules.found_of(told, told.details, by=DIRECTORY, at=MONDAY, person=anna, because="login", login_holder=anna)


# It waits


def test_what_a_feed_says_again_waits_once_and_as_long_as_before():
    waits = line.when(rules.find, by=DIRECTORY, found=found()).then(found())
    waits.when(rules.find, by=hr, found=found(by=hr)).nothing()
    tuesday = moment("2026-03-03T09:00+01:00")
    other = found(display_name="Anna Due")
    after = waits.when(rules.find, at=tuesday, by=DIRECTORY, found=other).then((other, tuesday))
    assert isinstance(after.state, Open)
    assert (after.state.since, after.state.found) == (MONDAY, other)


def test_it_is_compared_by_the_address_as_people_read_it():
    assert isinstance(state := line.given(found()).state, Open)
    assert state.email_key == "anna@example.com"
    assert isinstance(state := line.given(found(email=None, because="login")).state, Open)
    assert state.email_key is None


def test_it_keeps_all_that_is_needed_to_register_them_later():
    leave = (date(2026, 3, 1), NO_END)
    waits = found_of(said(logins={ISSUER: "anna.uno"}, leave=leave, speaks_of_leave=True))
    assert (waits.display_name, waits.zone, waits.because, waits.person) == ("Anna Uno", "Europe/Berlin", "login", anna)
    assert (waits.login_source, waits.login, waits.login_holder) == (ISSUER, "anna.uno", anna)
    assert (waits.away_from, waits.away_until) == leave


def test_a_leave_of_which_the_feed_does_not_speak_is_not_kept():
    waits = found_of(said(leave=(date(2026, 3, 1), NO_END)))
    assert (waits.away_from, waits.away_until, waits.login, waits.login_source) == (None, None, None, None)


@pytest.mark.parametrize(
    ("told", "active"),
    [
        (said(), True),
        (said(active=True), True),
        (said(active=False), False),
        (said(details=new(active_from="2026-03-03")), False),
        (said(details=new(active_until="2026-03-01")), False),
    ],
)
def test_whether_they_work_here_is_what_the_feed_and_their_days_say(told: Said, active: bool):
    assert found_of(told).active is active


# It is decided


def test_who_it_is_is_decided_once_and_another_decision_is_refused():
    decided = ConflictDecided(by=hr, outcome="linked", person=anna)
    after = line.given(found()).when(rules.decide, by=hr, outcome="linked", person=anna).then(decided)
    after.when(rules.decide, by=hr, outcome="linked", person=anna).nothing()
    for outcome, person in (("created", anna), ("linked", person_id("2"))):
        refusal = after.when(rules.decide, by=hr, outcome=outcome, person=person).refused("conflict-decided")
        assert refusal.extensions == {"outcome": "linked", "person": anna, "at": MONDAY}


def test_what_nobody_found_is_not_decided():
    with pytest.raises(NotFound):
        line.when(rules.decide, by=hr, outcome="linked", person=anna)


def test_who_it_was_decided_to_be_is_told_to_who_asks_again():
    after = line.given(found(), ConflictDecided(by=hr, outcome="created", person=anna)).state
    assert rules.waiting(after, outcome="created", person=None) == anna


def test_what_the_feed_does_not_say_any_more_waits_no_longer():
    gone = line.given(found()).when(rules.close, by=DIRECTORY).then(ConflictDecided(by=DIRECTORY, outcome="gone"))
    gone.when(rules.close, by=DIRECTORY).nothing()
    line.when(rules.close, by=DIRECTORY).nothing()
    gone.when(rules.decide, by=hr, outcome="linked", person=anna).refused("conflict-decided")


def test_what_was_decided_keeps_nothing_that_the_feed_said_and_may_be_found_again():
    decided = line.given(found(), ConflictDecided(by=hr, outcome="linked", person=anna))
    assert decided.state == Decided(
        id=conflict_id("new-hr", "A7"), source="new-hr", external_id="A7", outcome="linked", person=anna, since=MONDAY
    )
    later = moment("2026-04-01T09:00+02:00")
    again = decided.when(rules.find, at=later, by=DIRECTORY, found=found()).then(found())
    assert isinstance(again.state, Open)
    assert again.state.since == later


# It is somebody who is known


people = scenario(directory, anna, start=MONDAY, reference_data=None)


def linked(source: str, external_id: str) -> PersonLinked:
    return PersonLinked(by=hr, source=source, external_id=external_id, feed="new-hr")


def test_linking_gives_them_the_id_and_the_login_of_the_feed():
    known = people.given(registered())
    told = found(login_source=ISSUER, login="anna.uno")
    after = known.when(link_found, by=hr, found=told).then(linked("new-hr", "A7"), linked(ISSUER, "anna.uno"))
    after.when(link_found, by=hr, found=told).nothing()


def test_linking_retires_what_the_feed_called_them_before_and_nothing_of_another_source():
    known = people.given(registered(), linked("new-hr", "a6"), linked(ISSUER, "anna"))
    after = known.when(link_found, by=hr, found=found()).then(
        PersonUnlinked(by=hr, source="new-hr", external_id="a6"), linked("new-hr", "A7")
    )
    assert after.state is not None
    assert after.state.identities == ("hr|1", f"{ISSUER}|anna", "new-hr|a7")


def test_nobody_is_linked_who_is_not_known():
    with pytest.raises(NotFound):
        people.when(link_found, by=hr, found=found())


# It is somebody of their own


newcomer = scenario(directory, person_id("A7"), start=MONDAY, reference_data=None)


def as_found(**more: Any) -> PersonRegistered:
    told: dict[str, Any] = {"display_name": "Anna Uno", "email": "Anna@example.com", "zone": "Europe/Berlin"}
    return PersonRegistered(by=hr, source="new-hr", external_id="A7", locale="en", **told, **more)


def test_somebody_of_their_own_is_registered_with_what_the_feed_said():
    told = found(login_source=ISSUER, login="anna.uno", away_from=date(2026, 3, 9), away_until=date(2026, 3, 13))
    after = newcomer.when(register_found, by=hr, found=told).then(
        as_found(),
        linked(ISSUER, "anna.uno"),
        AbsenceRecorded(by=hr, first=date(2026, 3, 9), last=date(2026, 3, 13), feed="new-hr"),
    )
    after.when(register_found, by=hr, found=told).nothing()


def test_who_does_not_work_here_is_registered_as_inactive():
    newcomer.when(register_found, by=hr, found=found(active=False)).then(as_found(), PersonDeactivated(by=hr))


def test_who_is_registered_before_their_first_day_is_active_from_then_on():
    told = found(active=False, active_from=date(2026, 3, 16))
    known = newcomer.when(register_found, by=hr, found=told).follows()
    known.woken().then((PersonReactivated(by=FIRST_DAY), moment("2026-03-16T00:00+01:00")))


def test_a_leave_counts_from_sixty_days_back_and_one_that_was_over_by_then_not_at_all():
    began = found(away_from=date(2025, 6, 1), away_until=date(2026, 12, 31))
    newcomer.when(register_found, by=hr, found=began).then(
        as_found(), AbsenceRecorded(by=hr, first=date(2026, 1, 1), last=date(2026, 12, 31), feed="new-hr")
    )
    over = found(away_from=date(2025, 6, 1), away_until=date(2025, 12, 31))
    newcomer.when(register_found, by=hr, found=over).then(as_found())


def test_an_id_that_somebody_else_has_by_now_registers_nobody():
    known = people.given(registered())
    refusal = known.when(register_found, by=hr, found=found()).refused("already-registered")
    assert refusal.extensions == {"person": anna}
