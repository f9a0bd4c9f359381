"""Admits a request when it has, in this order, a valid token, a complete body, and a slot.

So the process does not wait for a body without a token, and an incomplete body takes no slot.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_kit.http.authentication import CALLER, Caller, caller_of
from service_kit.http.middleware.content_checks import check_address, check_body
from service_kit.http.problems import LARGEST_BODY, Problem, body_too_large, language_of_request, unavailable
from service_kit.languages import ENGLISH, short
from service_kit.server.limits import BODY_SECONDS, RequestSlots, announces_body

if TYPE_CHECKING:
    from service_kit.http.request_context import AppContext

LARGEST_WITHOUT_TOKEN = 4 * 1024
"""Bytes of a body without a valid token, for a page that takes a form with one button."""


class AdmissionMiddleware:
    """Refuses a request with a problem, or passes it on with its body already read.

    ``pages`` are patterns of the addresses that need no token.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        slots: RequestSlots,
        body_seconds: float = BODY_SECONDS,
        pages: Sequence[re.Pattern[str]] = (),
    ) -> None:
        self._app = app
        self._slots = slots
        self._body_seconds = body_seconds
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Nothing happens if the client disconnects before its request is complete."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            check_address(scope)
            scope[CALLER] = caller = await _caller(scope)
            if announces_body(scope):
                body = await self._body(scope, caller, receive)
                if body is None:
                    return
                check_body(body)
                receive = _once(body, receive)
            if not self._slots.take():
                raise _too_busy()
        except Problem as problem:
            await problem.response(language_of_request(scope) or ENGLISH)(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._slots.release()

    async def _body(self, scope: Scope, caller: Caller | Problem, receive: Receive) -> bytes | None:
        most = LARGEST_BODY
        if isinstance(caller, Problem):
            if not any(page.match(scope["path"]) for page in self._pages):
                raise caller
            most = LARGEST_WITHOUT_TOKEN
        try:
            async with asyncio.timeout(self._body_seconds):
                return await _read_body(scope, receive, most)
        except TimeoutError:
            raise _too_slow(self._body_seconds) from None


async def _caller(scope: Scope) -> Caller | Problem:
    """The caller, whose request is counted; or the problem with the token, which pages ignore."""
    app_context: AppContext = scope["app"].state.app_context
    try:
        caller = await caller_of(Request(scope), app_context.access)
        if app_context.limits is not None:
            app_context.limits.count_request(caller)
    except Problem as problem:
        return problem
    return caller


async def _read_body(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """The body; None if the client has disconnected. Raises the 413 problem as soon as the body is too large."""
    length = dict[bytes, bytes](scope["headers"]).get(b"content-length", b"")
    if length.isdigit() and int(length[:20]) > most:
        raise body_too_large(most)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > most:
            raise body_too_large(most)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _once(body: bytes, receive: Receive) -> Receive:
    given = False

    async def receive_body() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_body


def _too_busy() -> Problem:
    return unavailable("too-busy", "This process is overloaded. Send it again, with the same key.")


def _too_slow(seconds: float) -> Problem:
    detail = "The body did not arrive within {seconds} s. Send it again, with the same key."
    return Problem(408, "request-timeout", detail, values={"seconds": short(seconds)})
