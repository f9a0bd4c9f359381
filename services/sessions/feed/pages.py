"""The calendar feed as calendar programs read it, by its secret address alone (RFC 5545)."""

from hashlib import sha256
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service_kit.calendars import written
from service_kit.http import AppContext
from sessions.feed import feeds
from sessions.feed.api import hash_of
from sessions.feed.contents import contents_of

routes = APIRouter()

TEXT_CALENDAR: Final = "text/calendar; charset=utf-8"
HEADERS: Final = {"Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}


@routes.get("/calendar/{secret}.ics")
async def read_a_feed(secret: str, request: Request) -> Response:
    """The calendar; 304 if it has not changed.

    404 for an address that was never given or was revoked, and while its person is not active.
    """
    app: AppContext = request.app.state.app_context
    log, hashed = app.service_context.log, hash_of(secret)
    if app.limits is not None:
        app.limits.count_address(hashed)
    found = await log.find(feeds, {"secret_hash": hashed}, limit=1)
    feed = found[0].state if found else None
    entries = None if feed is None else await contents_of(feed, app.service_context, await app.clock.now())
    if feed is None or entries is None:
        return Response(status_code=404, headers=HEADERS)
    body = written(entries, name="Tandem", stamp=feed.opened_at)
    tag = f'"{sha256(body).hexdigest()}"'
    headers = {**HEADERS, "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=TEXT_CALENDAR, headers=headers)
