"""Who can be somebody: a further login waits for the person or for the delay, and the person can refuse it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from coaching_events.events.person import LoginConfirmed, LoginRefused, PersonLinked, PersonUnlinked
from coaching_events.ids import RuleName
from coaching_readmodels import identity
from coaching_readmodels.logins import login_id, masked
from eventlog import NotFound
from partnerships.person import following, logins, rules
from partnerships.person import people as directory
from partnerships.person.following import Said
from tests.rules.given import scenario
from tests.rules.partnerships.people import DIRECTORY, ISSUER, THREE_DAYS, moment, new, person_id, registered

monday = moment("2026-03-02T09:00+01:00")
thursday = monday + timedelta(days=3)
anna = person_id("1")
people = scenario(directory, anna, start=monday, reference_data=None)
known = people.given(registered())

link = partial(rules.link, by=DIRECTORY, source=ISSUER, holder=None, logins=THREE_DAYS)
unlink = partial(rules.unlink, by=DIRECTORY, source=ISSUER)
follow = partial(following.follow, by=DIRECTORY, logins=THREE_DAYS)
confirm = partial(logins.confirm, by=anna, logins=THREE_DAYS)
refuse = partial(logins.refuse, by=anna, logins=THREE_DAYS)
first = known.when(link, external_id="anna").then(PersonLinked(by=DIRECTORY, source=ISSUER, external_id="anna"))
second = first.when(link, external_id="anna.two").then(
    PersonLinked(by=DIRECTORY, source=ISSUER, external_id="anna.two", effective_at=thursday)
)


def named(login: str) -> str:
    return login_id(ISSUER, login)


def of(login: str) -> dict[str, Any]:
    return {"by": anna, "source": ISSUER, "external_id": login}


def said(login: str) -> Said:
    return Said(source="hr", external_id="1", details=new(), logins={ISSUER: login})


def waits(history: Any, login: str, at: Any = monday) -> bool:
    return logins.waits(history.state, identity(ISSUER, login), at)


def test_a_first_login_and_the_number_of_a_feed_work_at_once_and_a_further_login_waits():
    assert not waits(first, "anna")
    first.when(link, source="payroll", external_id="7").then(
        PersonLinked(by=DIRECTORY, source="payroll", external_id="7")
    )
    assert waits(second, "anna.two")
    assert waits(second, "anna.two", thursday - timedelta(milliseconds=1))
    assert not waits(second, "anna.two", thursday)


def test_who_has_lost_their_login_had_one_so_the_next_is_a_further_one():
    without = first.when(unlink, external_id="anna").then(
        PersonUnlinked(by=DIRECTORY, source=ISSUER, external_id="anna")
    )
    assert waits(without.when(link, external_id="anna").follows(), "anna")


def test_somebody_registered_by_their_login_has_one():
    by_login = people.given(registered().model_copy(update={"source": ISSUER, "external_id": "anna"}))
    assert waits(by_login.when(link, external_id="anna.two").follows(), "anna.two")


def test_the_person_confirms_a_login_once_and_it_works_from_then_on():
    confirmed = second.when(confirm, login=named("anna.two")).then(LoginConfirmed(**of("anna.two")))
    assert not waits(confirmed, "anna.two")
    confirmed.when(confirm, login=named("anna.two")).nothing()
    second.when(confirm, at=thursday, login=named("anna.two")).nothing()


def test_a_refused_login_finds_them_no_more_and_is_linked_again_only_after_they_confirm_it():
    using = identity(ISSUER, "anna")
    refused = second.when(refuse, login=named("ANNA.two"), using=using).then(LoginRefused(**of("anna.two")))
    assert refused.state is not None
    assert refused.state.identities == ("hr|1", using)
    refused.when(refuse, login=named("anna.two"), using=using).nothing()
    refused.when(link, external_id="anna.two").refused("login-refused")
    refused.when(follow, said=said("anna.two")).nothing()
    after_all = refused.when(confirm, login=named("anna.two")).then(LoginConfirmed(**of("anna.two")))
    assert waits(after_all.when(link, external_id="anna.two").follows(), "anna.two")


@pytest.mark.parametrize("answer", [confirm, partial(refuse, using=identity(ISSUER, "anna"))])
def test_a_login_that_is_not_theirs_is_neither_confirmed_nor_refused(answer: Any):
    with pytest.raises(NotFound):
        second.when(answer, login=named("ben"))


def test_a_login_that_works_is_refused_with_an_older_one_only_and_none_with_itself():
    one, two = identity(ISSUER, "anna"), identity(ISSUER, "anna.two")
    second.when(refuse, at=thursday, login=named("anna.two"), using=one).then(LoginRefused(**of("anna.two")))
    second.when(refuse, at=thursday, login=named("anna"), using=two).refused("older-login")
    second.when(refuse, at=thursday, login=named("anna.two"), using=two).refused("login-in-use")
    third = second.when(link, at=thursday, external_id="anna.three").follows()
    third.when(refuse, at=thursday, login=named("anna.three"), using=two).then(LoginRefused(**of("anna.three")))


def test_the_old_login_of_a_feed_stays_until_the_new_one_works():
    fed = known.when(follow, said=said("anna")).follows()
    changed = fed.when(follow, said=said("anna.two")).then(
        PersonLinked(by=DIRECTORY, source=ISSUER, external_id="anna.two", feed="hr", effective_at=thursday)
    )
    changed.when(follow, said=said("anna.two")).nothing()
    replaced = PersonUnlinked(by=RuleName("rule:login-replaced"), source=ISSUER, external_id="anna")
    assert changed.wake_at == thursday
    woken = changed.woken().then(replaced)
    assert woken.wake_at is None
    again = woken.when(follow, at=thursday, said=said("anna.three")).follows()
    assert again.wake_at == thursday + timedelta(days=3), "and so does the next one"
    changed.when(confirm, login=named("anna.two")).then(
        LoginConfirmed(**of("anna.two")), replaced.model_copy(update={"by": anna})
    )


def test_a_feed_that_names_the_old_login_again_takes_the_new_one_back_before_it_works():
    changed = known.when(follow, said=said("anna")).follows().when(follow, said=said("anna.two")).follows()
    back = changed.when(follow, said=said("anna")).then(
        PersonUnlinked(by=DIRECTORY, source=ISSUER, external_id="anna.two")
    )
    assert back.wake_at is None


def test_the_old_login_stays_where_the_person_refuses_the_new_one_of_their_feed():
    changed = known.when(follow, said=said("anna")).follows().when(follow, said=said("anna.two")).follows()
    refused = changed.when(refuse, login=named("anna.two"), using=identity(ISSUER, "anna")).follows()
    refused.when(follow, said=said("anna.two")).nothing()
    assert refused.wake_at is None


def test_a_login_is_shown_in_part():
    assert [masked(each) for each in ("anna.bauer", "ann", "")] == ["an…er", "a…", "…"]
