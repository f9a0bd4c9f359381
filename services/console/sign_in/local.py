"""Signing in from a list of people, with one click and no password: for local runs with the local issuer alone."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from console.browsers.sessions import BrowserSession
from console.rendering import page_of
from console.visit import language_for, local_path
from eventlog import wall_now
from service_kit.authentication.local_issuer import LocalIssuer

LIFETIME: Final = timedelta(minutes=30)
MARGIN: Final = timedelta(minutes=5)


@dataclass
class LocalSignIn:
    """Makes tokens itself, with the key of the local issuer."""

    folder: Path
    people: Path | None

    @property
    def routes(self) -> Sequence[Route]:
        """The list, the click, and the end."""
        return (
            Route("/sign-in", self._ask, methods=("GET",)),
            Route("/sign-in", self._sign_in, methods=("POST",)),
            Route("/sign-out", self._sign_out, methods=("POST",)),
        )

    async def token(self, session: BrowserSession) -> str | None:
        """A token of half an hour, made again before it ends."""
        subject = session.get("subject")
        if subject is None:
            return None
        if datetime.fromisoformat(session["token_until"]) < wall_now() + MARGIN:
            self._begin(session, subject)
        return session["token"]

    async def _ask(self, request: Request) -> Response:
        only = request.query_params.get("as")
        people = [each for each in self._listed() if only in (None, each["login"])]
        content = {"people": people, "any": self.people is None, "to": local_path(request.query_params.get("to"))}
        return page_of("sign_in_local.html", language_for(request), 200, {}, content)

    async def _sign_in(self, request: Request) -> Response:
        form = await request.form()
        given = str(form.get("login") or "").strip()
        login = next((each for each in self._listed() if each["login"] == given), None)
        if self.people is None and given:
            login = {"login": given}
        if login is None:
            return RedirectResponse("/sign-in", 303)
        session: BrowserSession = request.scope["session"]
        session.begin_again()
        self._begin(session, login["login"], login.get("scope", ""))
        return RedirectResponse(local_path(str(form.get("to") or "")), 303)

    async def _sign_out(self, request: Request) -> Response:
        request.scope["session"].end()
        return RedirectResponse("/", 303)

    def _begin(self, session: BrowserSession, subject: str, scope: str | None = None) -> None:
        scope = str(session.get("scope", "")) if scope is None else scope
        token = self._signer.token(subject, scope.split(), LIFETIME)
        until = (wall_now() + LIFETIME).isoformat()
        session |= {"subject": subject, "scope": scope, "token": token, "token_until": until}

    @cached_property
    def _signer(self) -> LocalIssuer:
        return LocalIssuer.kept(self.folder / "private" / "key.pem")

    def _listed(self) -> Sequence[Mapping[str, str]]:
        """The people of the file, which may be written while the console runs: nobody while it is not there."""
        return () if self.people is None or not self.people.exists() else json.loads(self.people.read_text("utf-8"))
