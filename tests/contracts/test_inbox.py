"""The inbox: read and unread, filters, the newest message first, page by page."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from notifications.mailbox import mailboxes
from tests.contracts.notified import WITH_BEN, WITH_CARLA, Notified
from tests.contracts.test_news import Full
from tests.rules.notifications.a_week import local


@pytest.fixture
async def suite() -> AsyncGenerator[Notified]:
    suite = Notified(post=Full())
    await suite.knows_the_pairs()
    yield suite
    assert await suite.dead_letters() == []


async def ids(suite: Notified, **query: Any) -> list[str]:
    return [message["id"] for message in (await suite.get("/inbox", **query))["items"]]


async def post(suite: Notified, path: str, name: str = "anna", **body: Any) -> int:
    async with suite.client(name) as client:
        return (await client.post(path, json=body or None)).status_code


async def test_a_message_is_unread_until_its_reader_says_otherwise(suite: Notified):
    await suite.comes(local(0, 10))
    await suite.is_asked("slides")
    suite.clock.at = local(0, 11)
    await suite.is_asked("notes")
    second, first = await ids(suite, unread=True)
    assert await post(suite, f"/messages/{first}/read") == 200
    assert await post(suite, f"/messages/{first}/read") == 200
    assert await ids(suite, unread=True) == [second]
    assert (await suite.get(f"/messages/{first}"))["read"] is True
    await suite.settles()
    assert suite.types().count("message-read") == 1
    assert await post(suite, f"/messages/{first}/unread") == 200
    assert await ids(suite, unread=True) == [second, first]


async def test_where_nothing_is_unread_marking_all_as_read_writes_nothing(suite: Notified):
    await suite.comes(local(0, 10))
    await suite.is_asked("slides")
    for _ in range(3):
        suite.clock.at += timedelta(minutes=1)
        assert await post(suite, "/inbox/read") == 200
    await suite.settles()
    assert suite.types().count("inbox-read") == 1
    (message,) = await ids(suite)
    assert await post(suite, f"/messages/{message}/unread") == 200
    assert await post(suite, "/inbox/read") == 200
    await suite.settles()
    assert suite.types().count("inbox-read") == 2


async def test_all_can_be_read_at_once_and_one_kept_as_unread_after_that(suite: Notified):
    await suite.comes(local(0, 10))
    await suite.is_asked("slides")
    await suite.comes(local(7, 10))
    await suite.is_asked("notes")
    second, first = await ids(suite)
    assert await post(suite, f"/messages/{second}/unread") == 200
    suite.clock.at = local(7, 11)
    assert await post(suite, "/inbox/read") == 200
    assert await ids(suite, unread=True) == []
    assert await post(suite, f"/messages/{first}/unread") == 200
    assert await ids(suite, unread=True) == [first]
    await suite.comes(local(7, 12))
    await suite.is_asked("list")
    assert len(await ids(suite, unread=True)) == 2


async def test_what_came_after_the_newest_message_that_was_seen_stays_unread(suite: Notified):
    await suite.comes(local(0, 10))
    await suite.is_asked("slides")
    (seen,) = await ids(suite)
    until = (await suite.get(f"/messages/{seen}"))["at"]
    await suite.comes(local(0, 11))
    await suite.is_asked("notes")
    later, _ = await ids(suite)
    for _ in range(2):
        assert await post(suite, "/inbox/read", until=until) == 200
        assert await ids(suite, unread=True) == [later]
    await suite.settles()
    assert suite.types().count("inbox-read") == 1
    assert await post(suite, "/inbox/read", until="2099-01-01T00:00:00Z") == 200
    assert await ids(suite, unread=True) == []
    suite.clock.at = local(0, 12)
    await suite.comes(local(0, 12))
    await suite.is_asked("list")
    assert len(await ids(suite, unread=True)) == 1, "nothing is read before it is there"


async def test_nobody_marks_what_is_somebody_elses(suite: Notified):
    await suite.comes(local(0, 10))
    await suite.is_asked("slides")
    (message,) = await ids(suite)
    assert await post(suite, f"/messages/{message}/read", "ben") == 404
    assert await ids(suite, unread=True) == [message]


async def test_it_can_be_asked_for_a_kind_a_partnership_and_what_came_since(suite: Notified):
    await suite.misses_a_promise()
    await suite.comes(local(0, 12))
    await suite.is_asked("slides", WITH_CARLA)
    question, nudge = await ids(suite)
    assert await ids(suite, kind="nudge") == [nudge]
    assert await ids(suite, kind="word") == [question]
    assert await ids(suite, partnership=WITH_BEN) == [nudge]
    assert await ids(suite, partnership=WITH_CARLA) == [question]
    assert await ids(suite, since="2026-02-02T11:00:00Z") == [question]
    assert await ids(suite, since="2026-02-02T12:00:00+01:00") == [question]
    assert await ids(suite, kind="word", partnership=WITH_BEN) == []
    async with suite.client() as anna:
        for query in ("kind=pigeon", "since=yesterday", "partnership=person_x", "unread=perhaps", "from=ben"):
            assert (await anna.get(f"/inbox?{query}")).status_code == 422, query


async def test_the_newest_message_is_the_first_whatever_week_it_leaves_in(suite: Notified):
    await suite.comes(local(4, 20))
    await suite.is_asked("for-monday")
    async with suite.client() as anna:
        await anna.put("/recipients/me", json={"switched_off": [{"kind": "questions", "channel": "mail"}]})
    await suite.comes(local(5, 10))
    await suite.is_asked("on-saturday")
    boxes = await suite.service_context.log.find(mailboxes, {})
    assert len({box.state.week for box in boxes}) == 2
    texts = [message["text"] for message in (await suite.get("/inbox"))["items"]]
    assert ["on-saturday" in text for text in texts] == [True, False]
    assert len(await ids(suite, limit=1)) == 1


async def test_pages_over_many_weeks_have_each_message_once(suite: Notified):
    for week in range(0, 60, 3):
        suite.clock.at = local(7 * week + 4, 20 if week % 2 else 10)
        await suite.is_asked(f"slides{week}")
    whole = await ids(suite)
    assert len(whole) == 20
    pages: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await suite.get("/inbox", limit=3, **after)
        pages += [message["id"] for message in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert pages == whole


async def test_switching_off_says_what_will_be_missed(suite: Notified):
    async with suite.client() as anna:
        off = [{"kind": "reminders", "channel": "mail"}]
        chosen = await anna.put("/recipients/me", json={"switched_off": off, "news_in_digest": True})
        assert chosen.status_code == 200
        assert chosen.json()["missed"] == [
            "You get no reminders by mail, neither before something is due nor after. Your inbox has them."
        ]
        seen = (await anna.get("/recipients/me")).json()
        assert (seen["switched_off"], seen["news_in_digest"]) == (off, True)
        assert (
            (await anna.put("/recipients/me", json={"channels": []})).json()["missed"][0].startswith("You get no mail")
        )
        for wrong in (
            {"kind": "pigeons", "channel": "mail"},
            {"kind": "reminders", "channel": "inbox"},
            {"x": 1},
            {"kind": "reminders", "channel": "mail", "until": "2026-04-01"},
        ):
            assert (await anna.put("/recipients/me", json={"switched_off": [wrong]})).status_code == 422
