"""Looking back on a session: nobody reads the other's reflection before both have written."""

from datetime import timedelta
from typing import Any

import pytest

from coaching_events.events.session import (
    ReflectionsOpened,
    ReflectionWritten,
    SessionDeclined,
    SessionHeld,
    SessionProposed,
    SessionScheduled,
)
from coaching_events.ids import PersonalTextsId, PersonId, RuleName
from eventlog import NotFound
from sessions.session import rules, sessions
from tests.rules.given import scenario
from tests.rules.sessions.the_two import ANNA, BEN, CARLA, FIRST, HOUR, MONDAY, PAIR, SESSION, day, knowing, pair

START = day(3, 15)
END = START + HOUR
WEEK = timedelta(days=7)
PEOPLE: dict[str, Any] = {"partnership": PAIR, "people": (ANNA, BEN)}
BOTH = pytest.mark.parametrize(("one", "other"), [(ANNA, BEN), (BEN, ANNA)])

offer = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing()).given(
    SessionProposed(by=ANNA, **PEOPLE, start=START, end=END, answer_by=START)
)
session = offer.given(SessionScheduled(by=BEN, **PEOPLE, proposal=FIRST, start=START, end=END))
held = session.given((SessionHeld(by=RuleName("rule:both-reported"), **PEOPLE, start=START, end=END), END))


def written(by: PersonId, texts: str = "one") -> ReflectionWritten:
    return ReflectionWritten(by=by, **PEOPLE, personal_texts=PersonalTextsId(texts))


def reflecting(history: Any, by: PersonId = ANNA, at: Any = END, texts: str = "one") -> Any:
    return history.when(rules.reflect, by=by, at=at, texts=PersonalTextsId(texts))


OPENED = ReflectionsOpened(by=RuleName("rule:both-reflected"), **PEOPLE)


@BOTH
@pytest.mark.parametrize("history", [session, held])
def test_both_open_when_the_second_is_written(history: Any, one: PersonId, other: PersonId):
    first = reflecting(history, one).then(written(one))
    assert not first.state.content.opened
    both = reflecting(first, other, END + WEEK, "two").then(written(other, "two"), OPENED)
    assert both.state.content.opened


def test_of_an_offer_it_is_not_said_that_it_did_not_take_place():
    reflecting(offer).refused("session-not-agreed", status="proposed")


@BOTH
def test_after_seven_days_each_stays_with_its_author(one: PersonId, other: PersonId):
    first = reflecting(session, one).follows()
    late = reflecting(first, other, END + WEEK + timedelta(milliseconds=1), "two").then(written(other, "two"))
    assert not late.state.content.opened


def test_what_was_written_stays():
    reflecting(reflecting(held).follows()).refused("already-reflected")


def test_nobody_looks_back_before_the_end():
    reflecting(session, at=START).refused("session-not-over")


def test_there_is_nothing_to_look_back_on_if_it_did_not_take_place():
    reflecting(offer.given(SessionDeclined(by=BEN, **PEOPLE))).refused("session-over")


def test_after_the_end_of_the_partnership_nobody_writes():
    reflecting(held.knowing(knowing(pair(ended_at=END)))).refused("partnership-ended")


def test_a_stranger_finds_nothing():
    with pytest.raises(NotFound):
        reflecting(held, CARLA)
