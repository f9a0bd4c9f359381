"""How people sign in: at the OpenID provider of the company or, in local runs, from a list."""

from collections.abc import Sequence
from typing import Protocol

from starlette.routing import Route

from console.browsers.sessions import BrowserSession


class SignIn(Protocol):
    """A way to sign in. ``session["subject"]`` is set while somebody is signed in."""

    @property
    def routes(self) -> Sequence[Route]:
        """``/sign-in`` and what belongs to it, and ``POST /sign-out``."""
        ...

    async def token(self, session: BrowserSession) -> str | None:
        """An access token that is valid for a while; None if nobody is signed in, or not any more."""
        ...


__all__ = ["SignIn"]
