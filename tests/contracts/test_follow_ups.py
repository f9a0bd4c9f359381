"""Follow-ups go from a session to goals, and what goals refuses is told to who recorded it."""

from typing import Any

import pytest

from coaching_events.envelope import Recorded
from coaching_events.events.commitment import FollowUpNotTaken
from coaching_events.events.session import FollowUpAgreed
from coaching_events.ids import RuleName, SessionId, StreamId, position
from coaching_readmodels import PartnershipReadModel, PersonReadModel, follow_up_id
from goals.reactions import when_follow_up_agreed_then_make_or_request_it
from tests.contracts.notified import ANNA as ANNA_OF_NOTIFIED
from tests.contracts.notified import BEN as BEN_OF_NOTIFIED
from tests.contracts.notified import WITH_BEN, Notified
from tests.contracts.sessions_in_memory import Sessions
from tests.contracts.test_check_ins_http import Goals, known_as
from tests.rules.notifications.a_week import local
from tests.rules.sessions.the_two import ANNA, BEN, PAIR, day, pair

START = day(3, 15)
REACTION = when_follow_up_agreed_then_make_or_request_it.reaction


@pytest.fixture
async def sessions() -> Sessions:
    sessions = Sessions()
    await sessions.knows_the_two()
    return sessions


@pytest.fixture
async def goals() -> Goals:
    goals = Goals()
    for stream, name in ((ANNA, "anna"), (BEN, "ben")):
        await goals.knows(stream, PersonReadModel, known_as(name, issuer=goals.issuer))
    await goals.knows(PAIR, PartnershipReadModel, pair())
    return goals


async def agree(sessions: Sessions, owner: str) -> tuple[str, Recorded[FollowUpAgreed], dict[str, Any]]:
    """Anna records a follow-up: the path of its session, its event, and what both see of it."""
    session = await sessions.agreed(START)
    body = {"text": "Send the notes", "owner": owner, "due": {"on": "2026-03-11"}}
    (event,) = (await sessions.does("anna", f"{session}/follow-ups", body))["events"]
    stream = StreamId(session.rpartition("/")[2])
    agreed = FollowUpAgreed.model_validate(event["data"])
    for reader in ("anna", "ben"):
        (seen,) = (await sessions.sees(reader, session))["follow_ups"]
        assert (seen["text"], seen["by"], seen["position"]) == ("Send the notes", ANNA, event["position"])
    version = int(event["position"].rpartition("@")[2])
    return session, Recorded(stream=stream, version=version, at=sessions.clock.at, event=agreed), seen


@pytest.mark.parametrize(("owner", "status"), [("me", "open"), ("partner", "requested")])
async def test_a_follow_up_is_a_promise_or_a_request_in_goals_once(
    sessions: Sessions, goals: Goals, owner: str, status: str
):
    session, agreed, seen = await agree(sessions, owner)
    assert seen["commitment"] == follow_up_id(agreed.position)
    for _ in range(2):
        await REACTION.react(agreed, goals.log)
    async with goals.client("ben") as ben:
        (found,) = (await ben.get(f"/partnerships/{PAIR}/commitments")).json()["items"]
    assert (found["id"], found["status"], f"/sessions/{found['session']}") == (seen["commitment"], status, session)
    assert (found["text"], found["due_date"]) == ("Send the notes", "2026-03-11")


async def test_what_goals_refuses_begins_a_stream_that_says_so(sessions: Sessions, goals: Goals):
    _, agreed, seen = await agree(sessions, "partner")
    await goals.knows(PAIR, PartnershipReadModel, pair(ended_at=day(0)), at=3)
    for _ in range(2):
        await REACTION.react(agreed, goals.log)
    async with goals.client("anna") as anna:
        found = (await anna.get(f"/commitments/{seen['commitment']}")).json()
        history = (await anna.get(f"/commitments/{seen['commitment']}/history")).json()
    assert (found["status"], found["problem"], found["waits_for"]) == ("not-taken", "partnership-ended", None)
    assert [event["type"] for event in history] == ["follow-up-not-taken"]


async def test_a_follow_up_in_the_past_is_refused_when_it_is_recorded(sessions: Sessions):
    session = await sessions.agreed(START)
    body = {"text": "Send the notes", "owner": "me", "due": {"on": "2026-02-11"}}
    assert (await sessions.does("anna", f"{session}/follow-ups", body, 409))["type"].endswith("due-in-the-past")
    await sessions.does("carla", f"{session}/follow-ups", body, 404)


async def test_who_recorded_what_was_not_taken_hears_of_it_and_the_other_does_not():
    suite = Notified()
    await suite.knows_the_pairs()
    await suite.comes(local(0, 10))
    refused = FollowUpNotTaken(
        by=RuleName("rule:follow-up"),
        partnership=WITH_BEN,
        owner=BEN_OF_NOTIFIED,
        partner=ANNA_OF_NOTIFIED,
        text="Send the notes",
        due=local(3),
        session=SessionId(StreamId("session_one")),
        agreed_by=ANNA_OF_NOTIFIED,
        based_on=position(StreamId("session_one"), 3),
        problem="partnership-paused",
    )
    await suite.hears(StreamId("commitment_follow"), refused)
    (message,) = (await suite.get("/inbox", "anna"))["items"]
    assert message["text"] == (
        "What you noted as a follow-up of your session with Ben, “Send the notes”, has not become a promise or a "
        "request. It may be worth a word between you two."
    )
    assert (await suite.get("/inbox", "ben"))["items"] == []
    assert await suite.dead_letters() == []
