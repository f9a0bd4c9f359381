"""A record about one promise that cannot be read: every other reminder comes, and after a good record that one too."""

from collections import Counter
from dataclasses import replace

import pytest

from coaching_events.envelope import TYPE_PREFIX
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.mailbox import DigestSent, NudgeSent
from coaching_events.ids import StreamId, position
from eventlog.consumers import try_waiting_again
from tests.contracts.notified import ANNA, WITH_BEN, WITH_CARLA, Notified
from tests.rules.notifications.a_week import local


@pytest.fixture
async def suite() -> Notified:
    suite = Notified()
    await suite.knows_the_pairs()
    return suite


def reminded_of(suite: Notified) -> Counter[str]:
    """How often each subject left in a message."""
    left: Counter[str] = Counter()
    for record in {dict(record.headers)["ce_id"]: record for record in suite.said()}.values():
        for event in (NudgeSent, DigestSent):
            if dict(record.headers)["ce_type"] == f"{TYPE_PREFIX}{event.type}".encode():
                left.update(entry.subject for entry in event.model_validate_json(record.value or b"").entries)
    return left


async def poison(suite: Notified, promise: StreamId) -> None:
    """The next event of a promise comes, and is cut off. The right one is kept as the last that was heard."""
    extended = AnswerExtended(by=ANNA, partnership=WITH_BEN, question=position(promise, 2))
    good = suite._record(promise, extended, suite.clock.at)  # pyright: ignore[reportPrivateUsage]
    suite.heard[promise].append(good)
    broken = replace(good, value=(good.value or b"")[:-7])
    await suite.service_context.projections.take([broken])
    await suite.again([broken])


async def test_one_poisoned_promise_silences_nobody_and_its_reminder_comes_once_it_is_mended(suite: Notified):
    lost = await suite.misses_a_promise("lost")
    ours, theirs = await suite.misses_a_promise("report"), await suite.misses_a_promise("review", WITH_CARLA)
    await poison(suite, lost)
    await suite.opens_a_check_in(WITH_CARLA)
    await suite.comes(local(0, 16))
    assert reminded_of(suite).keys() == {ours, theirs, "check-ins_arla"}
    asked = await suite.is_asked("slides", WITH_CARLA)
    await suite.comes(local(1, 16))
    assert lost not in reminded_of(suite)
    week = await suite.get("/mailboxes/2026-W06")
    (waits,) = [entry for entry in week["entries"] if entry["subject"] == lost]
    assert (waits["status"], waits["reason"]) == ("planned", "catching-up")
    inbox = (await suite.get("/inbox"))["items"]
    assert asked in {entry["subject"] for message in inbox for entry in message["entries"]}

    await suite.service_context.projections.take(suite.heard[lost][-1:])
    await try_waiting_again(suite.store, suite.reactions)
    assert await suite.dead_letters() == []
    await suite.comes(local(4, 16))
    left = reminded_of(suite)
    assert {ours, theirs, lost} <= left.keys()
    assert left[lost] == left[ours] == 2, "both steps of the ladder came for each"
