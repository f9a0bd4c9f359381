"""What two people agreed on in a session becomes a promise, a request, or is recorded as not taken."""

from datetime import date, datetime
from typing import Any

import pytest

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.events.commitment import CommitmentMade, CommitmentRequested, FollowUpNotTaken
from coaching_events.events.session import FollowUpAgreed
from coaching_events.ids import PersonId, RuleName, SessionId, StreamId, position
from coaching_readmodels import follow_up_id
from goals.commitment import commitments, rules
from goals.commitment.state import NotPromised
from tests.rules.given import Answer, scenario
from tests.rules.the_pair import ANNA, BEN, MONDAY, PAIR, known_pair, known_person, moment, paused, reference_data_of

SESSION = SessionId(StreamId("session_one"))
FRIDAY = moment("2026-03-06T17:00+01:00")
AGREED = position(StreamId(SESSION), 4)


def agreed(by: PersonId, owner: PersonId = ANNA, **more: Any) -> Recorded[FollowUpAgreed]:
    said: dict[str, Any] = {"partnership": PAIR, "people": (ANNA, BEN), "text": "Send the notes", "due": FRIDAY, **more}
    event = FollowUpAgreed(by=by, owner=owner, **said)
    return Recorded(stream=StreamId(SESSION), version=4, at=MONDAY, event=event)


def knowing(pair: Any = None) -> Any:
    return reference_data_of({PAIR: pair or known_pair(), ANNA: known_person(), BEN: known_person()})


story = scenario(commitments, StreamId(follow_up_id(AGREED)), start=MONDAY, reference_data=knowing())


def taking(recorded: Recorded[FollowUpAgreed], history: Any = story, **more: Any) -> Answer[Any, Any, Any]:
    return history.when(rules.take_up, **{"agreed": recorded, "open_requests": 0, **more})


def not_taken(problem: str, by: PersonId = ANNA, owner: PersonId = ANNA, **more: Any) -> FollowUpNotTaken:
    other = BEN if owner == ANNA else ANNA
    said: dict[str, Any] = {"text": "Send the notes", "due": FRIDAY, **more}
    return FollowUpNotTaken(
        by=RuleName("rule:follow-up"),
        partnership=PAIR,
        owner=owner,
        partner=other,
        session=SESSION,
        agreed_by=by,
        based_on=AGREED,
        problem=problem,
        **said,
    )


@pytest.mark.parametrize(("owner", "partner"), [(ANNA, BEN), (BEN, ANNA)])
def test_recorded_by_its_owner_it_is_a_promise(owner: PersonId, partner: PersonId):
    (made,) = taking(agreed(owner, owner)).decided
    assert isinstance(made, CommitmentMade)
    assert (made.by, made.owner, made.partner, made.session, made.due) == (owner, owner, partner, SESSION, FRIDAY)


@pytest.mark.parametrize(("owner", "asking"), [(ANNA, BEN), (BEN, ANNA)])
def test_recorded_by_the_other_it_is_a_request(owner: PersonId, asking: PersonId):
    (asked,) = taking(agreed(asking, owner)).decided
    assert isinstance(asked, CommitmentRequested)
    assert (asked.by, asked.owner, asked.session, asked.text) == (asking, owner, SESSION, "Send the notes")


def test_a_date_is_a_date_of_its_owner():
    (made,) = taking(agreed(ANNA, due_date=date(2026, 3, 6))).decided
    assert isinstance(made, CommitmentMade)
    assert (made.due, made.due_date) == (FRIDAY, date(2026, 3, 6))


def test_it_is_taken_once():
    history = taking(agreed(ANNA)).follows()
    taking(agreed(ANNA), history).nothing()


ENDED = known_pair(status="ended", ended_at=MONDAY)
PAUSED = known_pair(paused(MONDAY))
FAR = moment("2030-03-06T17:00+01:00")
PAST = moment("2026-03-01T17:00+01:00")


@pytest.mark.parametrize(
    ("by", "pair", "due", "open_requests", "problem"),
    [
        (ANNA, ENDED, FRIDAY, 0, "partnership-ended"),
        (BEN, ENDED, FRIDAY, 0, "partnership-ended"),
        (BEN, PAUSED, FRIDAY, 0, "partnership-paused"),
        (BEN, None, FRIDAY, 5, "too-many-requests-open"),
        (ANNA, None, FAR, 0, "due-too-far"),
        (ANNA, None, PAST, 0, "due-in-the-past"),
    ],
)
def test_what_is_refused_is_not_taken_and_that_is_the_only_event(
    by: PersonId, pair: Any, due: datetime, open_requests: int, problem: str
):
    history = story.knowing(knowing(pair))
    history = taking(agreed(by, due=due), history, open_requests=open_requests).then(not_taken(problem, by, due=due))
    assert isinstance(history.state, NotPromised)
    assert (history.state.status, history.state.problem, history.wake_at) == ("not-taken", problem, None)
    taking(agreed(by, due=due), history).nothing()


def test_what_was_not_taken_refuses_all_commands_of_a_promise():
    history = taking(agreed(ANNA, due=FAR)).follows()
    history.when(rules.keep, by=ANNA, kept_at=None).refused("not-possible-now", status="not-taken")
    history.when(rules.withdraw_request, by=BEN).refused("not-possible-now", status="not-taken")


def test_a_pause_does_not_keep_anybody_from_promising():
    (made,) = taking(agreed(ANNA), story.knowing(knowing(PAUSED))).decided
    assert isinstance(made, CommitmentMade)


def test_a_text_that_was_erased_is_no_promise():
    cipher = Cipher(key="k", cipher="AAAA")
    taking(agreed(ANNA, text=cipher)).then(not_taken("nothing-promised", text=cipher))


def test_who_asked_again_and_again_is_not_asking_now():
    answer = taking(agreed(BEN), taken_back=[MONDAY] * 5)
    answer.then(not_taken("taken-back-too-often", BEN))
