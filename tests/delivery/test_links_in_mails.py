"""What the links in a mail open: real mail, real HTTP, no sign-in. Looking changes nothing, one click stops a kind."""

import asyncio
import re
import socket
from collections.abc import AsyncGenerator
from typing import Any

import pytest
import uvicorn
from httpx import AsyncClient, Response

from coaching_events.events.commitment import CommitmentKept, CommitmentRequestDeclined
from coaching_events.events.mailbox import EntryId
from notifications.app import definition
from notifications.links import LINKS, Links, NoLink
from service_kit.authentication.keys import Keys
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from tests.contracts.notified import ANNA, BEN, WITH_BEN, Notified, owned
from tests.delivery.test_email import Postbox, body, links, mail_config, postbox
from tests.rules.notifications.a_week import local

__all__ = ["postbox"]


@pytest.fixture
async def suite(postbox: Postbox) -> AsyncGenerator[Notified]:
    """Monday, 10:00 in Munich."""
    suite = Notified()
    suite.post.config = mail_config(postbox.port, suite.clock)
    await suite.knows_the_pairs()
    await suite.comes(local(0, 10))
    yield suite
    assert await suite.dead_letters() == []


@pytest.fixture
async def web(suite: Notified) -> AsyncGenerator[AsyncClient]:
    """The service behind a real port, asked without a token."""
    access = TokenVerifier(suite.issuer.issuer, suite.issuer.audience, Keys(suite.issuer.jwks()))
    app = http_app(
        suite.service_context,
        suite.clock,
        definition.people(suite.service_context),
        access,
        definition.routers(),
        pages=definition.pages(),
    )
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
        serving = asyncio.create_task(server.serve([door]))
        async with AsyncClient(base_url=f"http://127.0.0.1:{door.getsockname()[1]}") as client:
            yield client
        server.should_exit = True
        await serving


async def one_click(web: AsyncClient, path: str) -> Response:
    """What a mail program sends (RFC 8058, section 3.2)."""
    return await web.post(path, data={"List-Unsubscribe": "One-Click"})


async def choices(suite: Notified, name: str = "anna") -> Any:
    return await suite.get("/recipients/me", name)


async def test_the_link_in_a_mail_shows_the_message_and_how_to_answer(
    suite: Notified, postbox: Postbox, web: AsyncClient
):
    await suite.is_asked("<b>slides</b>")
    (path,) = links(postbox.mails[0], "read")
    before = suite.types()
    page = await web.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (await web.get(path)).text == page.text
    assert "Ben asks whether you would promise “the &lt;b&gt;slides&lt;/b&gt;”" in page.text
    assert "/make</code> of goals" in page.text
    assert "<script" not in page.text
    assert (page.headers["cache-control"], page.headers["referrer-policy"]) == ("no-store", "no-referrer")
    await suite.settles()
    assert suite.types() == before
    assert (await suite.get("/inbox"))["items"][0]["read"] is False


async def test_each_answer_has_a_page_that_says_what_to_send_and_changes_nothing(
    suite: Notified, postbox: Postbox, web: AsyncClient
):
    promise = await suite.misses_a_promise()
    await suite.comes(local(8, 12))
    asked = postbox.mails[1]
    assert asked["Subject"] == "Is something in the way?"
    assert re.findall(r"^- (Done|A new date|Let it go): https", body(asked), re.MULTILINE) == [
        "Done",
        "A new date",
        "Let it go",
    ]
    done, new_date, _ = links(asked, "answer")
    before = suite.types()
    page = await web.get(new_date)
    assert page.status_code == 200
    assert f"<code>POST /commitments/{promise}/renegotiate</code> of goals, with <code>due</code>" in page.text
    assert "<button" not in page.text
    await suite.settles()
    assert suite.types() == before
    await suite.hears(promise, CommitmentKept(**owned(WITH_BEN), kept_at=suite.clock.at, due=suite.clock.at))
    page = await web.get(done)
    assert (page.status_code, "Nothing to answer any more" in page.text, "POST" in page.text) == (200, True, False)


async def test_a_link_to_an_answer_that_was_made_up_opens_nothing(suite: Notified, postbox: Postbox, web: AsyncClient):
    await suite.is_asked("slides")
    path, *_ = links(postbox.mails[0], "answer")
    message = (await suite.get("/inbox"))["items"][0]
    stranger = LINKS.answer(BEN, message["id"], message["entries"][0]["id"], "promise")
    unknown = LINKS.answer(ANNA, message["id"], EntryId("another"), "promise")
    for wrong in ("/answer/x", path.replace("/answer/", "/read/"), f"/answer/{stranger}", f"/answer/{unknown}"):
        assert (await web.get(wrong)).status_code == 404
    assert (await web.post(path)).status_code == 405


async def test_one_click_stops_that_kind_only_and_can_be_taken_back(
    suite: Notified, postbox: Postbox, web: AsyncClient
):
    await suite.is_asked("slides")
    asked = postbox.mails[0]
    assert asked["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (path,) = links(asked, "stop")
    assert asked["List-Unsubscribe"] == f"<https://tandem.example.org{path}>"
    page = await web.get(path)
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert (await choices(suite))["switched_off"] == []
    for _ in range(2):
        stopped = await one_click(web, path)
        assert stopped.status_code == 200
        assert "PUT /recipients/me" in stopped.text
    await suite.service_context.log.relay.drain()
    assert suite.types().count("recipient-changed") == 1
    chosen = await choices(suite)
    assert chosen["switched_off"] == [{"kind": "questions", "channel": "mail"}]
    assert chosen["missed"][0].startswith("You get no mail when a partner asks you something.")
    await suite.is_asked("notes")
    await suite.misses_a_promise()
    await suite.comes(local(1, 12))
    assert [str(mail["Subject"]) for mail in postbox.mails[1:]] == ["A gentle reminder"]
    assert len((await suite.get("/inbox"))["items"]) == 3
    async with suite.client() as anna:
        assert (await anna.put("/recipients/me", json={})).json()["missed"] == []
    await suite.is_asked("list")
    assert postbox.mails[-1]["Subject"] == "A word from your partner"


async def test_a_link_of_a_chat_stops_that_kind_in_the_chat_only(suite: Notified, web: AsyncClient):
    path = f"/stop/{LINKS.stop(ANNA, 'digests', 'chat')}"
    page = await web.get(path)
    assert "no more messages of this kind in your chat: digests." in page.text
    assert "You get no digest in your chat" in page.text
    assert (await one_click(web, path)).status_code == 200
    assert (await choices(suite))["switched_off"] == [{"kind": "digests", "channel": "chat"}]


async def test_news_have_their_own_kind(suite: Notified, postbox: Postbox, web: AsyncClient):
    asked = await suite.is_asked("slides")
    await suite.hears(asked, CommitmentRequestDeclined(**owned(WITH_BEN), note="Next month, gladly"))
    told = postbox.mails[-1]
    assert (told["To"], told["Subject"]) == ("ben@example.com", "News of your partnership")
    assert "Anna writes: “Next month, gladly”" in body(told)
    assert "month" not in told["Subject"]
    (path,) = links(told, "stop")
    assert (await one_click(web, path)).status_code == 200
    assert (await choices(suite, "ben"))["switched_off"] == [{"kind": "answers", "channel": "mail"}]


async def test_who_stopped_digests_gets_the_questions_of_the_night_one_by_one(
    suite: Notified, postbox: Postbox, web: AsyncClient
):
    await one_click(web, f"/stop/{LINKS.stop(ANNA, 'digests')}")
    await suite.comes(local(0, 22))
    await suite.is_asked("slides")
    await suite.is_asked("notes")
    assert postbox.mails == []
    await suite.comes(local(1, 12))
    assert [str(mail["Subject"]) for mail in postbox.mails] == ["A word from your partner"] * 2


async def test_a_link_that_was_made_up_opens_nothing(suite: Notified, postbox: Postbox, web: AsyncClient):
    await suite.is_asked("slides")
    (read,) = links(postbox.mails[0], "read")
    (stop,) = links(postbox.mails[0], "stop")
    changed = stop[:-1] + ("A" if stop[-1] != "A" else "B")
    wrong = ["/read/x", "/read/" + "x" * 5000, "/read/%C3%A4", read.replace("/read/", "/stop/"), changed]
    for path in [*wrong, stop.replace("/stop/", "/read/")]:
        assert (await web.get(path)).status_code == 404
    assert (await one_click(web, changed)).status_code == 404
    assert (await choices(suite))["switched_off"] == []


def test_a_token_says_nothing_and_is_the_same_each_time():
    token = LINKS.stop(BEN, "digests")
    assert token == LINKS.stop(BEN, "digests")
    assert not re.search("person|ben|digest", token)
    with pytest.raises(NoLink):
        Links().stop_of(token)


async def test_a_token_is_not_in_the_log(suite: Notified, web: AsyncClient, capsys: pytest.CaptureFixture[str]):
    token = LINKS.stop(ANNA, "digests")
    await one_click(web, f"/stop/{token}")
    told = capsys.readouterr()
    assert "/stop/{token}" in told.out
    assert token not in told.out + told.err
