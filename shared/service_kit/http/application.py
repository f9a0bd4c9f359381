"""The HTTP application of a service: its routes, with the middleware and routes that all services share."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from starlette.routing import Route

from eventlog import Clock
from eventlog.service import ServiceContext
from service_kit.http.authentication import TokenReader
from service_kit.http.invalid_requests import answer_invalid
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
from service_kit.server.health import Check, Health
from service_kit.server.limits import ClientLimits, RequestSlots
from service_kit.server.security_headers import SecurityHeadersMiddleware, policy_of_page

_ADDRESS_OF_ONE = re.compile(r"[^{}]*/\{([a-z_]+)\}")


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
    slots: RequestSlots | None = None,
    client_limits: ClientLimits | None = None,
    health: bool = True,
) -> FastAPI:
    """The application of a running service.

    ``watch`` reads the broker's offsets for /ops/idle; without it there is no such route. Without ``health`` another
    server of the process has /health and /metrics. ``pages`` need no token and are in no document. ``problems`` are the
    types of the service's own refusals.
    """
    app = api(
        routers,
        watch=watch,
        title=title or service_context.service.name,
        description=description,
        checks=checks,
        problems=problems,
        pages=pages,
        slots=slots,
        client_limits=client_limits,
        health=health,
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
    slots: RequestSlots | None = None,
    client_limits: ClientLimits | None = None,
    health: bool = True,
) -> FastAPI:
    """The application without a running service: enough for its OpenAPI document."""
    # FastAPI's own page loads scripts from another host.
    app = FastAPI(
        title=title, description=description, docs_url=None, redoc_url=None, generate_unique_id_function=operation_id
    )
    app.add_api_route("/docs", _page, methods=["GET"], include_in_schema=False, response_class=HTMLResponse)
    for router in routers:
        app.include_router(router)
    app.include_router(dead_letter_routes)
    if watch is not None:
        app.include_router(idle_routes(watch))
    public = [route for page in pages for route in page.routes if isinstance(route, APIRoute)]
    app.state.undocumented = [*(route for route in app.routes if isinstance(route, Route)), *public]
    for page in pages:
        app.include_router(page, include_in_schema=False)
    for expected in EXPECTED:
        app.add_exception_handler(expected, answer)
    app.add_exception_handler(RequestValidationError, answer_invalid)
    # The middleware that is added last is the outermost.
    app.add_middleware(
        AdmissionMiddleware,
        slots=slots or RequestSlots(),
        body_seconds=(client_limits or ClientLimits()).body_seconds,
        pages=[route.path_regex for route in public],
    )
    app.add_middleware(ObservabilityMiddleware)
    if health:
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
    """The page and its policy, which allows the page's own script and requests to its own service."""
    text = (files("service_kit") / "docs.html").read_text("utf-8")
    script, style = (text.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0] for tag in ("script", "style"))
    return text, policy_of_page(script=script, style=style, more="; connect-src 'self'; form-action 'none'")


def _addresses(routers: Iterable[APIRouter]) -> Mapping[str, str]:
    """For each kind the address of one: a GET route that ends with its only parameter, named after the kind."""
    found: dict[str, str] = {}
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
                named = _ADDRESS_OF_ONE.fullmatch(route.path)
                if named is not None:
                    kind = named[1].replace("_", "-")
                    found.setdefault(kind, route.path.replace(f"{{{named[1]}}}", "{}"))
    return found
