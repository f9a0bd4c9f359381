"""In production keys come with TLS, and a login of a mail server goes nowhere without it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from coaching_events.events.mailbox import MessageId
from notifications.channels import mail
from notifications.channels.mail import MailServer, Result, written
from service_kit.process import Settings
from tests.delivery.secure_kafka import Authority
from tests.delivery.test_email import Postbox

HTTPS = {"TOKEN_ISSUER": "https://login.example.com", "TOKEN_JWKS": "https://login.example.com/keys"}


@pytest.mark.parametrize(
    ("plain", "named"),
    [
        ({"TOKEN_ISSUER": "http://login.example.com", "TOKEN_JWKS": ""}, "http://login.example.com"),
        ({"TOKEN_JWKS": "http://login.example.com/keys"}, "http://login.example.com/keys"),
        (
            {"TOKEN_FURTHER_ISSUERS": '[{"issuer": "http://other.example.com", "audience": "tandem"}]'},
            "http://other.example.com",
        ),
        (
            {"TOKEN_FURTHER_ISSUERS": '[{"issuer": "https://b", "audience": "b", "jwks": "http://b/keys"}]'},
            "http://b/keys",
        ),
    ],
)
def test_production_asks_for_keys_with_tls_only(
    plain: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    base = {
        "KAFKA_URL": "a:1",
        "MONGO_URL": "mongodb://a",
        "TOKEN_AUDIENCE": "tandem",
        "ID_KEY": "a secret of 16 characters or more",
        "INSTALLATION": "acme-berlin",
    }
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {**base, **HTTPS, **plain}.items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment().environment == "development"
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(SystemExit) as ended:
        Settings.from_environment()
    assert ended.value.code == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith(f"ENVIRONMENT=production and {named} exclude each other: ")


LOGIN = "smtp://tandem:secret@localhost"


@dataclass
class Doorkeeper:
    """Lets everybody in, and keeps what was told to it."""

    told: list[bytes] = field(default_factory=list[bytes])

    def __call__(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        self.told.append(data.password)
        return AuthResult(success=True)


@pytest.fixture
def doorkeeper() -> Doorkeeper:
    return Doorkeeper()


@pytest.fixture
async def unencrypted(doorkeeper: Doorkeeper, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Postbox]:
    """A mail server that takes logins and offers no encryption."""
    monkeypatch.setattr(mail, "REST", 0.0)
    postbox = Postbox(options={"authenticator": doorkeeper, "auth_require_tls": False})
    await postbox.open()
    yield postbox
    await postbox.close()


@pytest.fixture
async def starttls(doorkeeper: Doorkeeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncGenerator[Postbox]:
    """A mail server that offers STARTTLS, with a certificate that this machine trusts."""
    authority = Authority.made(tmp_path / "tls", "tests")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("mail"))
    postbox = Postbox(options={"authenticator": doorkeeper, "tls_context": context})
    await postbox.open()
    yield postbox
    await postbox.close()


def a_mail() -> EmailMessage:
    return written(
        message=MessageId("message_1"),
        sender="tandem@example.org",
        to="anna@example.com",
        subject="s",
        text="t",
        at=datetime(2026, 2, 2, tzinfo=UTC),
    )


async def test_a_login_is_not_sent_to_a_mail_server_without_encryption(unencrypted: Postbox, doorkeeper: Doorkeeper):
    server = MailServer(f"{LOGIN}:{unencrypted.port}")
    assert await server.send(a_mail()) == Result("failed", "login-needs-tls")
    assert doorkeeper.told == []
    assert unencrypted.mails == []


async def test_it_is_sent_so_where_a_setting_says_that_it_may(unencrypted: Postbox, doorkeeper: Doorkeeper):
    server = MailServer(f"{LOGIN}:{unencrypted.port}", login_without_tls=True)
    await server.check()
    assert await server.send(a_mail()) == Result("delivered")
    assert set(doorkeeper.told) == {b"secret"}


async def test_it_is_sent_with_starttls(starttls: Postbox, doorkeeper: Doorkeeper):
    server = MailServer(f"smtp://tandem:secret@127.0.0.1:{starttls.port}")
    await server.check()
    assert await server.send(a_mail()) == Result("delivered")
    assert set(doorkeeper.told) == {b"secret"}


async def test_mail_without_a_login_needs_no_encryption(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mail, "REST", 0.0)
    postbox = Postbox()
    await postbox.open()
    server = MailServer(f"smtp://localhost:{postbox.port}")
    await server.check()
    assert await server.send(a_mail()) == Result("delivered")
    await postbox.close()


async def test_a_mail_server_that_is_away_keeps_no_worker_from_its_start(unencrypted: Postbox):
    await unencrypted.close()
    await MailServer(f"{LOGIN}:{unencrypted.port}").check()


async def test_a_worker_is_refused_at_start_with_one_sentence_and_the_exit_code_2(unencrypted: Postbox):
    settings = {
        "KAFKA_URL": "127.0.0.1:1",
        "MONGO_URL": "mongodb://127.0.0.1:1",
        "TOKEN_AUDIENCE": "tandem",
        **HTTPS,
        "HEALTH_PORT": "0",
        "SMTP_URL": f"{LOGIN}:{unencrypted.port}",
        "MAIL_FROM": "tandem@example.org",
    }
    python = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "notifications", "work", env={**os.environ, **settings}, stdout=PIPE, stderr=PIPE
    )
    _, told = await asyncio.wait_for(python.communicate(), 60)
    assert python.returncode == 2, told
    assert [line for line in told.decode().splitlines() if "SMTP_URL" in line] == [
        "SMTP_URL has a login, and the mail server offers no encryption for it: use smtps://, let the server offer "
        "STARTTLS, or set SMTP_LOGIN_WITHOUT_TLS=true."
    ]
    assert b"secret" not in told
