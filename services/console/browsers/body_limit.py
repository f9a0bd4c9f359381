"""A body that is too large is refused with a page."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READ_TO_THE_END: Final = 20_000_000
"""So many bytes are read, and thrown away: a browser shows the answer only after it has sent all."""


class BodyLimitMiddleware:
    """Raises 413 for a body of more than ``most`` bytes.

    The one of Starlette answers in plain text, in place of the page of the application.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app = app
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it pass, and count."""
        size = 0

        async def limited() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._most:
                while message.get("more_body") and size <= READ_TO_THE_END:
                    message = await receive()
                    size += len(message.get("body", b""))
                raise HTTPException(413)
            return message

        await self._app(scope, limited if scope["type"] == "http" else receive, send)
