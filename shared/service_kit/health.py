"""What an orchestrator asks: /health/live, /health/ready, /metrics. Plain ASGI, so that a worker needs no more."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Receive, Scope, Send

Check = Callable[[], Awaitable[None]]
"""Returns if all is well; raises whatever says what is not."""

PATIENCE = 3.0
"""Seconds after which a check that has not answered counts as failed."""


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
                await _answer(send, 404, b"{}")
            return
        if path == "/health/live":
            await _answer(send, 200, b'{"status":"live"}')
        elif path == "/health/ready":
            failures = await self.failures()
            body = {"status": "not ready" if failures else "ready", "waiting_for": failures}
            await _answer(send, 503 if failures else 200, json.dumps(body).encode())
        elif path == "/metrics":
            await _answer(send, 200, generate_latest(), CONTENT_TYPE_LATEST)
        else:
            await _answer(send, 404, b"{}")

    async def failures(self) -> Sequence[str]:
        """The names of the checks that do not pass now."""
        passed = await asyncio.gather(*(_passes(check) for check in self._checks.values()))
        return [name for name, well in zip(self._checks, passed, strict=True) if not well]


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            await check()
    except Exception:  # whatever it raises says the same: not ready
        return False
    return True


async def _answer(send: Send, status: int, body: bytes, media: str = "application/json") -> None:
    headers = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
