"""Messages in a chat over a real local HTTP server: what arrives, and what follows from its answers."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from eventlog import wall_in
from notifications.channels import chat
from notifications.channels.chat import ChatClient, for_slack, for_teams
from notifications.channels.chat_channel import ChatConfig
from notifications.channels.chat_hosts import CHAT_HOSTS, USUAL_HOSTS, ChatHosts, NotAllowed, hosts_in
from notifications.channels.letters import Line
from notifications.channels.results import Result
from notifications.recipient.state import recipient_id
from tests.contracts.notified import ANNA, Notified
from tests.delivery.test_email import Postbox, mail_config, postbox
from tests.rules.notifications.a_week import local

__all__ = ["postbox"]

LOCAL = "http://127.0.0.1"
OK = "200 OK"
SECRET = "T0SECRET/B0SECRET"


@dataclass
class Chat:
    """A chat that answers as Slack does: each request gets the next answer, and the last one from then on."""

    answers: list[str] = field(default_factory=lambda: [OK])
    got: list[Any] = field(default_factory=list[Any])
    paths: list[str] = field(default_factory=list[str])
    port: int = 0
    server: asyncio.Server | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self) -> None:
        self.server = await asyncio.start_server(self._answer, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self.over.set()
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()
            self.server = None

    @property
    def address(self) -> str:
        return f"{LOCAL}:{self.port}/services/{SECRET}"

    def texts(self) -> list[str]:
        return [each["text"] for each in self.got]

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
        self.paths.append(head.split(" ")[1])
        self.got.append(json.loads(await reader.readexactly(length)))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if answer == "hangs":
            await self.over.wait()
        else:
            writer.write(f"HTTP/1.1 {answer}\r\nConnection: close\r\n\r\nok".encode())
        writer.close()


@pytest.fixture
async def slack(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Chat]:
    monkeypatch.setattr(chat, "REST", 0.0)
    before = CHAT_HOSTS.hosts
    CHAT_HOSTS.use([LOCAL])
    slack = Chat()
    await slack.open()
    yield slack
    await slack.close()
    CHAT_HOSTS.use(before)


async def chosen(suite: Notified, address: str, **more: Any) -> Any:
    async with suite.client() as anna:
        answer = await anna.put("/recipients/me", json={"chat": {"service": "slack", "webhook": address}, **more})
    assert answer.status_code == 200, answer.text
    await suite.settles()
    return answer.json()


@pytest.fixture
async def suite(slack: Chat) -> AsyncGenerator[Notified]:
    """Monday, 10:00 in Munich. Anna wants messages in her chat; there is no mail."""
    suite = Notified()
    suite.chat.config = ChatConfig(
        client=ChatClient(CHAT_HOSTS), clock=suite.clock, public_url="https://tandem.example.org"
    )
    await suite.knows_the_pairs()
    await suite.comes(local(0, 10))
    await chosen(suite, slack.address)
    yield suite
    assert await suite.dead_letters() == []


async def pushes(suite: Notified, kind: str = "word") -> list[tuple[str, int]]:
    inbox = (await suite.get("/inbox", kind=kind))["items"]
    return [(push["status"], push["attempt"]) for message in inbox for push in message["pushes"]]


async def test_a_question_is_in_the_chat_at_once_with_its_answers(suite: Notified, slack: Chat):
    await suite.is_asked("slides")
    (text,) = slack.texts()
    assert text.split("\n")[0] == "A word from your partner"
    assert "Ben asks whether you would promise “the slides”" in text
    assert "I promise it: https://tandem.example.org/answer/" in text
    assert "To get no more messages of this kind here: https://tandem.example.org/stop/" in text
    assert slack.paths == [f"/services/{SECRET}"]
    assert slack.got[0]["mrkdwn"] is False
    assert await pushes(suite) == [("delivered", 1)]


async def test_nothing_is_in_the_chat_in_quiet_hours(suite: Notified, slack: Chat):
    await suite.comes(local(0, 22))
    await suite.is_asked("slides")
    assert slack.got == []
    await suite.comes(local(1, 8, 59))
    assert slack.got == []
    await suite.comes(local(1, 12))
    assert [text.split("\n")[0] for text in slack.texts()] == ["What has gathered for you"]


async def test_mail_and_chat_are_both_sent_and_neither_holds_up_the_other(
    suite: Notified, slack: Chat, postbox: Postbox
):
    suite.post.config = mail_config(postbox.port, suite.clock)
    await slack.close()
    await suite.is_asked("slides")
    assert len(postbox.mails) == 1
    assert sorted(await pushes(suite)) == [("delivered", 1), ("failed", 1)]
    await slack.open()
    await suite.comes(local(0, 12))
    assert len(slack.got) == len(postbox.mails) == 1
    assert sorted(await pushes(suite)) == [("delivered", 1), ("delivered", 2)]


async def test_a_chat_that_asks_for_time_is_tried_again_after_it(suite: Notified, slack: Chat):
    slack.answers = ["429 Too Many Requests\r\nRetry-After: 1200", OK]
    await suite.is_asked("slides")
    assert await pushes(suite) == [("failed", 1)]
    await suite.comes(local(0, 10, 19))
    assert len(slack.got) == 1
    await suite.comes(local(0, 10, 21))
    assert await pushes(suite) == [("delivered", 2)]


@pytest.mark.parametrize("answer", ["500 Internal Server Error", "503 Service Unavailable", "408 Request Timeout"])
async def test_a_chat_with_a_fault_is_tried_again(suite: Notified, slack: Chat, answer: str):
    slack.answers = [answer, OK]
    await suite.is_asked("slides")
    assert await pushes(suite) == [("failed", 1)]
    await suite.comes(local(0, 10, 2))
    assert await pushes(suite) == [("delivered", 2)]
    assert (await suite.get("/recipients/me"))["chat"]["refused"] is False


async def test_a_chat_that_hangs_is_uncertain_for_a_reminder_and_asked_again_for_a_question(
    suite: Notified, slack: Chat, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(chat, "PATIENCE", 2.0)
    slack.answers = ["hangs", OK, "hangs", OK]
    await suite.is_asked("slides")
    assert await pushes(suite) == [("failed", 1)]
    await suite.comes(local(0, 12))
    assert await pushes(suite) == [("delivered", 2)]
    await suite.misses_a_promise()
    await suite.comes(local(1, 12))
    assert await pushes(suite, "nudge") == [("uncertain", 1)]


async def test_a_message_that_the_chat_does_not_understand_is_not_repeated_and_the_chat_stays_on(
    suite: Notified, slack: Chat
):
    slack.answers = ["400 Bad Request", OK]
    await suite.is_asked("slides")
    await suite.comes(local(0, 16))
    assert await pushes(suite) == [("failed", 1)]
    await suite.is_asked("notes")
    assert sorted(await pushes(suite)) == [("delivered", 1), ("failed", 1)]


@pytest.mark.parametrize(
    "answer", ["404 Not Found", "403 Forbidden", "410 Gone", "302 Found\r\nLocation: https://127.0.0.1/other"]
)
async def test_a_chat_that_refuses_the_address_gets_nothing_more_and_its_person_is_told_once(
    suite: Notified, slack: Chat, answer: str
):
    slack.answers = [answer, OK]
    await suite.is_asked("slides")
    await suite.is_asked("notes")
    await suite.misses_a_promise()
    await suite.comes(local(2, 12))
    assert len(slack.got) == 1
    told = [each for each in (await suite.get("/inbox"))["items"] if each["kind"] == "news"]
    assert [each["subject"] for each in told] == ["Your chat does not take messages"]
    assert told[0]["text"].startswith("Your chat does not take messages at the address that you gave")
    assert told[0]["pushes"] == []
    choices = await suite.get("/recipients/me")
    assert choices["chat"] == {"service": "slack", "refused": True}
    assert choices["missed"][-1].startswith("Your chat does not take messages")
    assert not any(row["on"] for row in choices["matrix"] if row["channel"] == "chat")
    await chosen(suite, slack.address)
    await suite.is_asked("list")
    assert len(slack.got) == 2


async def test_the_stop_link_stops_that_kind_in_the_chat_only(suite: Notified, slack: Chat, postbox: Postbox):
    suite.post.config = mail_config(postbox.port, suite.clock)
    async with suite.client() as anna:
        body = {"switched_off": [{"kind": "questions", "channel": "chat"}]}
        answer = (await anna.put("/recipients/me", json=body)).json()
    assert answer["missed"] == [
        "Your chat does not tell when a partner asks you something. If you do not look into your inbox in time, most "
        "questions lapse, and another date, a release or the closing of a goal that a partner asks for may count as "
        "agreed."
    ]
    await suite.is_asked("slides")
    assert (len(slack.got), len(postbox.mails)) == (0, 1)
    matrix = (await suite.get("/recipients/me"))["matrix"]
    off = {(row["kind"], row["channel"]) for row in matrix if not row["on"]}
    assert off == {("questions", "chat"), ("invitations", "mail"), ("invitations", "chat")}, "nobody is invited unasked"
    assert len(matrix) == 12
    assert all(row["missed"] for row in matrix)


async def test_the_address_is_a_secret_that_nothing_shows_or_stores_readably(
    suite: Notified, slack: Chat, capsys: pytest.CaptureFixture[str]
):
    slack.answers = ["500 Internal Server Error"]
    await suite.is_asked("slides")
    stored = await suite.store.personal_texts(recipient_id(ANNA))
    assert len(stored) == 1
    shown = json.dumps(await suite.get("/recipients/me")) + json.dumps(await suite.get("/inbox"))
    events = b"".join(record.value or b"" for record in suite.said()).decode()
    told = capsys.readouterr()
    for place in (*stored.values(), shown, events, told.out, told.err):
        assert "SECRET" not in place


async def test_choices_without_the_address_keep_it_and_null_removes_it(suite: Notified, slack: Chat):
    async with suite.client() as anna:
        kept = await anna.put("/recipients/me", json={"ceiling": 3})
        assert kept.json()["missed"] == []
        assert (await anna.get("/recipients/me")).json()["channels"] == ["inbox", "mail", "chat"]
        await anna.put("/recipients/me", json={"chat": None})
        choices = (await anna.get("/recipients/me")).json()
    assert (choices["chat"], choices["channels"]) == (None, ["inbox", "mail"])
    await suite.is_asked("slides")
    assert slack.got == []


async def test_an_address_whose_host_is_not_allowed_is_refused(suite: Notified, slack: Chat):
    async with suite.client() as anna:
        body = {"chat": {"service": "slack", "webhook": "https://intranet.example/T0SECRET"}}
        answer = await anna.put("/recipients/me", json=body)
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1].rsplit(":", 1)[-1]) == (
            422,
            "chat-address-not-allowed",
        )
        assert "SECRET" not in answer.text
        CHAT_HOSTS.use([])
        assert (await anna.put("/recipients/me", json=body)).status_code == 409


async def test_an_address_whose_host_is_no_longer_allowed_gets_nothing(suite: Notified, slack: Chat):
    CHAT_HOSTS.use(["hooks.slack.com"])
    await suite.is_asked("slides")
    assert slack.got == []
    assert (await suite.get("/recipients/me"))["chat"]["refused"] is True


USUAL = ChatHosts(USUAL_HOSTS)


@pytest.mark.parametrize(
    "address",
    [
        "https://hooks.slack.com/services/T0/B0/x",
        "https://prod-12.westeurope.logic.azure.com:443/workflows/a/triggers/manual/paths/invoke?api-version=1&sig=x",
        "https://abc.01.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/x?sig=a%2Fb",
    ],
)
def test_addresses_of_slack_and_of_workflows_are_allowed(address: str):
    assert USUAL.host_of(address) in address


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.slack.com/services/x",
        "https://hooks.slack.com.evil.example/x",
        "https://evil.example/hooks.slack.com",
        "https://hooks.slack.com@evil.example/x",
        "https://evil.example\\@hooks.slack.com/x",
        "https://evil.example#@hooks.slack.com/x",
        "https://hooks.slack.com:8443/x",
        "https://hooks.slack.com/x\r\nHost: evil",
        "https://169.254.169.254/latest",
        "https://[::1]/x",
        "https://logic.azure.com/x",
        "https://evillogic.azure.com.example/x",
        "file:///etc/passwd",
        "hooks.slack.com",
        "",
        "https://hooks.slack.com/" + "x" * 2000,
    ],
)
def test_every_other_address_is_refused(address: str):
    with pytest.raises(NotAllowed):
        USUAL.host_of(address)


def test_a_host_without_encryption_is_allowed_by_its_name_only():
    hosts = ChatHosts(hosts_in("hooks.slack.com, http://127.0.0.1"))
    assert hosts.host_of("http://127.0.0.1:8080/x") == "127.0.0.1"
    for address in ("https://127.0.0.1/x", "http://hooks.slack.com/x", "http://127.0.0.2/x"):
        with pytest.raises(NotAllowed):
            hosts.host_of(address)


@pytest.mark.parametrize("text", ["https://hooks.slack.com", "hooks.slack.com/x", "*", "*.*.com", "a b"])
def test_a_setting_that_names_no_hosts_is_refused(text: str):
    with pytest.raises(ValueError, match="list of hosts"):
        hosts_in(text)


def test_a_text_of_a_partner_has_no_power_in_slack():
    body: Any = for_slack([Line("> <!channel> <https://evil.example|our page> & *bold*"), Line("Open", "https://a/b")])
    assert body["text"] == "&gt; &lt;!channel&gt; &lt;https://evil.example|our page&gt; &amp; *bold*\nOpen: https://a/b"
    assert body["mrkdwn"] is body["unfurl_links"] is body["unfurl_media"] is False


def test_a_card_of_teams_has_the_lines_without_markdown_and_links_of_ours_only():
    body: Any = for_teams([Line("> [our page](https://evil.example)"), Line("Open", "https://a/b")])
    (attachment,) = body["attachments"]
    assert (body["type"], attachment["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    blocks = attachment["content"]["body"]
    assert {block["type"] for block in blocks} == {"RichTextBlock"}
    first, second = (block["inlines"][0] for block in blocks)
    assert first == {"type": "TextRun", "text": "> [our page](https://evil.example)"}
    assert second["selectAction"] == {"type": "Action.OpenUrl", "url": "https://a/b"}


async def answered(slack: Chat, answer: str) -> Result:
    slack.answers = [answer]
    return await ChatClient(CHAT_HOSTS).send("teams", slack.address, [Line("x")])


async def test_a_workflow_of_teams_accepts_with_202(slack: Chat):
    assert await answered(slack, "202 Accepted") == Result("delivered")


@pytest.mark.parametrize(
    ("given", "wait"),
    [
        ("60", timedelta(seconds=60)),
        ("9999999", timedelta(days=1)),
        ("-5", None),
        ("soon", None),
        ("Mon, 02 Feb 2015 08:00:00 GMT", timedelta(0)),
    ],
)
async def test_what_a_chat_asks_for_is_read_with_a_limit(slack: Chat, given: str, wait: timedelta | None):
    assert (await answered(slack, f"429 Too Many\r\nRetry-After: {given}")).retry_after == wait


async def test_a_date_to_wait_for_is_read(slack: Chat):
    answer = await answered(slack, f"503 Later\r\nRetry-After: {format_datetime(wall_in(600), usegmt=True)}")
    assert answer.retry_after is not None
    assert timedelta(minutes=9) < answer.retry_after <= timedelta(minutes=10)


async def test_a_host_that_is_away_is_left_alone_for_a_while(slack: Chat, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(chat, "REST", 60.0)
    client = ChatClient(CHAT_HOSTS)
    await slack.close()
    assert (await client.send("slack", slack.address, [Line("x")])).reason == "unreachable"
    await slack.open()
    assert (await client.send("slack", slack.address, [Line("x")])).reason == "unreachable"
    assert slack.got == []
    assert (await ChatClient(CHAT_HOSTS).send("slack", slack.address, [Line("x")])).outcome == "delivered"
