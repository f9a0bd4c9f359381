"""Signing in with OpenID Connect: the code flow with PKCE, state and nonce (Authlib). Tokens stay in the session.

Sources: OpenID Connect Core 1.0, RFC 7636 (PKCE), RFC 8707 (resource), OpenID Connect RP-Initiated Logout 1.0.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from weakref import WeakValueDictionary

import httpx2
import structlog
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.browser_sessions import BrowserSession, SessionStore
from console.rendering import page_of
from console.settings import ConsoleSettings
from console.visit import language_for, local_path
from eventlog import wall_now

log = structlog.stdlib.get_logger(__name__)

MARGIN: Final = timedelta(seconds=30)
"""A token that ends within this time is refreshed first."""
UNKNOWN_LIFETIME: Final = 300
"""Seconds for which a token is used if the provider does not say how long it is valid."""
AWAY: Final = (httpx2.HTTPError, OSError, KeyError, RuntimeError)
"""How a provider fails that does not answer, or answers with something else."""


@dataclass
class OpenIdSignIn:
    """Signs people in at the issuer of the tokens that the services trust."""

    settings: ConsoleSettings
    sessions: SessionStore
    _client: Any = field(init=False)
    _refreshing: "WeakValueDictionary[str, asyncio.Lock]" = field(
        default_factory=WeakValueDictionary[str, asyncio.Lock], init=False
    )

    def __post_init__(self) -> None:
        secret = self.settings.client_secret
        oauth: Any = OAuth()
        self._client = oauth.register(
            "provider",
            client_id=self.settings.client_id,
            client_secret=None if secret is None else secret.get_secret_value(),
            server_metadata_url=f"{self.settings.token_issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": self.settings.sign_in_scope,
                "code_challenge_method": "S256",
                "token_endpoint_auth_method": "none" if secret is None else "client_secret_basic",
                "timeout": 10,
                "trust_env": False,
            },
        )

    @property
    def routes(self) -> Sequence[Route]:
        """To the provider, back from it, and the end."""
        return (
            Route("/sign-in", self._leave, methods=("GET",)),
            Route("/signed-in", self._come_back, methods=("GET",)),
            Route("/sign-out", self._sign_out, methods=("POST",)),
            Route("/signed-out", self._signed_out, methods=("GET",)),
        )

    async def token(self, session: BrowserSession) -> str | None:
        """The access token of the session, refreshed if it ends soon. One request of a browser refreshes it."""
        if "subject" not in session:
            return None
        if not self._ends_soon(session):
            return session["token"]
        async with self._refreshing.setdefault(session.secret.text, asyncio.Lock()):
            return await self._refreshed(session)

    async def _refreshed(self, session: BrowserSession) -> str | None:
        """Refresh, unless another request of this browser has just done it."""
        newer = await self.sessions.find(session.secret, wall_now())
        if newer is None:
            return None
        session.update(newer[0])
        if not self._ends_soon(session):
            return session["token"]
        if (refresh := session.get("refresh_token")) is None:
            return None if _until(session) <= wall_now() else session["token"]
        try:
            tokens = await self._client.fetch_access_token(
                grant_type="refresh_token", refresh_token=refresh, **self._resource
            )
        except OAuthError as refused:  # the provider has ended its session
            log.info("a session ended at the provider", error=refused.error)
            session.clear()
            return None
        except AWAY as away:
            log.warning("the provider does not answer", error=type(away).__name__)
            return None if _until(session) <= wall_now() else session["token"]
        self._keep(session, tokens)
        await self.sessions.save(session.secret, dict(session), newer[1])
        return session["token"]

    async def _leave(self, request: Request) -> Response:
        """To the provider. The session remembers where the person wanted to go."""
        session: BrowserSession = request.scope["session"]
        session["to"] = local_path(request.query_params.get("to"))
        language = language_for(request)
        try:
            return await self._client.authorize_redirect(
                request, f"{self.settings.public_url}/signed-in", ui_locales=language.tag, **self._resource
            )
        except AWAY as away:
            log.warning("the provider does not answer", error=type(away).__name__)
            return page_of("provider_away.html", language, 503, {"Retry-After": "5"}, {})

    async def _come_back(self, request: Request) -> Response:
        """From the provider, with a code. The browser gets a new session."""
        session: BrowserSession = request.scope["session"]
        language = language_for(request)
        try:
            tokens = await self._client.authorize_access_token(request, **self._resource)
            subject = str(tokens["userinfo"]["sub"])
        except (OAuthError, JoseError, ValueError, TypeError) as refused:
            log.info("a sign-in failed", error=type(refused).__name__, why=str(refused)[:200])
            return page_of("sign_in_failed.html", language, 400, {}, {"to": session.get("to", "/")})
        except AWAY as away:
            log.warning("the provider does not answer", error=type(away).__name__)
            return page_of("provider_away.html", language, 503, {"Retry-After": "5"}, {})
        to, chosen = session.get("to", "/"), session.get("language")
        session.begin_again()
        session["subject"] = subject
        if chosen:
            session["language"] = chosen
        self._keep(session, tokens)
        return RedirectResponse(local_path(to), 303)

    async def _sign_out(self, request: Request) -> Response:
        """Here, and at the provider if it has an address for that."""
        session: BrowserSession = request.scope["session"]
        hint = session.get("id_token")
        session.clear()
        back = f"{self.settings.public_url}/signed-out"
        try:
            left = await self._client.create_logout_url(
                post_logout_redirect_uri=back, id_token_hint=hint, client_id=self.settings.client_id
            )
        except AWAY:
            return RedirectResponse("/signed-out", 303)
        return RedirectResponse(left["url"], 303)

    async def _signed_out(self, request: Request) -> Response:
        return page_of("signed_out.html", language_for(request), 200, {}, {})

    @property
    def _resource(self) -> dict[str, str]:
        return {} if self.settings.sign_in_resource is None else {"resource": self.settings.sign_in_resource}

    def _keep(self, session: BrowserSession, tokens: dict[str, Any]) -> None:
        lifetime = timedelta(seconds=int(tokens.get("expires_in") or UNKNOWN_LIFETIME))
        session.update(token=tokens["access_token"], token_until=(wall_now() + lifetime).isoformat())
        session.update({name: tokens[name] for name in ("refresh_token", "id_token") if name in tokens})

    def _ends_soon(self, session: BrowserSession) -> bool:
        return _until(session) < wall_now() + MARGIN


def _until(session: BrowserSession) -> datetime:
    return datetime.fromisoformat(session["token_until"])
