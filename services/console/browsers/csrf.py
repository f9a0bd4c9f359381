"""Forms of other sites change nothing: a POST with a session comes from a page of the console, or is refused.

Browsers say where a request comes from: ``Sec-Fetch-Site`` (Fetch Metadata), and ``Origin``. Chrome calls a start from
the home screen ``cross-site``, so ``Origin`` decides where the first says no.
"""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from console.rendering import page_of
from console.visit import language_for

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfMiddleware:
    """Refuses a change that does not come from a page of ``origin``. ``without_session`` need no protection."""

    def __init__(self, app: ASGIApp, origin: str, without_session: tuple[str, ...]) -> None:
        self._app = app
        self._origin = origin
        self._without_session = without_session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and scope["method"] not in SAFE:
            request = Request(scope)
            if not scope["path"].startswith(self._without_session) and not self._is_ours(request.headers):
                await page_of("forged.html", language_for(request), 403, {}, {})(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _is_ours(self, headers: Mapping[str, str]) -> bool:
        return headers.get("sec-fetch-site") == "same-origin" or headers.get("origin") == self._origin
