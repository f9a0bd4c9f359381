"""What one of the two does after the session: recorded by either, about either."""

from datetime import date, datetime
from typing import Any

import pytest

from coaching_events.events.session import (
    FollowUpAgreed,
    SessionCancelled,
    SessionHeld,
    SessionProposed,
    SessionScheduled,
)
from coaching_events.ids import PersonId, RuleName
from coaching_readmodels.promises import Due
from eventlog import NotFound
from sessions.session import rules, sessions
from sessions.session.rules.follow_ups import MOST_FOLLOW_UPS
from tests.rules.given import Answer, scenario
from tests.rules.sessions.the_two import ANNA, BEN, CARLA, FIRST, HOUR, MONDAY, PAIR, SESSION, day, knowing, pair

START, LATER = day(3, 15), day(9, 12)
PEOPLE: dict[str, Any] = {"partnership": PAIR, "people": (ANNA, BEN)}

offer = scenario(sessions, SESSION, start=MONDAY, reference_data=knowing()).given(
    SessionProposed(by=ANNA, **PEOPLE, start=START, end=START + HOUR, answer_by=START)
)
session = offer.given(SessionScheduled(by=BEN, **PEOPLE, proposal=FIRST, start=START, end=START + HOUR))
held = session.given(SessionHeld(by=RuleName("rule:both-reported"), **PEOPLE, start=START, end=START + HOUR))


def agreed(by: PersonId, owner: PersonId, due: datetime = LATER, due_date: date | None = None) -> FollowUpAgreed:
    return FollowUpAgreed(by=by, **PEOPLE, owner=owner, text="Send the notes", due=due, due_date=due_date)


def agreeing(history: Any = session, **more: Any) -> Answer[Any, Any, Any]:
    said: dict[str, Any] = {"by": ANNA, "mine": True, "text": "Send the notes", "due": Due(instant=LATER)}
    return history.when(rules.agree_follow_up, **said | more)


@pytest.mark.parametrize("by", [ANNA, BEN])
@pytest.mark.parametrize("mine", [True, False])
@pytest.mark.parametrize("history", [session, held])
def test_either_records_what_either_does(history: Any, by: PersonId, mine: bool):
    other = BEN if by == ANNA else ANNA
    after: Any = agreeing(history, by=by, mine=mine).then(agreed(by, by if mine else other))
    assert [(each.by, each.owner) for each in after.state.content.follow_ups] == [(by, by if mine else other)]


@pytest.mark.parametrize(("mine", "owner", "due"), [(True, ANNA, day(9, 16)), (False, BEN, day(9, 21))])
def test_a_date_means_the_end_of_work_of_its_owner(mine: bool, owner: PersonId, due: datetime):
    named = date(2026, 3, 11)
    agreeing(mine=mine, due=Due(day=named)).then(agreed(ANNA, owner, due, named))


def test_what_is_due_in_the_past_is_refused():
    agreeing(due=Due(instant=MONDAY)).refused("due-in-the-past")
    agreeing(due=Due(day=date(2026, 2, 27))).refused("due-in-the-past")


def test_what_goals_would_refuse_as_too_far_is_refused_at_once():
    agreeing(due=Due(day=date(9998, 12, 31))).refused("due-too-far")


def test_a_session_that_is_not_agreed_has_no_follow_ups():
    agreeing(offer).refused("session-not-agreed")
    cancelled = SessionCancelled(by=ANNA, **PEOPLE, start=START, cause="partner", late_notice=False)
    agreeing(session.given(cancelled)).refused("session-not-agreed")


def test_there_is_an_end_of_follow_ups():
    history = session.given(*(agreed(ANNA, BEN) for _ in range(MOST_FOLLOW_UPS)))
    agreeing(history).refused("too-many-follow-ups")


def test_after_the_end_of_the_partnership_nothing_is_agreed():
    agreeing(session.knowing(knowing(pair(ended_at=MONDAY)))).refused("partnership-ended")


def test_a_stranger_finds_nothing():
    with pytest.raises(NotFound):
        agreeing(by=CARLA)
