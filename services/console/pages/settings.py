"""My settings: how I am told, when, my logins, my calendar feed, and what others see of my partnerships."""

from datetime import datetime, timedelta

from starlette.responses import Response

from console.api_client import MOST, listed
from console.visit import Visit

SOON = timedelta(minutes=1)


async def settings(visit: Visit) -> Response:
    """All that I choose for myself alone."""
    api = visit.api
    read = await visit.read(
        told=api.get("notifications", "/recipients/me"),
        logins=api.get("partnerships", "/people/me/logins"),
        feed=api.find("sessions", "/calendar-feed"),
        found=api.get("partnerships", "/partnerships", status=["formed"], limit=MOST),
    )
    told = read["told"]
    next_push = datetime.fromisoformat(told["next_push"]) if told and told["next_push"] else None
    return visit.show(
        "settings.html",
        told=told,
        next_push=next_push,
        is_now=next_push is not None and next_push <= visit.now + SOON,
        logins=read["logins"],
        feed=read["feed"],
        pairs=read["found"] if not read["found"] else listed(read["found"]),
        public_url=visit.context.settings.public_url,
    )
