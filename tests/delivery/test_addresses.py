"""To which addresses mail goes, and how: domains in any script, names in headers, and refusals of every kind."""

import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from coaching_events.events.mailbox import MessageId
from notifications.channels import mail
from notifications.channels.addresses import NoAddress
from notifications.channels.mail import MailServer, Result, written
from notifications.settings import NotificationSettings
from tests.delivery.test_email import Postbox

SENDER = "Tandem <tandem@example.org>"


@pytest.fixture
async def postbox(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Postbox]:
    monkeypatch.setattr(mail, "REST", 0.0)
    postbox = Postbox()
    await postbox.open()
    yield postbox
    await postbox.close()


def a_mail(to: str | None, **more: Any) -> EmailMessage:
    given: dict[str, Any] = {"sender": SENDER, "subject": "A gentle reminder", "text": "Grüße", **more}
    return written(message=MessageId("m1"), to=to, at=datetime(2026, 2, 2, 8, tzinfo=UTC), **given)


async def sent(postbox: Postbox, to: str, **more: Any) -> Result:
    return await MailServer(f"smtp://127.0.0.1:{postbox.port}").send(a_mail(to, **more))


def read(message: EmailMessage) -> EmailMessage:
    """What the other side reads of it."""
    return message_from_bytes(message.as_bytes(), policy=default)


async def test_a_domain_in_another_script_is_sent_as_punycode(postbox: Postbox):
    assert await sent(postbox, "anna@münchen.example") == Result("delivered")
    assert postbox.recipients == ["anna@xn--mnchen-3ya.example"]
    assert postbox.mails[0]["To"] == "anna@xn--mnchen-3ya.example"


async def test_other_letters_before_the_at_sign_need_a_server_that_takes_them(postbox: Postbox):
    assert await sent(postbox, "änna@example.com") == Result("refused", "smtputf8-needed")
    assert postbox.recipients == []
    await postbox.close()
    postbox.knows_utf8 = True
    await postbox.open()
    assert await sent(postbox, "änna@münchen.example") == Result("delivered")
    assert postbox.recipients == ["änna@xn--mnchen-3ya.example"]


@pytest.mark.parametrize(
    "to",
    [
        None,
        "",
        "anna",
        "anna@",
        "@example.com",
        "anna@exa mple.com",
        "anna müller@example.com",
        "a@b.com, c@d.com",
        "anna@example.com\r\nBcc: eve@example.com",
        "anna@example.com\n",
        "anna\0@example.com",
        "anna@-example.com",
        f"anna@{'x' * 64}.com",
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_sent(to: str | None):
    with pytest.raises(NoAddress):
        a_mail(to)


@pytest.mark.parametrize("to", ["anna@localhost", "anna@mail.local", "anna@company.test", "anna+tandem@example.com"])
def test_addresses_of_a_companys_own_mail_server_are_addresses(to: str):
    assert a_mail(to)["To"] == to


@pytest.mark.parametrize(
    ("sender", "name", "address"),
    [
        ("Tändem <tandem@münchen.example>", "Tändem", "tandem@xn--mnchen-3ya.example"),
        ('"Tandem, the \\"app\\"" <tandem@example.org>', 'Tandem, the "app"', "tandem@example.org"),
        ("tandem@example.org", "", "tandem@example.org"),
    ],
)
def test_the_senders_name_and_domain_may_be_in_any_script(sender: str, name: str, address: str):
    letter = a_mail("anna@example.com", sender=sender)
    arrived = read(letter)
    (who,) = arrived["From"].addresses
    assert (who.display_name, who.addr_spec) == (name, address)
    assert arrived["Message-ID"] == f"<m1@{address.partition('@')[2]}>"
    assert letter.as_bytes().isascii()


@pytest.mark.parametrize("sender", ["tandem", "tändem@example.org", "Tandem\r\nBcc: eve@x.de <t@example.org>", "a@b@c"])
def test_a_sender_that_is_none_is_refused_at_the_start(sender: str, monkeypatch: pytest.MonkeyPatch):
    for name, value in {
        "KAFKA_URL": "127.0.0.1:1",
        "MONGO_URL": "mongodb://127.0.0.1:1",
        "TOKEN_ISSUER": "https://i",
        "TOKEN_AUDIENCE": "t",
        "TOKEN_JWKS": "{}",
        "SMTP_URL": "smtp://127.0.0.1",
        "MAIL_FROM": sender,
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        NotificationSettings.from_environment()


def test_no_line_is_too_long_and_no_header_can_be_smuggled_in():
    stop = f"https://tandem.example.org/stop/{'x' * 200}"
    letter = a_mail("anna@example.com", subject="Wörter\r\nBcc: eve@example.com " * 40, text="x" * 5000, stop=stop)
    lines = letter.as_bytes().split(b"\r\n")
    assert max(map(len, lines)) < 998
    assert all(len(line) <= 78 for line in lines if not line.startswith(b"List-Unsubscribe:"))
    arrived = read(letter)
    assert arrived["Bcc"] is None
    assert arrived["List-Unsubscribe"] == f"<{stop}>"
    assert arrived["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"List-Unsubscribe: <{stop}>".encode() in lines


def test_the_date_is_told_in_utc():
    at = datetime.fromisoformat("2026-02-02T09:15:00+01:00")
    letter = written(message=MessageId("m"), sender=SENDER, to="a@example.com", subject="s", text="t", at=at)
    assert letter["Date"] == "Mon, 02 Feb 2026 08:15:00 +0000"


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ("550 nobody here", Result("refused", "smtp-550")),
        ("553 no such mailbox", Result("refused", "smtp-553")),
        ("450 later", Result("failed", "smtp-450")),
        ("452 full", Result("failed", "smtp-452")),
        ("530 log in first", Result("failed", "smtp-530")),
    ],
)
async def test_a_refused_recipient_is_final_and_one_put_off_is_not(postbox: Postbox, answer: str, result: Result):
    postbox.refusing = answer
    assert await sent(postbox, "anna@example.com") == result


async def test_a_refused_sender_is_a_matter_of_the_settings_and_tried_again(
    postbox: Postbox, monkeypatch: pytest.MonkeyPatch
):
    async def refuses(*_: Any) -> str:
        return "550 not from you"

    monkeypatch.setattr(Postbox, "handle_MAIL", refuses, raising=False)
    assert await sent(postbox, "anna@example.com") == Result("failed", "smtp-550")


async def test_a_connection_that_is_lost_before_the_mail_is_under_way_has_failed(
    postbox: Postbox, monkeypatch: pytest.MonkeyPatch
):
    async def hangs_up(_self: Postbox, server: SMTP, *_: Any) -> str:
        transport: Any = server.transport
        transport.abort()
        return "250 OK"

    monkeypatch.setattr(Postbox, "handle_RCPT", hangs_up)
    assert await sent(postbox, "anna@example.com") == Result("failed", "connection-lost")


async def test_a_refused_login_is_tried_again_and_told_in_one_sentence(
    postbox: Postbox, capsys: pytest.CaptureFixture[str]
):
    def nobody(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False)

    postbox.options = {"authenticator": nobody, "auth_require_tls": False}
    await postbox.close()
    await postbox.open()
    server = MailServer(f"smtp://tandem:wrong@127.0.0.1:{postbox.port}", login_without_tls=True)
    assert await server.send(a_mail("anna@example.com")) == Result("failed", "login-refused")
    told = [line for line in capsys.readouterr().out.splitlines() if "refuses the login" in line]
    assert len(told) == 1
    assert not re.search("wrong|tandem:", told[0])


async def test_a_server_that_is_away_is_unreachable(postbox: Postbox):
    await postbox.close()
    assert await sent(postbox, "anna@example.com") == Result("failed", "unreachable")
