"""Sessions over HTTP, from the offer of a time to what both read, with reactions and deadlines."""

import pytest

from coaching_events.events.commitment import CommitmentKept, CommitmentMade, CommitmentMissed
from coaching_events.ids import RuleName, StreamId
from coaching_readmodels import PartnershipReadModel
from tests.contracts.sessions_in_memory import Json, Sessions
from tests.rules.sessions.the_two import ANNA, BEN, CARLA, PAIR, day, pair

THURSDAY, FRIDAY, MONDAY = day(3, 15), day(4, 15), day(7, 15)


@pytest.fixture
async def sessions() -> Sessions:
    sessions = Sessions()
    await sessions.knows_the_two()
    return sessions


async def test_another_time_is_proposed_and_holds_when_the_other_agrees(sessions: Sessions):
    session = await sessions.agreed(THURSDAY)
    body = {"start": FRIDAY.isoformat(), "note": "A visit came up"}
    proposal = (await sessions.does("ben", f"{session}/reschedule", body))["position"]
    for reader in ("anna", "ben"):
        seen = await sessions.sees(reader, session)
        assert (seen["status"], seen["start"], seen["waits_for"]) == ("scheduled", "2026-03-05T15:00:00.000Z", ANNA)
        assert seen["reschedule"] == {
            "position": proposal,
            "by": BEN,
            "note": "A visit came up",
            "answer_by": "2026-03-05T15:00:00.000Z",
            "start": "2026-03-06T15:00:00.000Z",
            "end": "2026-03-06T16:00:00.000Z",
            "place": None,
        }
    (event,) = (await sessions.does("anna", f"{session}/accept", {"offer": proposal}))["events"]
    assert event["type"] == "session-rescheduled"
    assert event["data"]["previous_start"] == "2026-03-05T15:00:00.000Z"
    seen = await sessions.sees("anna", session)
    assert (seen["start"], seen["reschedule"], seen["waits_for"]) == ("2026-03-06T15:00:00.000Z", None, None)


async def test_the_other_declines_or_proposes_another_time_and_the_agreed_one_holds(sessions: Sessions):
    session = await sessions.agreed(THURSDAY)
    await sessions.does("anna", f"{session}/reschedule", {"start": FRIDAY.isoformat()})
    await sessions.does("ben", f"{session}/propose-time", {"start": MONDAY.isoformat(), "minutes": 30})
    seen = await sessions.sees("anna", session)
    assert (seen["reschedule"]["by"], seen["waits_for"], seen["start"]) == (BEN, ANNA, "2026-03-05T15:00:00.000Z")
    await sessions.does("anna", f"{session}/decline", {"note": "I am away then"})
    seen = await sessions.sees("ben", session)
    assert (seen["reschedule"], seen["start"]) == (None, "2026-03-05T15:00:00.000Z")
    assert seen["notes"][-1]["about"] == "reschedule-declined"


async def test_a_proposal_without_an_answer_lapses_at_the_agreed_start(sessions: Sessions):
    session = await sessions.agreed(THURSDAY)
    await sessions.does("anna", f"{session}/reschedule", {"start": FRIDAY.isoformat()})
    await sessions.comes(THURSDAY)
    assert (await sessions.sees("ben", session))["reschedule"] is None
    assert (await sessions.sees("ben", f"{session}/history"))[-1]["type"] == "reschedule-lapsed"
    await sessions.does("ben", f"{session}/accept", {}, 409)


async def test_a_stranger_finds_no_session_to_move(sessions: Sessions):
    session = await sessions.agreed(THURSDAY)
    await sessions.does("carla", f"{session}/reschedule", {"start": FRIDAY.isoformat()}, 404)


async def test_the_place_of_a_session_is_seen_by_both(sessions: Sessions):
    session = await sessions.agreed(THURSDAY, place="Room 4")
    assert (await sessions.sees("ben", session))["place"] == "Room 4"
    await sessions.does("ben", f"{session}/place", {"place": "https://meet.example.com/1"})
    assert (await sessions.sees("anna", session))["place"] == "https://meet.example.com/1"
    (listed,) = (await sessions.sees("anna", "/sessions"))["items"]
    assert listed["place"] == "https://meet.example.com/1"
    await sessions.does("carla", f"{session}/place", {"place": "Nowhere"}, 404)


async def test_shared_notes_are_read_by_both_and_stand_in_no_event(sessions: Sessions):
    session = await sessions.agreed(THURSDAY)
    await sessions.ask("anna", "PUT", f"{session}/notes", {"text": "We talked about the launch."})
    notes = (await sessions.sees("ben", session))["shared_notes"]
    assert (notes["text"], notes["by"]) == ("We talked about the launch.", ANNA)
    await sessions.ask("ben", "PUT", f"{session}/notes", {"text": "Mine alone"}, 409)
    await sessions.ask("ben", "PUT", f"{session}/notes", {"text": "And the summer.", "replaces": notes["id"]})
    assert (await sessions.sees("anna", session))["shared_notes"]["text"] == "And the summer."
    assert not [record for record in sessions.said() if b"launch" in (record.value or b"")]
    assert "launch" not in str(await sessions.sees("anna", f"{session}/history"))


async def test_private_notes_are_seen_by_their_author_and_leave_no_trace(sessions: Sessions):
    session = await sessions.agreed(THURSDAY)
    before = [await sessions.sees("ben", path) for path in (session, f"{session}/history", "/sessions")]
    said = len(sessions.said())
    await sessions.ask("anna", "PUT", f"{session}/private-notes", {"text": "Ask about the summer."})
    assert (await sessions.sees("anna", session))["private_notes"] == "Ask about the summer."
    after = [await sessions.sees("ben", path) for path in (session, f"{session}/history", "/sessions")]
    assert after == before
    assert len(sessions.said()) == said
    await sessions.ask("ben", "PUT", f"{session}/private-notes", {"text": "Mine"})
    assert (await sessions.sees("anna", session))["private_notes"] == "Ask about the summer."
    await sessions.ask("anna", "PUT", f"{session}/private-notes", {})
    assert (await sessions.sees("anna", session))["private_notes"] is None
    await sessions.ask("carla", "PUT", f"{session}/private-notes", {"text": "Mine"}, 404)


@pytest.mark.parametrize("texts", [("private-notes", {"text": "Mine"}), ("private-agenda", {"items": ["Mine"]})])
async def test_what_is_private_is_written_for_the_version_that_was_read(sessions: Sessions, texts: tuple[str, Json]):
    session = await sessions.agreed(THURSDAY)
    what, body = texts
    async with sessions.client("anna") as client:
        for tag, status in ((f'"{session.rpartition("/")[2]}@1"', 412), ("*", 200)):
            answer = await client.put(f"{session}/{what}", json=body, headers={"If-Match": tag})
            assert answer.status_code == status, answer.text
        tag = (await client.get(session)).headers["etag"]
        assert (await client.put(f"{session}/{what}", json=body, headers={"If-Match": tag})).status_code == 200


async def adds(sessions: Sessions, name: str, session: str, text: str) -> str:
    answer = await sessions.does(name, f"{session}/agenda", {"text": text})
    return answer["events"][0]["data"]["item"]


async def agenda(sessions: Sessions, name: str, session: str) -> list[tuple[str, str]]:
    """The texts on an agenda, each with its status."""
    return [(item["text"], item["status"]) for item in (await sessions.sees(name, session))["agenda"]]


async def test_both_read_the_agenda_and_no_event_has_its_texts(sessions: Sessions):
    session = await sessions.agreed(THURSDAY)
    launch = await adds(sessions, "anna", session, "The launch")
    await adds(sessions, "ben", session, "The summer")
    await sessions.does("ben", f"{session}/agenda/{launch}/discussed")
    for reader in ("anna", "ben"):
        assert await agenda(sessions, reader, session) == [("The launch", "discussed"), ("The summer", "open")]
    assert not [record for record in sessions.said() if b"launch" in (record.value or b"")]
    await sessions.does("anna", f"{session}/agenda/{'0' * 32}/discussed", {}, 404)
    await sessions.does("carla", f"{session}/agenda", {"text": "Mine"}, 404)


async def test_what_was_not_discussed_carries_over_to_the_next_session_and_no_further(sessions: Sessions):
    first = await sessions.agreed(THURSDAY)
    launch = await adds(sessions, "anna", first, "The launch")
    done = await adds(sessions, "anna", first, "The summer")
    await sessions.does("ben", f"{first}/agenda/{done}/discussed")
    later = await sessions.agreed(day(14, 15))
    second = await sessions.agreed(MONDAY)
    await adds(sessions, "ben", second, "The autumn")
    assert await agenda(sessions, "anna", second) == [("The autumn", "open")]
    await sessions.comes(FRIDAY)
    assert await agenda(sessions, "anna", second) == [("The launch", "open"), ("The autumn", "open")]
    assert await agenda(sessions, "ben", later) == []
    assert await agenda(sessions, "ben", first) == [("The launch", "open"), ("The summer", "discussed")]
    (carried, _) = (await sessions.sees("ben", second))["agenda"]
    assert f"/sessions/{carried['session']}" == first
    await sessions.does("ben", f"{first}/agenda/{launch}/discussed")
    assert await agenda(sessions, "anna", second) == [("The autumn", "open")]


async def test_a_cancelled_session_leaves_its_agenda_to_the_next(sessions: Sessions):
    first, second = await sessions.agreed(THURSDAY), await sessions.agreed(MONDAY)
    await adds(sessions, "anna", first, "The launch")
    await sessions.does("ben", f"{first}/cancel")
    assert await agenda(sessions, "ben", second) == [("The launch", "open")]


async def test_private_items_are_seen_by_their_author_carry_over_and_leave_no_trace(sessions: Sessions):
    first, second = await sessions.agreed(THURSDAY), await sessions.agreed(MONDAY)
    paths = [first, second, f"{first}/history", "/sessions", f"{first}/suggestions"]
    before, said = [await sessions.sees("ben", path) for path in paths], len(sessions.said())
    await sessions.ask("anna", "PUT", f"{first}/private-agenda", {"items": ["My salary"]})
    own = {"session": first.rpartition("/")[2], "items": ["My salary"]}
    assert (await sessions.sees("anna", first))["private_agenda"] == own
    assert (await sessions.sees("anna", second))["private_agenda"] is None
    assert [await sessions.sees("ben", path) for path in paths] == before
    assert len(sessions.said()) == said
    await sessions.comes(FRIDAY)
    assert (await sessions.sees("anna", second))["private_agenda"] == own
    assert (await sessions.sees("ben", second))["private_agenda"] is None
    await sessions.ask("anna", "PUT", f"{second}/private-agenda", {"items": []})
    assert (await sessions.sees("anna", second))["private_agenda"]["items"] == []
    await sessions.ask("carla", "PUT", f"{second}/private-agenda", {"items": []}, 404)


async def test_overdue_promises_of_either_are_suggested_and_never_added(sessions: Sessions):
    session = await sessions.agreed(THURSDAY)
    for owner, partner, name in ((ANNA, BEN, "report"), (BEN, ANNA, "slides")):
        promise: Json = {"partnership": PAIR, "owner": owner, "partner": partner, "text": f"The {name}"}
        stream = StreamId(f"commitment_{name}")
        made = CommitmentMade(by=owner, **promise, due=day(1), grace_end=day(2))
        await sessions.hears([sessions.record(stream, 1, made)])
        assert len(await sessions.sees("ben", f"{session}/suggestions")) == (0 if owner == ANNA else 1)
        promise.pop("text")
        missed = CommitmentMissed(by=RuleName("rule:grace"), **promise, due=day(1), grace_end=day(2))
        await sessions.hears([sessions.record(stream, 2, missed)])
    for reader in ("anna", "ben"):
        suggested = await sessions.sees(reader, f"{session}/suggestions")
        assert [(each["text"], each["owner"]) for each in suggested] == [("The report", ANNA), ("The slides", BEN)]
        assert await agenda(sessions, reader, session) == []
    kept = CommitmentKept(by=ANNA, partnership=PAIR, owner=ANNA, partner=BEN, kept_at=day(2), due=day(1))
    await sessions.hears([sessions.record(StreamId("commitment_report"), 3, kept)])
    assert [each["text"] for each in await sessions.sees("anna", f"{session}/suggestions")] == ["The slides"]
    await sessions.sees("carla", f"{session}/suggestions", 404)


async def test_a_reflection_is_sealed_until_both_have_written(sessions: Sessions):
    session = await sessions.agreed(THURSDAY)
    await sessions.comes(day(3, 17))
    body = {"heard": 2, "useful": 5, "line": "Rather hurried"}
    answer = await sessions.does("anna", f"{session}/reflection", body)
    assert "hurried" not in str(answer)
    for path in (session, f"{session}/history", "/sessions"):
        assert "hurried" not in str(await sessions.sees("ben", path))
    seen = (await sessions.sees("ben", session))["reflections"]
    assert seen == {"opened": False, "written_by": [ANNA], "yours": None, "your_partners": None}
    assert (await sessions.sees("anna", session))["reflections"]["yours"]["line"] == "Rather hurried"
    await sessions.does("ben", f"{session}/reflection", {"heard": 4, "useful": 4})
    seen = (await sessions.sees("ben", session))["reflections"]
    assert (seen["opened"], seen["your_partners"]["heard"], seen["your_partners"]["line"]) == (
        True,
        2,
        "Rather hurried",
    )
    assert (await sessions.sees("anna", session))["reflections"]["your_partners"]["useful"] == 4
    assert not [record for record in sessions.said() if b"hurried" in (record.value or b"")]


async def test_sessions_at_the_same_time_are_flagged_to_the_one_who_has_both(sessions: Sessions):
    one = await sessions.agreed(THURSDAY)
    other = await sessions.agreed(day(3, 15, 30))
    for path, same in ((one, other), (other, one)):
        assert (await sessions.sees("anna", path))["at_the_same_time"] == [same.rpartition("/")[2]]
    third = await sessions.agreed(day(3, 17))
    assert (await sessions.sees("ben", third))["at_the_same_time"] == []


async def test_nobody_learns_of_the_sessions_that_the_partner_has_with_others(sessions: Sessions):
    with_ben = await sessions.agreed(THURSDAY)
    two = StreamId("partnership_anna-carla")
    await sessions.knows(two, PartnershipReadModel, pair(people=(ANNA, CARLA)))
    body = {"start": THURSDAY.isoformat(), "minutes": 60}
    with_carla = (await sessions.does("carla", f"/partnerships/{two}/sessions", body, 201))["id"]
    assert (await sessions.sees("anna", with_ben))["at_the_same_time"] == [with_carla]
    assert (await sessions.sees("ben", with_ben))["at_the_same_time"] == []
    assert (await sessions.sees("carla", f"/sessions/{with_carla}"))["at_the_same_time"] == []
