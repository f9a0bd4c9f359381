"""One address for everything: ``/api/<service>/…`` goes to the service as it is, and so do links that need no session.

The caller's own token is passed on. The session of the console never is.
"""

from collections.abc import Mapping
from typing import Final

import httpx2
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from console.context import ConsoleContext
from console.settings import SERVICES
from service_kit.server import MEDIA_TYPE, announces_body, details

HOP: Final = frozenset({
    "connection", "content-length", "cookie", "host", "keep-alive", "proxy-authenticate", "proxy-authorization", "te",
    "trailer", "transfer-encoding", "upgrade", "set-cookie",
})  # fmt: skip
"""Headers of one connection (RFC 9110, section 7.6.1), and the cookies, which belong to the console alone."""
FOR_OPERATORS: Final = frozenset({"health", "metrics"})
"""What a service tells those who run it, without a token: it is not for everybody who reaches the console."""
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


async def _api(request: Request) -> Response:
    service, path = request.path_params["service"], request.path_params["path"]
    if service not in SERVICES:
        return JSONResponse(
            details(404, "not-found", f"There is no service {service!r}. There are: {', '.join(SERVICES)}."),
            404,
            media_type=MEDIA_TYPE,
        )
    parts = [part for part in path.split("/") if part]
    if "." in parts or ".." in parts or FOR_OPERATORS.intersection(parts[:1]):
        problem = details(404, "not-found", "There is nothing at this address.")
        return JSONResponse(problem, 404, media_type=MEDIA_TYPE)
    raw: bytes = request.scope["raw_path"]
    return await _passed_on(request, service, "/" + raw.decode("ascii").split("/", 3)[3])


async def _stop(request: Request) -> Response:
    return await _passed_on(request, "notifications", request.url.path)


async def _calendar(request: Request) -> Response:
    return await _passed_on(request, "sessions", request.url.path)


async def _passed_on(request: Request, service: str, path: str) -> Response:
    context: ConsoleContext = request.app.state.context
    url = httpx2.URL(context.addresses[service] + path, query=request.url.query.encode())
    asked = context.http.build_request(
        request.method,
        url,
        headers=_kept(request.headers),
        content=request.stream() if announces_body(request.scope) else None,
    )
    try:
        answer = await context.http.send(asked, stream=True)
    except httpx2.HTTPError:
        problem = details(503, "service-away", f"The service {service} does not answer now. Try again.")
        return JSONResponse(problem, 503, {"Retry-After": "2"}, media_type=MEDIA_TYPE)
    closing = BackgroundTask(answer.aclose)
    return StreamingResponse(answer.aiter_raw(), answer.status_code, _kept(answer.headers), background=closing)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in HOP}


routes = [
    Route("/api/{service}/{path:path}", _api, methods=METHODS),
    Route("/stop/{token}", _stop, methods=("GET", "POST")),
    Route("/calendar/{token}", _calendar, methods=("GET", "HEAD")),
]
