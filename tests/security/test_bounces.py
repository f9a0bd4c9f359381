"""An address that a mail server refuses gets no more mail until there is another, or its person confirms it."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from coaching_events.events.person import PersonChanged
from notifications.channels import mail
from notifications.channels.mail import MailServer, Result
from notifications.channels.mail_channel import MailConfig
from tests.contracts.notified import ANNA, WITH_CARLA, Notified
from tests.delivery.test_email import Postbox
from tests.rules.notifications.a_week import local
from tests.security.test_without_tls import a_mail

UNKNOWN = "550 5.1.1 no such user"


@dataclass
class Counting(Postbox):
    """A mail server that remembers whom it was asked for. It answers the content of mails ``at_the_end``."""

    asked_for: list[str] = field(default_factory=list[str])
    at_the_end: str | None = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.asked_for.append(address)
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        return self.at_the_end or await super().handle_DATA(server, session, envelope)


@pytest.fixture
async def postbox(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Counting]:
    monkeypatch.setattr(mail, "REST", 0.0)
    postbox = Counting()
    await postbox.open()
    yield postbox
    await postbox.close()


@pytest.fixture
async def suite(postbox: Counting) -> AsyncGenerator[Notified]:
    """Monday, 10:00 in Munich, and Anna wants mail."""
    suite = Notified()
    suite.post.config = MailConfig(
        server=MailServer(f"smtp://127.0.0.1:{postbox.port}"),
        clock=suite.clock,
        sender="tandem@example.org",
        public_url="https://tandem.example.org",
    )
    await suite.knows_the_pairs()
    await suite.comes(local(0, 10))
    yield suite
    assert await suite.dead_letters() == []


async def subjects(suite: Notified, name: str = "anna") -> list[str]:
    return [message["subject"] for message in (await suite.get("/inbox", name))["items"]]


async def post(suite: Notified, path: str, *scopes: str, **body: str) -> Any:
    async with suite.client("anna", *scopes) as client:
        answer = await client.post(path, json=body or None)
    await suite.settles()
    return answer


async def is_refused(suite: Notified, postbox: Counting, answer: str = UNKNOWN) -> None:
    """A mail to Anna is refused; from now on the server would take it."""
    postbox.refusing = answer
    await suite.is_asked("slides")
    postbox.refusing = None
    assert postbox.asked_for == ["anna@example.com"]


async def has_another_address(suite: Notified, email: str) -> None:
    changed = PersonChanged(
        by=ANNA,
        display_name="Anna",
        email=email,
        zone="Europe/Berlin",
        locale="en",
        patterns=(),
        regions=(),
        changed=("email",),
    )
    await suite.hears(ANNA, changed)


async def test_no_more_mail_goes_to_an_address_that_was_refused(suite: Notified, postbox: Counting):
    await is_refused(suite, postbox)
    await suite.is_asked("notes")
    await suite.misses_a_promise()
    await suite.comes(local(2, 12))
    assert postbox.asked_for == ["anna@example.com"]
    assert (await subjects(suite))[-1] == "A word from your partner", "the inbox has everything"


async def test_its_person_is_told_once_in_the_inbox(suite: Notified, postbox: Counting):
    await is_refused(suite, postbox)
    await suite.is_asked("notes", WITH_CARLA)
    await suite.comes(local(2, 12))
    told = [each for each in (await suite.get("/inbox"))["items"] if each["subject"] == "Mail does not reach you"]
    (message,) = told
    assert message["text"].startswith("A mail server does not take mail for your address, so no more is sent there.")
    assert message["entries"][0]["why"] == "Because a mail to you came back."
    assert message["pushes"] == []
    assert await subjects(suite, "ben") == [], "it is nobody else's business"
    choices = await suite.get("/recipients/me")
    assert choices["address_refused"] is True
    assert choices["missed"][0].startswith("A mail server does not take mail for your address")


async def test_a_delivery_that_waits_is_not_tried_at_an_address_that_was_refused(suite: Notified, postbox: Counting):
    postbox.refusing = "450 later"
    await suite.is_asked("notes")
    await post(suite, "/ops/bounces", "ops", address="anna@example.com", status="5.1.1")
    postbox.refusing = None
    await suite.comes(local(0, 12))
    assert postbox.asked_for == ["anna@example.com"]
    (first,) = [each for each in (await suite.get("/inbox"))["items"] if each["kind"] == "word"]
    assert (first["pushes"][0]["status"], first["pushes"][0]["retry_at"]) == ("failed", None)


async def test_another_address_in_the_directory_gets_mail_again(suite: Notified, postbox: Counting):
    await is_refused(suite, postbox)
    await has_another_address(suite, "anna.bauer@example.com")
    await suite.is_asked("notes")
    assert postbox.recipients == ["anna.bauer@example.com"]
    assert (await suite.get("/recipients/me"))["address_refused"] is False
    await has_another_address(suite, "anna@example.com")
    await suite.is_asked("draft")
    assert postbox.recipients == ["anna.bauer@example.com"], "the old one is still refused"


async def test_an_address_that_its_person_confirms_gets_mail_again(suite: Notified, postbox: Counting):
    await is_refused(suite, postbox)
    confirmed = (await post(suite, "/recipients/me/confirm-address")).json()
    assert [event["type"] for event in confirmed["events"]] == ["address-confirmed"]
    assert (await post(suite, "/recipients/me/confirm-address")).json()["events"] == []
    assert (await suite.get("/recipients/me"))["address_refused"] is False
    await suite.is_asked("notes")
    assert postbox.recipients == ["anna@example.com"]


async def test_one_that_is_refused_again_is_told_again(suite: Notified, postbox: Counting):
    await is_refused(suite, postbox)
    await post(suite, "/recipients/me/confirm-address")
    postbox.refusing = UNKNOWN
    await suite.is_asked("notes")
    assert (await subjects(suite)).count("Mail does not reach you") == 2


async def test_choices_are_kept_while_an_address_is_refused(suite: Notified, postbox: Counting):
    await is_refused(suite, postbox)
    async with suite.client() as anna:
        chosen = (await anna.put("/recipients/me", json={"ceiling": 3})).json()
    assert chosen["missed"][0].startswith("A mail server does not take mail for your address")
    choices = await suite.get("/recipients/me")
    assert (choices["ceiling"], choices["channels"], choices["address_refused"]) == (3, ["inbox", "mail"], True)


async def test_no_event_tells_the_address(suite: Notified, postbox: Counting):
    await is_refused(suite, postbox)
    types = [(dict(record.headers)["ce_type"], record.value or b"") for record in suite.said()]
    told = [value for which, value in types if which == b"org.tandem-coaching.address-refused"]
    assert len(told) == 1
    assert b"anna@" not in told[0]
    assert b'"status":"5.1.1"' in told[0]


async def test_a_bounce_that_operations_report_has_the_same_effect(suite: Notified, postbox: Counting):
    for _ in range(2):
        told = await post(suite, "/ops/bounces", "ops", address="Anna@Example.com", status="5.1.1")
        assert (told.status_code, told.json()) == (200, {"people": 1})
    await suite.is_asked("notes")
    assert postbox.asked_for == []
    assert await subjects(suite) == ["A word from your partner", "Mail does not reach you"]


async def test_a_bounce_of_an_address_that_is_nobodys_stops_nothing(suite: Notified, postbox: Counting):
    told = await post(suite, "/ops/bounces", "ops", address="eve@example.com", status="5.1.1")
    assert told.json() == {"people": 0}
    await suite.is_asked("notes")
    assert postbox.recipients == ["anna@example.com"]


@pytest.mark.parametrize(
    "body",
    [
        {"address": "anna@example.com", "status": "4.2.2"},
        {"address": "anna@example.com", "status": "550"},
        {"address": "anna", "status": "5.1.1"},
        {"address": "anna@example.com", "status": "5.1.1 no such user"},
        {"address": "a@example.com, b@example.com", "status": "5.1.1"},
        {"status": "5.1.1"},
    ],
)
async def test_what_is_no_permanent_bounce_of_one_address_is_422(suite: Notified, body: dict[str, str]):
    assert (await post(suite, "/ops/bounces", "ops", **body)).status_code == 422


async def test_only_operations_report_bounces(suite: Notified):
    for scopes in ((), ("hr.directory",), ("partner",)):
        answer = await post(suite, "/ops/bounces", *scopes, address="anna@example.com", status="5.1.1")
        assert answer.status_code == 403
    assert "address-refused" not in suite.types()


@pytest.mark.parametrize(
    ("answer", "refuses"),
    [
        ("550 5.1.1 no such user", "5.1.1"),
        ("550 nobody here", "550"),
        ("553 no such mailbox", "553"),
        ("550 5.2.1 disabled", "5.2.1"),
        ("556 5.1.10 null MX", "5.1.10"),
        ("550 5.4.1 Access denied", "5.4.1"),
        ("554 5.7.1 Relay access denied", None),
        ("550 5.7.1 blocked", None),
        ("552 5.2.2 full", None),
        ("554 no", None),
        ("450 4.1.1 later", None),
        ("530 5.7.0 log in first", None),
    ],
)
@pytest.mark.parametrize("when", ["refusing", "at_the_end"])
async def test_a_refusal_of_the_address_is_told_apart_from_others(
    postbox: Counting, when: str, answer: str, refuses: str | None
):
    setattr(postbox, when, answer)
    result = await MailServer(f"smtp://127.0.0.1:{postbox.port}").send(a_mail())
    final = answer[0] == "5" and not answer.startswith("530")
    assert result == Result("refused" if final else "failed", f"smtp-{answer[:3]}")
    assert result.refuses == refuses
