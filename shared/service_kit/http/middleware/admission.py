"""What a request needs before it is answered: a valid token, then a whole body, then a place. In this order.

So an unfinished body without a token is not waited for, and no unfinished body keeps a place from others.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service_kit.http.authentication import CALLER, Caller, caller_of
from service_kit.http.middleware.content_checks import check_address, check_body
from service_kit.http.problems import LARGEST_BODY, Problem, body_too_large, unavailable
from service_kit.server.client_limits import BODY_SECONDS, announces_body
from service_kit.server.request_slots import RequestSlots

if TYPE_CHECKING:
    from service_kit.http.request_context import AppContext

LARGEST_WITHOUT_TOKEN = 4 * 1024
"""Bytes of a body that comes without a valid token, to a page that takes one: a form with one button."""


class AdmissionMiddleware:
    """Answers requests that may not come in with a problem; hands the others on, their body already read.

    ``pages`` are the patterns of the addresses that need no token.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        places: RequestSlots,
        body_seconds: float = BODY_SECONDS,
        pages: Sequence[re.Pattern[str]] = (),
    ) -> None:
        self._app = app
        self._places = places
        self._body_seconds = body_seconds
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. A client that goes away before its request is whole gets no answer, and nothing is done."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            check_address(scope)
            scope[CALLER] = told = await _who_asks(scope)
            if announces_body(scope):
                body = await self._body(scope, told, receive)
                if body is None:
                    return
                check_body(body)
                receive = _once(body, receive)
            if not self._places.take():
                raise _too_busy()
        except Problem as problem:
            await problem.response()(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        finally:
            self._places.give_back()

    async def _body(self, scope: Scope, told: Caller | Problem, receive: Receive) -> bytes | None:
        most = LARGEST_BODY
        if isinstance(told, Problem):
            if not any(page.match(scope["path"]) for page in self._pages):
                raise told
            most = LARGEST_WITHOUT_TOKEN
        try:
            async with asyncio.timeout(self._body_seconds):
                return await _whole_body(scope, receive, most)
        except TimeoutError:
            raise _too_slow(self._body_seconds) from None


async def _who_asks(scope: Scope) -> Caller | Problem:
    """The caller, counted; or the problem with their token, for whoever needs to know who asks."""
    app_context: AppContext = scope["app"].state.app_context
    try:
        caller = await caller_of(Request(scope), app_context.access)
        if app_context.limits is not None:
            app_context.limits.let_pass(caller)
    except Problem as problem:
        return problem
    return caller


async def _whole_body(scope: Scope, receive: Receive, most: int) -> bytes | None:
    """The body, None if its sender has gone; raises the 413 problem as soon as it is known to be too large."""
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
    return unavailable("too-busy", "This process has more to do than it can. Send it again, with the same key.")


def _too_slow(seconds: float) -> Problem:
    detail = f"The body did not come within {seconds:g} s. Send it again, with the same key."
    return Problem(408, "request-timeout", detail)
