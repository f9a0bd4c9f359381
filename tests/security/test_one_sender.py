"""One sender who does not stop: their words are merged, their mails are few, and everything else still arrives."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from coaching_events.event import Event
from coaching_events.events.commitment import (
    CommitmentKept,
    CommitmentMade,
    RenegotiationProposed,
    RenegotiationWithdrawn,
)
from coaching_events.events.partnership import TermsProposed
from coaching_events.ids import StreamId, position
from eventlog.stores import LARGEST_HISTORY
from notifications.mailbox import mailboxes
from notifications.mailbox.names import mailbox_id
from notifications.mailbox.rules.repeating import AT_ONCE, LONGEST_NOTE, MOST_OF_ONE
from notifications.mailbox.state import Mailbox
from tests.contracts.notified import ANNA, BEN, WITH_BEN, WITH_CARLA, Notified
from tests.contracts.test_news import Full
from tests.rules.notifications.a_week import MONDAY, local, terms

LONG = "\U0001f33b" * 2_000
"""The largest note that is taken: 8 kB."""
PROMISE = StreamId("commitment_bens")


@pytest.fixture
async def suite() -> AsyncGenerator[Notified]:
    """Monday 2 February, 10:00 in Munich; mail exists, and nobody sends it."""
    suite = Notified(post=Full())
    await suite.knows_the_pairs()
    await suite.comes(local(0, 10))
    yield suite
    assert await suite.dead_letters() == []


async def box(suite: Notified) -> Mailbox:
    found = await suite.service_context.log.current(mailboxes, mailbox_id(ANNA, MONDAY))
    assert found is not None
    return found.state


async def size(suite: Notified) -> int:
    (document,) = await suite.store.states([mailbox_id(ANNA, MONDAY)])
    return document.size


async def inbox(suite: Notified) -> list[Any]:
    """All of Anna's inbox, the newest first."""
    items: list[Any] = []
    after: str | None = None
    while not items or after is not None:
        page = await suite.get("/inbox", limit=200, **({} if after is None else {"after": after}))
        items, after = items + page["items"], page["next"]
    return items


def of_ben() -> dict[str, Any]:
    return {"by": BEN, "partnership": WITH_BEN, "owner": BEN, "partner": ANNA}


def made() -> CommitmentMade:
    return CommitmentMade(**of_ben(), text="the draft", due=local(9), grace_end=local(10))


def round_of(note: str | None = LONG) -> tuple[Event, Event]:
    """Ben asks for another date, and takes that back."""
    asked = RenegotiationProposed(**of_ben(), due=local(11), timely=True, answer_by=local(2), note=note)
    withdrawn = RenegotiationWithdrawn(
        **of_ben(), proposal=position(PROMISE, 2), due=local(9), grace_end=local(10), note=note
    )
    return asked, withdrawn


async def asks_and_takes_back(suite: Notified, rounds: int, note: str | None = LONG) -> None:
    await suite.hears(PROMISE, made())
    for _ in range(rounds):
        suite.clock.at += timedelta(seconds=10)
        await suite.hears(PROMISE, *round_of(note))


async def test_500_words_of_one_sender_leave_room_in_the_mailbox_for_everything_else(suite: Notified) -> None:
    await asks_and_takes_back(suite, 250)
    assert await size(suite) < LARGEST_HISTORY / 4
    await suite.is_asked("slides", WITH_CARLA)
    newest, *_ = await inbox(suite)
    assert newest["entries"][0]["about"] == "commitment-requested"
    promise = await suite.misses_a_promise()
    await suite.comes(local(1, 12))
    nudges = [each for each in await inbox(suite) if each["kind"] == "nudge"]
    assert [each["entries"][0]["subject"] for each in nudges] == [promise]


async def test_what_is_said_again_on_the_same_day_takes_the_place_of_what_was_said_before(suite: Notified) -> None:
    await asks_and_takes_back(suite, 3, note="please")
    withdrawn, asked, made = await inbox(suite)
    assert [each["earlier"] for each in (withdrawn, asked, made)] == [2, 2, 0]
    assert asked["text"].endswith("It was said 3 times that day; this is the latest.")
    assert asked["entries"][0]["cause"] == f"{PROMISE}@6"
    await suite.comes(local(1, 10))
    await suite.hears(PROMISE, round_of()[0])
    asked, *_ = await inbox(suite)
    assert asked["earlier"] == 0, "on another day it is told by itself"


async def test_it_is_pushed_once_and_after_that_with_the_next_digest(suite: Notified) -> None:
    await asks_and_takes_back(suite, 4, note=None)
    week = await suite.get("/mailboxes/2026-W06")
    assert [each["kind"] for each in week["messages"] if each["pushes"]] == ["word", "news"]
    suite.clock.at += timedelta(minutes=1)
    await suite.hears(PROMISE, round_of()[0])
    await suite.comes(local(1, 12))
    (digest,) = [each for each in await inbox(suite) if each["kind"] == "digest"]
    assert sorted(each["about"] for each in digest["entries"]) == ["renegotiation-proposed", "renegotiation-withdrawn"]


async def test_an_answer_to_a_counter_proposal_is_pushed_each_time(suite: Notified) -> None:
    for version in (2, 4):
        suite.clock.at += timedelta(minutes=5)
        asked = TermsProposed(
            by=BEN,
            partnership=WITH_BEN,
            terms=terms().model_copy(update={"version": version}),
            answer_by=local(9),
            counters=None if version == 2 else position(WITH_BEN, 4),
        )
        await suite.hears(StreamId(WITH_BEN), asked)
    messages = await inbox(suite)
    assert [(each["earlier"], each["pushes"][0]["status"]) for each in messages] == [(0, "due"), (0, "due")]


async def makes_promises(suite: Notified, many: int, note: str | None = None) -> None:
    """Ben promises so many different things and says at once that he kept them."""
    for number in range(many):
        kept = CommitmentKept(**of_ben(), due=local(9), kept_at=suite.clock.at, note=note)
        await suite.hears(StreamId(f"commitment_{number}"), made(), kept)


async def test_after_the_first_things_of_a_sender_nothing_is_pushed_at_once_and_notes_are_short(
    suite: Notified,
) -> None:
    await makes_promises(suite, AT_ONCE, LONG)
    notes = [str(item.entry.note) for item in (await box(suite)).items if item.entry.note is not None]
    assert [*map(len, notes)] == [2_000] * (AT_ONCE // 2) + [LONGEST_NOTE + 1] * (AT_ONCE // 2)
    pushed = [each for each in (await box(suite)).messages if each.pushes]
    assert len(pushed) == AT_ONCE // 2


async def test_beyond_the_most_of_one_sender_it_is_told_once_that_there_is_more(suite: Notified) -> None:
    await makes_promises(suite, MOST_OF_ONE // 2 + 5)
    newest, *others = await inbox(suite)
    assert len(others) == MOST_OF_ONE
    assert newest["text"] == (
        "Ben did more this week than your inbox shows. Your lists of goals, promises, sessions and partnerships have "
        "all of it."
    )
    await suite.is_asked("slides")  # also of Ben: it is in the list of promises
    assert len(await inbox(suite)) == MOST_OF_ONE + 1
    await suite.comes(local(7, 10))
    await suite.is_asked("notes")
    assert (await inbox(suite))[0]["entries"][0]["about"] == "commitment-requested", "in the next week all is told"
