"""Signing in with OpenID Connect: the code flow with PKCE, state and nonce (Authlib). Tokens stay in the session.

The ways to the provider begin with a page that leads there by itself. A redirect would not do: where a form led to it,
Chrome applies ``form-action`` of the form's page to every address on the way.

Sources: OpenID Connect Core 1.0, RFC 7636 (PKCE), RFC 8707 (resource), OpenID Connect RP-Initiated Logout 1.0.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import httpx2
import structlog
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.starlette_client import OAuth
from joserfc.errors import JoseError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.browsers.sessions import BrowserSession, SessionStore
from console.rendering import page_of
from console.settings import ConsoleSettings
from console.visit import language_for, local_path
from eventlog import wall_now

log = structlog.stdlib.get_logger(__name__)

MARGIN: Final = timedelta(seconds=30)
"""A token that ends within this time is refreshed first."""
UNKNOWN_LIFETIME: Final = 300
"""Seconds for which a token is used if the provider does not say how long it is valid."""
REFRESHING: Final = timedelta(seconds=15)
"""For this time one request alone may refresh the tokens of a session."""
FOR_A_WHILE: Final = ("temporarily_unavailable", "server_error", "slow_down")
"""Errors that do not mean that the provider has ended its session."""
PAUSE: Final = 0.1
PAUSES: Final = 100
"""How often a request without a valid token looks whether another one has refreshed it, and the seconds in between."""
AWAY: Final = (httpx2.HTTPError, OSError, KeyError, RuntimeError, ValueError)
"""How a provider fails that does not answer, or answers with something else."""


@dataclass
class OpenIdSignIn:
    """Signs people in at the issuer of the tokens that the services trust."""

    settings: ConsoleSettings
    sessions: SessionStore
    _client: Any = field(init=False)

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
            Route("/sign-out", self._sign_out_there, methods=("GET",)),
            Route("/signed-out", self._signed_out, methods=("GET",)),
        )

    async def token(self, session: BrowserSession) -> str | None:
        """The access token of the session, refreshed if it ends soon.

        One request of a browser refreshes it, also if several processes have one: a provider that rotates refresh
        tokens ends the session of a browser that sends one twice. The others use the old token while it is valid.
        """
        for _ in range(PAUSES):
            if "subject" not in session:
                return None
            if not self._ends_soon(session):
                return session["token"]
            if "refresh_token" in session and await self.sessions.lease(session.secret, wall_now(), REFRESHING):
                return await self._refreshed(session)
            if _until(session) > wall_now():
                return session["token"]
            if "refresh_token" not in session:
                return None
            await asyncio.sleep(PAUSE)
            await self._reload(session)
        return None

    async def _reload(self, session: BrowserSession) -> None:
        newer = await self.sessions.find(session.secret, wall_now())
        if newer is None:
            session.clear()
        else:
            session.rebase(newer)

    async def _refreshed(self, session: BrowserSession) -> str | None:
        """Refresh, unless another request of this browser has just done it."""
        await self._reload(session)
        if "subject" in session and self._ends_soon(session):
            await self._refresh(session)
        await self.sessions.release(session.secret)
        return session["token"] if "subject" in session and _until(session) > wall_now() else None

    async def _refresh(self, session: BrowserSession) -> None:
        try:
            tokens = await self._client.fetch_access_token(
                grant_type="refresh_token",
                refresh_token=session["refresh_token"],
                scope=None,  # what was granted, which may be less than what was asked for (RFC 6749, section 6)
                **self._resource,
            )
        except OAuthError as refused:
            log.info("the provider refreshes no token", error=refused.error)
            if refused.error not in FOR_A_WHILE:  # the provider has ended its session
                session.clear()
        except AWAY as away:
            log.warning("the provider does not answer", error=type(away).__name__)
        else:
            self._keep(session, tokens)
            await self._save(session)

    async def _save(self, session: BrowserSession) -> None:
        """Save new tokens before they are used: the old ones are worth nothing any more."""
        while session.known is not None:
            stored = replace(session.known, content=dict(session))
            if await self.sessions.replace(session.secret, stored):
                session.known = replace(stored, version=stored.version + 1)
                return
            await self._reload(session)

    async def _leave(self, request: Request) -> Response:
        """To the provider. The session remembers where the person wanted to go."""
        session: BrowserSession = request.scope["session"]
        session["to"] = local_path(request.query_params.get("to"))
        language = language_for(request)
        self._client.server_metadata.pop(
            "_loaded_at", None
        )  # read again, so that nobody is led to a place that is away
        try:
            led = await self._client.authorize_redirect(
                request, f"{self.settings.public_url}/signed-in", ui_locales=language.tag, **self._resource
            )
        except AWAY as away:
            log.warning("the provider does not answer", error=type(away).__name__)
            return page_of("provider_away.html", language, 503, {"Retry-After": "5"}, {"to": session["to"]})
        return page_of("leaving.html", language, 200, {}, {"address": led.headers["location"]})

    async def _come_back(self, request: Request) -> Response:
        """From the provider, with a code. The browser gets a new session."""
        session: BrowserSession = request.scope["session"]
        language = language_for(request)
        try:
            tokens = await self._client.authorize_access_token(request, **self._resource)
            subject = str(tokens["userinfo"]["sub"])
        except (OAuthError, JoseError) as refused:
            log.info("a sign-in failed", error=type(refused).__name__, why=str(refused)[:200])
            return page_of("sign_in_failed.html", language, 400, {}, {"to": session.get("to", "/")})
        except AWAY as away:
            log.warning("the provider does not answer", error=type(away).__name__)
            return page_of("provider_away.html", language, 503, {"Retry-After": "5"}, {})
        to = session.get("to", "/")
        session.begin_again()
        session["subject"] = subject
        self._keep(session, tokens)
        return RedirectResponse(local_path(to), 303)

    async def _sign_out(self, request: Request) -> Response:
        """Here. A page then leads to the provider; the new session has nothing but the hint for it."""
        session: BrowserSession = request.scope["session"]
        hint = session.get("id_token")
        session.begin_again()
        if hint:
            session["hint"] = hint
        return page_of("leaving.html", language_for(request), 200, {}, {"address": "/sign-out"})

    async def _sign_out_there(self, request: Request) -> Response:
        """At the provider, if it has an address for that. The hint, an ID token, is in this one address."""
        session: BrowserSession = request.scope["session"]
        back, hint = f"{self.settings.public_url}/signed-out", session.pop("hint", None)
        if hint is None:
            return RedirectResponse("/signed-out", 303)
        try:
            led = await self._client.create_logout_url(
                post_logout_redirect_uri=back, id_token_hint=hint, client_id=self.settings.client_id
            )
        except AWAY:
            return RedirectResponse("/signed-out", 303)
        return RedirectResponse(led["url"], 303)

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
