"""The HTTP application of a service: its routes inside what all services have in common."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from starlette.routing import Route

from eventlog import Clock
from eventlog.service import ServiceContext
from service_kit.http.authentication import TokenReader
from service_kit.http.middleware.admission import AdmissionMiddleware
from service_kit.http.middleware.observability import ObservabilityMiddleware
from service_kit.http.middleware.rate_limits import RateLimits
from service_kit.http.openapi.document import described, operation_id
from service_kit.http.problems import EXPECTED, answer
from service_kit.http.request_context import AppContext
from service_kit.observability.lag_monitor import LagMonitor
from service_kit.observability.tracing import TracingMiddleware
from service_kit.operations.dead_letters_api import routes as dead_letter_routes
from service_kit.operations.idle import idle_routes
from service_kit.process.people import People
from service_kit.server.client_limits import ClientLimits
from service_kit.server.health import Check, Health
from service_kit.server.request_slots import RequestSlots
from service_kit.server.security_headers import SecurityHeadersMiddleware, policy_of_page

_ONE_OF_A_KIND = re.compile(r"[^{}]*/\{([a-z_]+)\}")


def http_app(
    service_context: ServiceContext,
    clock: Clock,
    people: People,
    access: TokenReader,
    routers: Sequence[APIRouter],
    *,
    watch: LagMonitor | None = None,
    title: str = "",
    description: str = "",
    checks: Mapping[str, Check] | None = None,
    limits: RateLimits | None = None,
    pages: Sequence[APIRouter] = (),
    problems: Collection[str] = (),
    places: RequestSlots | None = None,
    patience: ClientLimits | None = None,
    probes: bool = True,
) -> FastAPI:
    """The application. ``watch`` looks at the broker for /ops/idle, which is left out without it.

    Without ``probes`` it tells nothing of its health and no figures: then another server of the process does.
    ``pages`` need no token and stand in no document. ``problems`` are the types of the service's own refusals.
    """
    app = api(
        routers,
        watch=watch,
        title=title or service_context.service.name,
        description=description,
        checks=checks,
        problems=problems,
        pages=pages,
        places=places,
        patience=patience,
        probes=probes,
    )
    app.state.app_context = AppContext(
        service_context=service_context,
        clock=clock,
        people=people,
        access=access,
        addresses=_addresses(routers),
        limits=limits,
    )
    return app


def api(
    routers: Sequence[APIRouter],
    *,
    watch: LagMonitor | None,
    title: str,
    description: str,
    checks: Mapping[str, Check] | None = None,
    problems: Collection[str] = (),
    pages: Sequence[APIRouter] = (),
    places: RequestSlots | None = None,
    patience: ClientLimits | None = None,
    probes: bool = True,
) -> FastAPI:
    """The application without anything behind it: enough for its OpenAPI document."""
    # The framework's own page loads its program from elsewhere; this one needs nobody.
    app = FastAPI(
        title=title, description=description, docs_url=None, redoc_url=None, generate_unique_id_function=operation_id
    )
    app.add_api_route("/docs", _page, methods=["GET"], include_in_schema=False, response_class=HTMLResponse)
    for router in routers:
        app.include_router(router)
    app.include_router(dead_letter_routes)
    if watch is not None:
        app.include_router(idle_routes(watch))
    shown = [route for page in pages for route in page.routes if isinstance(route, APIRoute)]
    app.state.undocumented = [*(route for route in app.routes if isinstance(route, Route)), *shown]
    for page in pages:
        app.include_router(page, include_in_schema=False)
    for expected in EXPECTED:
        app.add_exception_handler(expected, answer)
    # The last one added is the outermost.
    app.add_middleware(
        AdmissionMiddleware,
        places=places or RequestSlots(),
        body_seconds=(patience or ClientLimits()).body_seconds,
        pages=[route.path_regex for route in shown],
    )
    app.add_middleware(ObservabilityMiddleware)
    if probes:
        app.add_middleware(Health, checks=checks or {})
    app.add_middleware(TracingMiddleware)
    app.add_middleware(SecurityHeadersMiddleware)
    described(app, problems)
    return app


async def _page() -> HTMLResponse:
    text, policy = _read_page()
    return HTMLResponse(text, headers={"Content-Security-Policy": policy})


@cache
def _read_page() -> tuple[str, str]:
    """The page, and its policy: it runs its own script, which asks its own service."""
    text = (files("service_kit") / "docs.html").read_text("utf-8")
    script, style = (text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0] for tag in ("script", "style"))
    return text, policy_of_page(script=script, style=style, more="; connect-src 'self'; form-action 'none'")


def _addresses(routers: Iterable[APIRouter]) -> Mapping[str, str]:
    """For each kind, the address that shows one: the GET whose only parameter is its last part, named after it."""
    found: dict[str, str] = {}
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                named = _ONE_OF_A_KIND.fullmatch(route.path)
                if named is not None:
                    kind = named[1].replace("_", "-")
                    found.setdefault(kind, route.path.replace(f"{{{named[1]}}}", "{}"))
    return found
