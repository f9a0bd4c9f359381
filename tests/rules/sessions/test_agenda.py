"""The agenda that the two share."""

from typing import Any

import pytest

from coaching_events.events.session import (
    AgendaItemAdded,
    AgendaItemDiscussed,
    AgendaItemRemoved,
    SessionCancelled,
    SessionProposed,
    SessionScheduled,
)
from coaching_events.ids import PersonalTextsId, PersonId
from eventlog import NotFound
from sessions.session import rules, sessions
from sessions.session.rules.agenda import MOST_ITEMS
from tests.rules.given import scenario
from tests.rules.sessions.the_two import ANNA, BEN, CARLA, FIRST, HOUR, MONDAY, PAIR, SESSION, day, knowing, pair

START = day(3, 15)
PEOPLE: dict[str, Any] = {"partnership": PAIR, "people": (ANNA, BEN)}
BOTH = pytest.mark.parametrize("by", [ANNA, BEN])


def added(item: str, by: PersonId = ANNA) -> AgendaItemAdded:
    return AgendaItemAdded(by=by, **PEOPLE, item=PersonalTextsId(item))


def discussed(item: str, by: PersonId = ANNA) -> AgendaItemDiscussed:
    return AgendaItemDiscussed(by=by, **PEOPLE, item=PersonalTextsId(item))


offer = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing()).given(
    SessionProposed(by=ANNA, **PEOPLE, start=START, end=START + HOUR, answer_by=START)
)
session = offer.given(SessionScheduled(by=BEN, **PEOPLE, proposal=FIRST, start=START, end=START + HOUR))
cancelled = SessionCancelled(by=ANNA, **PEOPLE, start=START, cause="partner", late_notice=False)


@BOTH
@pytest.mark.parametrize("history", [offer, session])
def test_either_puts_something_on_the_agenda(history: Any, by: PersonId):
    after = history.when(rules.add_item, by=by, item="launch").then(added("launch", by))
    assert [(each.text, each.by, each.status) for each in after.state.content.agenda] == [("launch", by, "open")]


@BOTH
def test_either_says_that_they_have_talked_about_it(by: PersonId):
    history = session.given(added("launch"), added("summer"))
    after = history.when(rules.discuss_item, by=by, item="launch").then(discussed("launch", by))
    assert after.state is not None
    assert [(each.text, each.status) for each in after.state.content.agenda] == [
        ("launch", "discussed"),
        ("summer", "open"),
    ]
    for rule in (rules.discuss_item, rules.remove_item):
        after.when(rule, by=ANNA, item="launch").refused("item-discussed")


def test_it_carries_over_so_it_is_discussed_when_its_session_is_over_too():
    history = session.given(added("launch"), cancelled)
    history.when(rules.discuss_item, by=BEN, item="launch").then(discussed("launch", BEN))
    history.when(rules.add_item, by=BEN, item="summer").refused("session-over")


@BOTH
def test_only_who_put_it_there_takes_it_off(by: PersonId):
    history = session.given(added("launch", by))
    other = BEN if by == ANNA else ANNA
    history.when(rules.remove_item, by=other, item="launch").refused("not-your-item")
    removed = AgendaItemRemoved(by=by, **PEOPLE, item=PersonalTextsId("launch"))
    after = history.when(rules.remove_item, by=by, item="launch").then(removed)
    with pytest.raises(NotFound):
        after.when(rules.discuss_item, by=by, item="launch")


def test_an_agenda_has_an_end():
    history = session.given(*(added(f"item {number}") for number in range(MOST_ITEMS)))
    assert history.when(rules.add_item, by=BEN, item="more").refused("agenda-full").extensions == {"most": MOST_ITEMS}
    history = history.given(discussed("item 0"))
    history.when(rules.add_item, by=BEN, item="more").then(added("more", BEN))


def test_after_the_end_of_the_partnership_it_stays_as_it_is():
    history = session.given(added("launch")).knowing(knowing(pair(ended_at=MONDAY)))
    history.when(rules.add_item, by=ANNA, item="more").refused("partnership-ended")
    for rule in (rules.discuss_item, rules.remove_item):
        history.when(rule, by=ANNA, item="launch").refused("partnership-ended")


def test_a_stranger_finds_nothing():
    with pytest.raises(NotFound):
        session.when(rules.add_item, by=CARLA, item="launch")
