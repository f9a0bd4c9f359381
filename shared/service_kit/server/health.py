"""/health/live, /health/ready and /metrics for an orchestrator. Plain ASGI, so that a worker needs nothing more."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Receive, Scope, Send

from service_kit.server.problem_details import MEDIA_TYPE, details

Check = Callable[[], Awaitable[None]]
"""Returns if all is well, and raises otherwise."""

CHECK_SECONDS = 3.0
"""A check that takes longer has failed."""


class NotReady(Exception):
    """Why a check fails. Every caller may read the text, so it holds no secret and nothing that people wrote."""


class Health:
    """Answers for one process. The process is ready if every named check passes."""

    def __init__(self, app: ASGIApp | None, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Other addresses go to the application; without one they are not found."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not (path.startswith("/health/") or path == "/metrics"):
            if self._app is not None:
                await self._app(scope, receive, send)
            elif scope["type"] == "http":
                await _refuse(send, 404, "not-found", "There is nothing at this address.")
            return
        if scope["method"] not in ("GET", "HEAD"):
            detail = "This address does not take that method. It takes: GET, HEAD."
            await _refuse(send, 405, "method-not-allowed", detail, (b"allow", b"GET, HEAD"))
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
        """The checks that fail now, each with its reason; the reason is empty where it is not shown."""
        reasons = await asyncio.gather(*(_failure(check) for check in self._checks.values()))
        return {name: why for name, why in zip(self._checks, reasons, strict=True) if why is not None}


async def _failure(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            await check()
    except NotReady as why:
        return str(why)
    except Exception:  # any other exception means the same: not ready
        return ""
    return None


async def _refuse(send: Send, status: int, type: str, detail: str, *headers: tuple[bytes, bytes]) -> None:
    await _answer(send, status, json.dumps(details(status, type, detail)).encode(), MEDIA_TYPE, *headers)


async def _answer(
    send: Send, status: int, body: bytes, media: str = "application/json", *headers: tuple[bytes, bytes]
) -> None:
    own = [(b"content-type", media.encode()), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": own})
    await send({"type": "http.response.body", "body": body})
