"""``GET /live``: the stream of a browser. It says that something of the person's partnerships has changed.

``since`` is when the page was made, in Unix time in seconds. What has happened since then is said at once.
"""

from collections.abc import AsyncGenerator
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from console.api_client import Away, NotSignedIn
from console.live.changes import stream
from console.visit import Visit, begin

HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def live(request: Request) -> Response:
    """The stream. A browser without a session gets 204, so that it does not come back (HTML, server-sent events)."""
    visit = await begin(request)
    if visit is None:
        return Response(status_code=204)
    return StreamingResponse(_stream(visit), headers=HEADERS)


async def _stream(visit: Visit) -> AsyncGenerator[str]:
    me = visit.session.get("id")
    with (
        suppress(NotSignedIn),
        visit.context.changes.listening([*await _partnerships(visit), *([me] if me else ())]) as listener,
    ):
        if visit.context.changes.may_have_changed(listener.keys, _since(visit)):
            listener.tell_any()
        async for part in stream(listener):
            if me and f"data: {me}\n" in part:  # a message for the person may be of a new partnership
                visit.context.changes.add(listener, await _partnerships(visit))
            yield part


def _since(visit: Visit) -> float:
    try:
        return float(visit.request.query_params.get("since") or 0)
    except ValueError:
        return 0.0


async def _partnerships(visit: Visit) -> list[str]:
    found = await visit.api.get("partnerships", "/partnerships", status=["proposed", "formed"], limit=200)
    return [] if isinstance(found, Away) else [each["id"] for each in found["items"]]


routes = [Route("/live", live, methods=("GET",))]
