"""A meeting rhythm over HTTP, reactions and deadlines: one session is next, whatever is delivered again."""

from datetime import date, time
from typing import Any

import pytest

from coaching_events.event import Event
from coaching_events.events.partnership import (
    MeetingRhythm,
    PartnershipEnded,
    PartnershipPaused,
    PartnershipResumed,
    TermsAgreed,
)
from coaching_events.events.person import AbsenceRecorded
from coaching_events.ids import StreamId
from tests.contracts.sessions_in_memory import Sessions
from tests.rules import the_pair
from tests.rules.sessions.the_two import ANNA, BEN, PAIR, day

WEEKLY = MeetingRhythm(
    rhythm="FREQ=WEEKLY;BYDAY=TH",
    starting=date(2026, 1, 1),
    local_time=time(16),
    zone="Europe/Berlin",
    minutes=60,
    place="Room 4",
)


@pytest.fixture
async def sessions() -> Sessions:
    sessions = Sessions()
    await sessions.knows_the_two()
    return sessions


async def tell(sessions: Sessions, stream: StreamId, version: int, event: Event) -> None:
    await sessions.hears([sessions.record(stream, version, event)])


async def agree(sessions: Sessions, rhythm: MeetingRhythm | None = WEEKLY, version: int = 3) -> None:
    terms = the_pair.terms(version=version, meetings=rhythm)
    await tell(sessions, StreamId(PAIR), version, TermsAgreed(by=BEN, partnership=PAIR, terms=terms))


async def planned(sessions: Sessions, name: str = "anna") -> list[tuple[str, str]]:
    """The sessions that are to come, by status and start."""
    later = f"start_from={sessions.clock.at:%Y-%m-%dT%H:%M:%SZ}"
    found = (await sessions.sees(name, f"/sessions?status=proposed&status=scheduled&{later}"))["items"]
    return [(each["status"], each["start"]) for each in found]


async def next_one(sessions: Sessions) -> Any:
    return await sessions.sees("anna", f"/partnerships/{PAIR}/meetings")


async def test_terms_with_a_rhythm_bring_one_session_after_another(sessions: Sessions):
    assert (await next_one(sessions))["cause"] == "terms"
    assert await sessions.sees("anna", f"/partnerships/{PAIR}/meetings/history") == []
    await agree(sessions)
    assert await planned(sessions) == [("scheduled", "2026-03-05T15:00:00.000Z")]
    seen = await next_one(sessions)
    session = await sessions.sees("ben", f"/sessions/{seen['session']}")
    assert (session["place"], session["status"], seen["occasion"]) == ("Room 4", "scheduled", "2026-03-05")
    await sessions.comes(day(3, 16))
    assert await planned(sessions) == [("scheduled", "2026-03-12T15:00:00.000Z")]
    await sessions.comes(day(40))
    assert await planned(sessions) == [("scheduled", "2026-04-16T14:00:00.000Z")]
    assert (await next_one(sessions))["number"] == 7
    await sessions.sees("carla", f"/partnerships/{PAIR}/meetings", 404)


async def test_whatever_is_delivered_again_there_is_one_next_session(sessions: Sessions):
    await agree(sessions)
    await sessions.comes(day(3, 16))
    everything = list(sessions.said())
    before = len(everything)
    for _ in range(2):
        await sessions.reactions.take(everything)
        await agree(sessions)
        await sessions.settles()
    assert len(sessions.said()) == before
    assert await planned(sessions) == [("scheduled", "2026-03-12T15:00:00.000Z")]


async def test_one_that_is_cancelled_or_moved_leaves_the_rhythm_as_it_is(sessions: Sessions):
    await agree(sessions)
    first = (await next_one(sessions))["session"]
    await sessions.does("anna", f"/sessions/{first}/cancel")
    assert await planned(sessions) == [("scheduled", "2026-03-12T15:00:00.000Z")]
    second = (await next_one(sessions))["session"]
    await sessions.does("anna", f"/sessions/{second}/reschedule", {"start": day(11, 15).isoformat()})
    await sessions.does("ben", f"/sessions/{second}/accept")
    await sessions.comes(day(10, 20))
    assert await planned(sessions) == [("scheduled", "2026-03-13T15:00:00.000Z")]
    await sessions.comes(day(11, 16))
    assert (await next_one(sessions))["start"] == "2026-03-19T15:00:00.000Z"


async def test_a_day_that_does_not_suit_both_is_an_offer_that_either_accepts(sessions: Sessions):
    absent = AbsenceRecorded(by=ANNA, first=date(2026, 3, 5), last=date(2026, 3, 5))
    await tell(sessions, StreamId(ANNA), 3, absent)
    await agree(sessions)
    assert await planned(sessions) == [("proposed", "2026-03-06T15:00:00.000Z")]
    offered = (await next_one(sessions))["session"]
    for reader in ("anna", "ben"):
        seen = await sessions.sees(reader, f"/sessions/{offered}")
        assert (seen["offer"]["by"], seen["waits_for"]) == (None, None)
    await sessions.does("anna", f"/sessions/{offered}/accept")
    assert await planned(sessions) == [("scheduled", "2026-03-06T15:00:00.000Z")]


async def test_an_offer_that_nobody_answers_is_followed_by_the_next_session(sessions: Sessions):
    await tell(sessions, StreamId(BEN), 3, AbsenceRecorded(by=BEN, first=date(2026, 3, 5), last=date(2026, 3, 5)))
    await agree(sessions)
    await sessions.comes(day(4, 15))
    assert await planned(sessions) == [("scheduled", "2026-03-12T15:00:00.000Z")]


async def test_a_pause_stops_the_rhythm_and_resuming_begins_it_again(sessions: Sessions):
    await agree(sessions)
    await tell(sessions, StreamId(PAIR), 4, PartnershipPaused(by=BEN, partnership=PAIR, whose=BEN))
    await sessions.comes(day(20))
    assert (await next_one(sessions))["cause"] == "pause"
    await tell(sessions, StreamId(PAIR), 5, PartnershipResumed(by=BEN, partnership=PAIR, whose=BEN))
    assert (await next_one(sessions))["start"] == "2026-03-26T15:00:00.000Z"


async def test_terms_without_a_rhythm_and_the_end_stop_it(sessions: Sessions):
    await agree(sessions)
    await agree(sessions, None, 4)
    assert await planned(sessions) == [("scheduled", "2026-03-05T15:00:00.000Z")]
    await sessions.comes(day(3, 16))
    assert (await next_one(sessions))["cause"] == "terms"
    await agree(sessions, WEEKLY, 5)
    await tell(sessions, StreamId(PAIR), 6, PartnershipEnded(by=ANNA, partnership=PAIR, cause="partner"))
    await sessions.comes(day(20))
    assert await planned(sessions) == []
    history = await sessions.sees("ben", f"/partnerships/{PAIR}/meetings/history")
    assert [event["type"] for event in history][-1] == "meetings-stopped"
