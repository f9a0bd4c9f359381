"""Mail over a real local SMTP server: what arrives, and what happens when the server is away, refuses, or hangs up."""

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Any, cast

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from eventlog.stores import StoreUnavailable
from notifications.channels import mail
from notifications.channels.mail import MailServer, Result
from notifications.channels.mail_channel import MailChannel, MailConfig
from tests.contracts.notified import Notified, Standing
from tests.rules.notifications.a_week import local


@dataclass
class Postbox:
    """A mail server that keeps what it gets. It answers recipients ``refusing``, and hangs up ``hangs_up`` times."""

    refusing: str | None = None
    knows_utf8: bool = False
    options: dict[str, Any] = field(default_factory=dict[str, Any])
    hangs_up: int = 0
    recipients: list[str] = field(default_factory=list[str])
    mails: list[EmailMessage] = field(default_factory=list[EmailMessage])
    port: int = 0
    server: asyncio.Server | None = None

    async def open(self) -> None:
        self.server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(self, hostname="postbox", enable_SMTPUTF8=self.knows_utf8, **self.options),
            "127.0.0.1",
            self.port,
        )
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()
            self.server = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refusing is not None:
            return self.refusing
        envelope.rcpt_tos.append(address)
        self.recipients.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append(message_from_bytes(cast("bytes", envelope.content), policy=default))
        if self.hangs_up:
            self.hangs_up -= 1
            transport: Any = server.transport
            transport.abort()
        return "250 OK"

    def ids(self) -> list[str]:
        return [str(each["Message-ID"]) for each in self.mails]


@pytest.fixture
async def postbox(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Postbox]:
    monkeypatch.setattr(mail, "REST", 0.0)
    postbox = Postbox()
    await postbox.open()
    yield postbox
    await postbox.close()


def mail_config(port: int, clock: Standing) -> MailConfig:
    return MailConfig(
        server=MailServer(f"smtp://127.0.0.1:{port}"),
        clock=clock,
        sender="Tandem <tandem@example.org>",
        public_url="https://tandem.example.org",
    )


@pytest.fixture
async def suite(postbox: Postbox) -> AsyncGenerator[Notified]:
    """Friday 30 January, 17:00 in Munich, and Anna wants mail."""
    suite = Notified()
    suite.post.config = mail_config(postbox.port, suite.clock)
    await suite.knows_the_pairs()
    yield suite
    assert await suite.dead_letters() == []


def body(message: Message) -> str:
    return part(message, "plain")


def part(message: Message, kind: str) -> str:
    found = cast("EmailMessage", message).get_body((kind,))
    assert found is not None
    return str(found.get_content())


def links(message: Message, what: str) -> list[str]:
    """The paths of a mail's links to this service."""
    return re.findall(rf"https://tandem\.example\.org(/{what}/[A-Za-z0-9_-]+)", body(message))


async def pushes(suite: Notified, name: str = "anna") -> list[tuple[str, int]]:
    inbox = (await suite.get("/inbox", name))["items"]
    return [(push["status"], push["attempt"]) for message in inbox for push in message["pushes"]]


async def test_a_reminder_arrives_as_text_and_html_that_say_why(suite: Notified, postbox: Postbox):
    await suite.misses_a_promise()
    await suite.comes(local(0, 12))
    (message,) = (await suite.get("/inbox"))["items"]
    (arrived,) = postbox.mails
    assert arrived["To"] == "anna@example.com"
    assert arrived["Subject"] == "A gentle reminder"
    assert arrived["Message-ID"] == f"<{message['id']}@example.org>"
    assert arrived["Date"] == "Mon, 02 Feb 2026 08:15:00 +0000"
    assert arrived.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in arrived.iter_parts()] == ["text/plain", "text/html"]
    html = part(arrived, "html")
    assert "“the report” for Ben was due" in html
    assert message["entries"][0]["cause"] in html
    assert {*re.findall(r"https://[^\s\"<]+", html)} == {*re.findall(r"https://\S+", body(arrived))}
    text = body(arrived)
    assert "Hello Anna," in text
    assert "“the report” for Ben was due" in text
    assert "Reminder 1 of 2 this week with Ben" in text
    assert message["entries"][0]["cause"] in text
    assert len(links(arrived, "read")) == len(links(arrived, "stop")) == 1
    assert suite.types().count("delivery-attempted") == 2
    assert await pushes(suite) == [("delivered", 1)]


async def test_looking_at_a_message_changes_nothing(suite: Notified, postbox: Postbox):
    await suite.misses_a_promise()
    await suite.comes(local(0, 12))
    before = suite.types()
    (message,) = (await suite.get("/inbox"))["items"]
    for _ in range(3):
        assert await suite.get(f"/messages/{message['id']}") == message
    await suite.settles()
    assert suite.types() == before


async def test_a_request_is_mailed_at_once_by_day_and_with_the_mornings_digest_by_night(
    suite: Notified, postbox: Postbox
):
    await suite.comes(local(0, 10))
    await suite.is_asked("slides")
    assert [mail["Subject"] for mail in postbox.mails] == ["A word from your partner"]
    await suite.comes(local(0, 22))
    await suite.is_asked("notes")
    assert len(postbox.mails) == 1
    await suite.comes(local(1, 12))
    assert [mail["Subject"] for mail in postbox.mails[1:]] == ["What has gathered for you"]
    assert postbox.mails[1]["Date"] == "Tue, 03 Feb 2026 08:00:00 +0000"


async def test_who_wants_no_mail_gets_none(suite: Notified, postbox: Postbox):
    async with suite.client() as anna:
        await anna.put("/recipients/me", json={"channels": []})
    await suite.misses_a_promise()
    await suite.comes(local(0, 12))
    await suite.is_asked()
    assert postbox.mails == []
    assert [message["pushes"] for message in (await suite.get("/inbox"))["items"]] == [[], []]


async def test_a_server_that_is_away_is_tried_again_and_holds_up_nothing(suite: Notified, postbox: Postbox):
    await postbox.close()
    await suite.misses_a_promise()
    await suite.comes(local(0, 9, 15))
    assert await pushes(suite) == [("failed", 1)]
    await suite.is_asked()
    assert len((await suite.get("/inbox"))["items"]) == 2
    await postbox.open()
    await suite.comes(local(0, 12))
    assert sorted(await pushes(suite)) == [("delivered", 2), ("delivered", 2)]
    assert sorted(mail["Subject"] for mail in postbox.mails) == ["A gentle reminder", "A word from your partner"]


async def test_a_refused_address_is_not_tried_again(suite: Notified, postbox: Postbox):
    postbox.refusing = "550 nobody here by that name"
    await suite.misses_a_promise()
    await suite.comes(local(0, 16))
    assert (postbox.mails, await pushes(suite)) == ([], [("failed", 1)])


async def test_a_recipient_put_off_for_now_is_tried_again(suite: Notified, postbox: Postbox):
    postbox.refusing = "450 later please"
    await suite.misses_a_promise()
    await suite.comes(local(0, 9, 16))
    postbox.refusing = None
    await suite.comes(local(0, 12))
    assert (len(postbox.mails), (await pushes(suite))[0][0]) == (1, "delivered")


async def test_a_nudge_whose_connection_was_lost_is_let_be(suite: Notified, postbox: Postbox):
    postbox.hangs_up = 1
    await suite.misses_a_promise()
    await suite.comes(local(1, 16))
    assert len(postbox.mails) == 1
    assert await pushes(suite) == [("uncertain", 1)]


async def test_a_partners_word_whose_connection_was_lost_is_sent_again_with_the_same_id(
    suite: Notified, postbox: Postbox
):
    await suite.comes(local(0, 10))
    postbox.hangs_up = 1
    await suite.is_asked()
    await suite.comes(local(0, 12))
    assert len(postbox.ids()) == 2
    assert len(set(postbox.ids())) == 1
    assert await pushes(suite) == [("delivered", 2)]


class Crashing(MailServer):
    """A process that dies while it sends: what follows the beginning is never recorded."""

    async def send(self, message: EmailMessage) -> Result:
        raise StoreUnavailable("killed")


async def killed_and_restarted(suite: Notified, postbox: Postbox) -> Notified:
    """Another process over the same database, to which the unfinished records come again."""
    fresh = Notified(
        MailChannel(), suite.clock, suite.store, suite.publisher, suite.issuer, suite.versions, suite.heard
    )
    fresh.post.config = mail_config(postbox.port, suite.clock)
    await fresh.settles()
    return fresh


async def test_a_nudge_that_a_crash_cut_off_is_uncertain_and_not_repeated(suite: Notified, postbox: Postbox):
    await suite.misses_a_promise()
    suite.post.config = MailConfig(
        server=Crashing(""), clock=suite.clock, sender="tandem@example.org", public_url="https://tandem.example.org"
    )
    with pytest.raises(StoreUnavailable):
        await suite.comes(local(0, 12))
    fresh = await killed_and_restarted(suite, postbox)
    await fresh.comes(local(1, 16))
    assert postbox.mails == []
    assert await pushes(fresh) == [("uncertain", 1)]
    assert "delivery-uncertain" in fresh.types()


async def test_a_partners_word_that_a_crash_cut_off_is_sent_again(suite: Notified, postbox: Postbox):
    await suite.comes(local(0, 10))
    suite.post.config = MailConfig(
        server=Crashing(""), clock=suite.clock, sender="tandem@example.org", public_url="https://tandem.example.org"
    )
    with pytest.raises(StoreUnavailable):
        await suite.is_asked()
    fresh = await killed_and_restarted(suite, postbox)
    await fresh.settles()
    (message,) = (await fresh.get("/inbox"))["items"]
    assert postbox.ids() == [f"<{message['id']}@example.org>"]
    assert await pushes(fresh) == [("delivered", 2)]
