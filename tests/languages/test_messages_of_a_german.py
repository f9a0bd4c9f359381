"""Messages over HTTP, on pages and in mails: in the language of the request, or else in that of the person."""

from collections.abc import AsyncGenerator

import pytest
from httpx import ASGITransport, AsyncClient

from coaching_events.events.mailbox import MessageId
from notifications.app import definition
from notifications.channels.mail import written
from notifications.links import LINKS
from service_kit.authentication.keys import Keys
from service_kit.http.application import http_app
from service_kit.http.authentication import TokenVerifier
from tests.contracts.notified import ANNA, Notified
from tests.rules.notifications.a_week import local

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
async def suite() -> Notified:
    """Anna reads German. She missed a promise, and has a reminder of it."""
    suite = Notified()
    await suite.knows_the_pairs("de-AT")
    await suite.misses_a_promise()
    await suite.comes(local(0, 12))
    return suite


@pytest.fixture
async def browser(suite: Notified) -> AsyncGenerator[AsyncClient]:
    """Opens the pages of links, and has no token."""
    access = TokenVerifier(suite.issuer.issuer, suite.issuer.audience, Keys(suite.issuer.jwks()))
    people = definition.people(suite.service_context)
    app = http_app(suite.service_context, suite.clock, people, access, (), pages=definition.pages())
    async with AsyncClient(transport=ASGITransport(app), base_url="http://here") as client:
        yield client


async def test_the_inbox_is_in_the_persons_language_unless_the_request_asks_for_another(suite: Notified):
    async with suite.client() as anna:
        own, english = await anna.get("/inbox"), await anna.get("/inbox", headers=ENGLISH)
    (message,) = own.json()["items"]
    assert (message["subject"], own.headers["content-language"]) == ("Eine freundliche Erinnerung", "de")
    assert message["text"].startswith("„the report“ für Ben war am Freitag, 30. Jänner, 17:00 Uhr fällig.")
    assert message["entries"][0]["actions"][0]["label"] == "Erledigt"
    (message,) = english.json()["items"]
    assert (message["subject"], english.headers["content-language"]) == ("A gentle reminder", "en")
    assert message["text"].startswith("“the report” for Ben was due on Friday 30 January, 17:00.")


async def test_what_a_person_misses_is_said_in_their_language(suite: Notified):
    async with suite.client() as anna:
        chosen = await anna.put("/recipients/me", json={"channels": ["inbox"]})
        seen = await anna.get("/recipients/me")
    assert chosen.json()["missed"] == seen.json()["missed"]
    assert seen.json()["missed"][0].startswith("Sie bekommen gar keine E-Mails.")
    assert seen.headers["content-language"] == "de"


async def test_the_pages_of_a_mail_speak_the_language_of_its_reader(suite: Notified, browser: AsyncClient):
    (message,) = (await suite.get("/inbox"))["items"]
    read = f"/read/{LINKS.message(ANNA, MessageId(message['id']))}"
    stop = f"/stop/{LINKS.stop(ANNA, 'reminders')}"
    answer = f"/answer/{LINKS.answer(ANNA, message['id'], message['entries'][0]['id'], 'new-date')}"
    pages = [(await browser.get(each, headers=ENGLISH)) for each in (read, answer, stop)]
    stopped = await browser.post(stop)
    for page, title in zip((*pages, stopped), TITLES, strict=True):
        assert (page.status_code, page.headers["content-language"]) == (200, "de")
        assert f"<h1>{title}</h1>" in page.text
        assert '<html lang="de">' in page.text
    assert "Ein neuer Termin: <code>POST /commitments/" in pages[1].text
    assert "mit <code>due</code>" in pages[1].text


TITLES = ("Eine freundliche Erinnerung", "Ein neuer Termin", "Diese E-Mails beenden?", "Beendet")


async def test_a_link_of_nobody_is_answered_in_the_language_of_the_request(browser: AsyncClient):
    german = await browser.get("/read/nothing", headers={"Accept-Language": "de"})
    english = await browser.get("/read/nothing")
    assert (german.status_code, english.status_code) == (404, 404)
    assert "<h1>Hier ist nichts</h1>" in german.text
    assert "<h1>Nothing here</h1>" in english.text


def test_a_mail_says_in_which_language_it_is():
    mail = written(
        message=MessageId("m"),
        sender="t@example.org",
        to="a@example.com",
        subject="Ä",
        text="Ü",
        at=local(0),
        language="de",
    )
    assert mail["Content-Language"] == "de"
