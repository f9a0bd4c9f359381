"""Headers that every answer has, so that browsers and proxies neither keep, frame nor run it.

Sources: RFC 9111 (no-store), the Fetch standard (nosniff), Content Security Policy Level 3, RFC 7034 (frame options).
"""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256

from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""Answers are data: nothing is loaded, run, sent or framed. A page has its own policy."""

PROTECTIVE: Mapping[bytes, bytes] = {
    b"cache-control": b"no-store",
    b"content-security-policy": POLICY.encode(),
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}


class SecurityHeadersMiddleware:
    """Adds the headers that an answer does not have itself."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                own: list[tuple[bytes, bytes]] = [*message.get("headers", ())]
                names = {name for name, _ in own}
                message["headers"] = [*own, *(pair for pair in PROTECTIVE.items() if pair[0] not in names)]
            await send(message)

        await self._app(scope, receive, answer)


def source_of(inline: str) -> str:
    """The source expression of an inline script or style: its hash."""
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"


def policy_of_page(*, script: str = "", style: str = "", more: str = "") -> str:
    """The policy of a page that has only this inline script and style; ``more`` are further directives."""
    scripts = f"; script-src {source_of(script)}" if script else ""
    return f"default-src 'none'{scripts}; style-src {source_of(style)}; base-uri 'none'; frame-ancestors 'none'{more}"
