"""The pages of single things: what it says, its dates, what each may do now, and what was said with it."""

from collections.abc import Sequence
from typing import Any, Final

from starlette.responses import Response

from console.api_client import MOST, Away, Json, listed
from console.visit import Visit

OVERTAKEN: Final = (409, 412)
"""What the services answer to a form that somebody else was faster than."""
AT_ONCE: Final = 8
"""The check-ins of one page."""


async def promise(visit: Visit) -> Response:
    """A promise, or the request for one."""
    path = f"/commitments/{visit.id}"
    read = await visit.read(each=visit.api.get("goals", path), history=visit.api.get("goals", f"{path}/history"))
    return show(visit, "promise.html", **read)


async def goal(visit: Visit) -> Response:
    """A goal with its measures, the promises for it, and every wording that it had."""
    path = f"/goals/{visit.id}"
    read = await visit.read(each=visit.api.get("goals", path), history=visit.api.get("goals", f"{path}/history"))
    return show(visit, "goal.html", **read)


async def session(visit: Visit) -> Response:
    """A meeting of the two: its agenda, its notes, and what follows from it."""
    path, api = f"/sessions/{visit.id}", visit.api
    read = await visit.read(
        each=api.get("sessions", path),
        history=api.get("sessions", f"{path}/history"),
        suggestions=api.get("sessions", f"{path}/suggestions"),
        promises=api.get("goals", "/commitments", session=visit.request.path_params["id"], limit=MOST),
    )
    promises, suggestions = listed(read.pop("promises")), read.pop("suggestions") or ()
    return show(
        visit, "session.html", promises={each["id"]: each for each in promises}, suggestions=suggestions, **read
    )


async def check_ins(visit: Visit) -> Response:
    """The check-ins of one of the two, the latest first, page by page."""
    path, api = f"/check-ins/{visit.id}", visit.api
    read = await visit.read(
        each=api.get("goals", path),
        history=api.get("goals", f"{path}/history"),
        occasions=api.get("goals", f"{path}/occasions", after=visit.request.query_params.get("after"), limit=AT_ONCE),
        promises=api.get("goals", "/commitments", owner="me", status=["open", "overdue"], limit=MOST),
        goals=api.get("goals", "/goals", status=["agreed"], limit=MOST),
    )
    subjects = [*listed(read.pop("promises")), *listed(read.pop("goals"))]
    return show(visit, "check_ins.html", subjects=subjects, **read)


def show(visit: Visit, template: str, *, each: Any, history: Any, **more: Any) -> Response:
    """The page of a thing with its history. What the form of the person did not know yet is shown first."""
    if isinstance(each, Away):
        return visit.show("thing_away.html")
    known = () if isinstance(history, Away) else history
    return visit.show(template, each=each, history=known, meanwhile=_meanwhile(visit, known), **more)


def _meanwhile(visit: Visit, history: Sequence[Json]) -> Sequence[Json]:
    outcome = visit.outcome
    if outcome is None or outcome.based_on is None or outcome.status not in OVERTAKEN:
        return ()
    stream, read = _place(outcome.based_on)
    places = [(_place(each["position"]), each) for each in history]
    return [each for (of, number), each in places if of == stream and number > read]


def _place(position: str) -> tuple[str, int]:
    stream, _, number = position.rpartition("@")
    return stream, int(number) if number.isdecimal() else 0
