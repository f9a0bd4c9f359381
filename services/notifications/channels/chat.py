"""Chat over HTTPS: an incoming webhook of Slack, and a workflow of Teams. Each is a form of the same lines."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

from coaching_events.events.recipient import ChatService
from eventlog import EPOCH, wall_in, wall_now
from notifications.channels.chat_hosts import ChatHosts, NotAllowed
from notifications.channels.letters import Line
from notifications.channels.results import Result

PATIENCE: Final = 10.0
"""Seconds for a whole attempt."""
REST: Final = 15.0
"""Seconds without a new attempt after a host could not be reached, so that it delays nothing else."""
LONGEST_RETRY_AFTER: Final = timedelta(days=1)

GONE: Final = frozenset({401, 403, 404, 410})
"""The address is revoked, unknown or archived: another message would be refused, too."""
LATER: Final = frozenset({408, 425, 429})

Json = Mapping[str, object]


def for_slack(lines: Sequence[Line]) -> Json:
    """The body for an incoming webhook of Slack. Its control sequences begin with ``<``, so that is escaped.

    With ``mrkdwn`` off a partner's text has no formatting, and no preview of a link is fetched.
    """
    said = [line.text if line.page is None else f"{line.text}: {line.page}" for line in lines]
    text = "\n".join(said).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": text, "mrkdwn": False, "unfurl_links": False, "unfurl_media": False}


def for_teams(lines: Sequence[Line]) -> Json:
    """The body for a workflow of Teams: an adaptive card. A text run has no Markdown, so nothing of a partner's text
    becomes a link.
    """
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": {
                    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                    "type": "AdaptiveCard",
                    "version": "1.4",
                    "body": [{"type": "RichTextBlock", "inlines": [_run(line)]} for line in lines],
                },
            }
        ],
    }


def _run(line: Line) -> Json:
    run = {"type": "TextRun", "text": line.text}
    if line.page is None:
        return run
    return {**run, "selectAction": {"type": "Action.OpenUrl", "url": line.page}}


FORMS: Final[Mapping[ChatService, Callable[[Sequence[Line]], Json]]] = {"slack": for_slack, "teams": for_teams}


@dataclass
class ChatClient:
    """Sends to web addresses of allowed hosts. It follows no redirect and reads no body of an answer."""

    hosts: ChatHosts
    _rests_until: dict[str, datetime] = field(default_factory=dict[str, datetime])

    async def send(self, service: ChatService, address: str, lines: Sequence[Line]) -> Result:
        """Try once to send a message."""
        try:
            host = self.hosts.host_of(address)
        except NotAllowed:
            return Result("refused", "host-not-allowed", "host-not-allowed")
        if wall_now() < self._rests_until.get(host, EPOCH):
            return Result("failed", "unreachable")
        try:
            async with (
                asyncio.timeout(PATIENCE),
                httpx2.AsyncClient(timeout=PATIENCE) as client,
                client.stream("POST", address, json=FORMS[service](lines)) as answer,
            ):
                return _result(answer)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError):
            self._rests_until[host] = wall_in(REST)
            return Result("failed", "unreachable")
        except (httpx2.HTTPError, TimeoutError):
            return Result("cut-off", "connection-lost")


def _result(answer: httpx2.Response) -> Result:
    status = answer.status_code
    reason = f"http-{status}"
    if answer.is_success:
        return Result("delivered")
    if status >= 500 or status in LATER:
        return Result("failed", reason, retry_after=_retry_after(answer.headers.get("Retry-After")))
    if status in GONE or answer.is_redirect:
        return Result("refused", reason, reason)
    return Result("refused", reason)


def _retry_after(given: str | None) -> timedelta | None:
    """The time to wait of a Retry-After header (RFC 9110, section 10.2.3): seconds, or a date."""
    if given is None:
        return None
    wait = timedelta(seconds=int(given)) if given.isascii() and given.isdigit() and len(given) < 8 else None
    if wait is None:
        with suppress(ValueError, TypeError):
            date = parsedate_to_datetime(given)
            wait = (date if date.tzinfo else date.replace(tzinfo=UTC)) - wall_now()
    return None if wait is None else min(max(wait, timedelta(0)), LONGEST_RETRY_AFTER)
