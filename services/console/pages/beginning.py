"""Forms that begin something between the two: a promise, a request, a goal, a meeting."""

from collections.abc import Awaitable
from datetime import date, timedelta
from typing import Any, Final

from starlette.responses import Response

from console.api_client import MOST, Away, listed
from console.visit import Visit

A_WEEK: Final = timedelta(days=7)


async def promise(visit: Visit) -> Response:
    """A promise to the partner, with what its date means before it is made."""
    return await _due(visit, "commitments")


async def request(visit: Visit) -> Response:
    """A question for a promise, with what its date means for the partner."""
    return await _due(visit, "requests")


async def goal(visit: Visit) -> Response:
    """A goal that the person suggests."""
    return await _begin(visit, "begin_goal.html")


async def session(visit: Visit) -> Response:
    """A meeting that the person suggests."""
    return await _begin(visit, "begin_session.html")


async def _due(visit: Visit, what: str) -> Response:
    pair, query = f"/partnerships/{visit.id}", visit.request.query_params
    typed = dict(visit.typed("promise" if what == "commitments" else "request"))
    on = _day(typed.get("due.on") or query.get("on")) or (visit.now.astimezone(visit.zone).date() + A_WEEK).isoformat()
    return await _begin(
        visit,
        "begin_promise.html",
        {
            "goals": visit.api.get("goals", f"{pair}/goals", status=["agreed"], limit=MOST),
            "preview": visit.api.preview("goals", f"{pair}/{what}/preview", {"due": {"on": on}}),
        },
        on=on,
        mine=what == "commitments",
        chosen=query.get("goal") or "",
        meeting=query.get("session") or "",
    )


async def _begin(
    visit: Visit, template: str, calls: dict[str, Awaitable[Any]] | None = None, **content: Any
) -> Response:
    read = await visit.read(pair=visit.api.get("partnerships", f"/partnerships/{visit.id}"), **calls or {})
    pair, goals = read.pop("pair"), listed(read.pop("goals", Away("goals")))
    if isinstance(pair, Away):
        return visit.show("thing_away.html")
    return visit.show(template, pair=pair, goals=goals, **read, **content)


def _day(text: str | None) -> str | None:
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        return None
