"""The application of the console: its pages, and what every request passes on the way to them."""

from contextlib import suppress
from datetime import timedelta

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from console import passing_on
from console.acting import actions
from console.acting.forms import LARGEST
from console.browsers.body_limit import BodyLimitMiddleware
from console.browsers.csrf import CsrfMiddleware
from console.browsers.sessions import Cookie, SessionMiddleware, SessionStore
from console.context import ConsoleContext
from console.live import following
from console.pages import PAGES
from console.rendering import page_of
from console.visit import begin, language_for, local_path, page
from eventlog.stores import StoreUnavailable
from service_kit.languages import LANGUAGES

FOR_A_YEAR = "public, max-age=31536000, immutable"
WITHOUT_SESSION = ("/api/", "/stop/")
"""Where the caller brings a token, or the address itself says who may: no cookie is used."""


def console_app(context: ConsoleContext, sessions: SessionStore) -> Starlette:
    """The application."""
    settings = context.settings
    app = Starlette(
        routes=[
            *(Route(path, page(function), methods=("GET",)) for path, function in PAGES.items()),
            *actions.routes,
            *following.routes,
            *passing_on.routes,
            *context.sign_in.routes,
            Route("/language", _choose_language, methods=("POST",)),
            Mount("/static", _Static(packages=[("console", "static")])),
        ],
        middleware=[
            Middleware(
                SessionMiddleware,
                store=sessions,
                cookie=Cookie("tandem", settings.is_secure),
                lifetime=timedelta(hours=settings.sign_in_hours),
                away=_without_database,
                in_background=("/live",),
            ),
            Middleware(CsrfMiddleware, origin=settings.public_url, without_session=WITHOUT_SESSION),
            Middleware(BodyLimitMiddleware, most=LARGEST),
        ],
        exception_handlers={
            404: _not_there,
            405: _not_there,
            413: _too_large,
            StoreUnavailable: _away,
            Exception: _broken,
        },
    )
    app.state.context = context
    return app


class _Static(StaticFiles):
    """Files of the package. Those whose name has their version never change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = FOR_A_YEAR if path.startswith("vendor/") else "no-cache"
        return answer


async def _choose_language(request: Request) -> Response:
    form = await request.form()
    if form.get("language") in LANGUAGES:
        request.scope["session"]["language"] = form["language"]
    return RedirectResponse(local_path(str(form.get("to") or "")), 303)


async def _not_there(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    return await _plain(request, "not_there.html", status)


async def _too_large(request: Request, error: Exception) -> Response:
    return await _plain(request, "too_large.html", 413)


async def _away(request: Request, error: Exception) -> Response:
    return page_of("away.html", language_for(request), 503, {"Retry-After": "5"}, {})


async def _without_database(scope: Scope, receive: Receive, send: Send) -> None:
    request = Request(scope)
    await (await _away(request, StoreUnavailable()))(scope, receive, send)


async def _broken(request: Request, error: Exception) -> Response:
    return page_of("broken.html", language_for(request), 500, {}, {})


async def _plain(request: Request, template: str, status: int) -> Response:
    """A page that says what is wrong, with the menu if somebody is signed in."""
    with suppress(StoreUnavailable):
        visit = await begin(request)
        if visit is not None:
            await visit.read()
            return visit.show(template, status)
    return page_of(template, language_for(request), status, {}, {})
