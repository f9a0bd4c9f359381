"""What an orchestrator asks: /health/live, /health/ready, /metrics. Plain ASGI, so that a worker needs no more."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Receive, Scope, Send

from service_kit.server.problem_details import MEDIA_TYPE, details

Check = Callable[[], Awaitable[None]]
"""Returns if all is well; raises whatever says what is not."""

PATIENCE = 3.0
"""Seconds after which a check that has not answered counts as failed."""


class NotReady(Exception):
    """Why a check does not pass: said to whoever asks, so without secrets or words of people."""


class Health:
    """Answers for one process: it lives while it answers, and is ready when every named check passes."""

    def __init__(self, beyond: ASGIApp | None, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._beyond = beyond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request; any other address goes to the application beyond, or is not found."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path.startswith("/health/") or path == "/metrics"):
            if self._beyond is not None:
                await self._beyond(scope, receive, send)
            elif scope["type"] == "http":
                await _refuse(send, 404, "not-found", "There is nothing at this address.")
            return
        if scope["method"] not in ("GET", "HEAD"):
            told = "This address does not take that method. It takes: GET, HEAD."
            await _refuse(send, 405, "method-not-allowed", told, (b"allow", b"GET, HEAD"))
        elif path == "/health/live":
            await _answer(send, 200, b'{"status":"live"}')
        elif path == "/health/ready":
            failures = await self.failures()
            why = {name: reason for name, reason in failures.items() if reason}
            body = {"status": "not ready" if failures else "ready", "waiting_for": [*failures], "why": why}
            await _answer(send, 503 if failures else 200, json.dumps(body).encode())
        elif path == "/metrics":
            await _answer(send, 200, generate_latest(), CONTENT_TYPE_LATEST)
        else:
            await _refuse(send, 404, "not-found", "There are /health/live, /health/ready and /metrics.")

    async def failures(self) -> Mapping[str, str]:
        """The checks that do not pass now, and why, where that is told."""
        reasons = await asyncio.gather(*(_failure(check) for check in self._checks.values()))
        return {name: why for name, why in zip(self._checks, reasons, strict=True) if why is not None}


async def _failure(check: Check) -> str | None:
    try:
        async with asyncio.timeout(PATIENCE):
            await check()
    except NotReady as why:
        return str(why)
    except Exception:  # whatever it raises says the same: not ready
        return ""
    return None


async def _refuse(send: Send, status: int, type: str, detail: str, *more: tuple[bytes, bytes]) -> None:
    await _answer(send, status, json.dumps(details(status, type, detail)).encode(), MEDIA_TYPE, *more)


async def _answer(
    send: Send, status: int, body: bytes, media: str = "application/json", *more: tuple[bytes, bytes]
) -> None:
    headers = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
