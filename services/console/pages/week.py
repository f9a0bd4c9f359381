"""This week, over all partnerships: what waits for me, what I promised, what is open, and what I wait for."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from starlette.responses import Response

from console.api_client import MOST, Away, Json, listed
from console.meetings import asks_how_it_was
from console.visit import Visit

NEWS: Final = 10
"""The news of the page. If there may be more, they are read in the inbox."""


async def week(visit: Visit) -> Response:
    """What is open between me and my partners, in the order of its dates."""
    api = visit.api
    read = await visit.read(
        week=api.get("goals", "/week"),
        sessions=api.get("sessions", "/sessions", status=["proposed", "scheduled"], limit=MOST),
        partnerships=api.get("partnerships", "/partnerships", status=["proposed", "formed"], limit=MOST),
        news=api.get("notifications", "/inbox", unread="true", limit=NEWS),
    )
    me, now = visit.me["id"], visit.now.isoformat()
    ours: Json = read["week"] or dict.fromkeys(("promises", "goals", "check_ins"), Away("goals"))
    items = {name: listed(answer) for name, answer in {**read, **ours}.items() if name != "week"}
    promises, sessions = items["promises"], items["sessions"]

    shown: set[str] = set()

    def those(things: Iterable[Json], fits: Callable[[Json], bool]) -> Sequence[Json]:
        """Whatever fits and is not on the page yet: a thing has one row."""
        found = [each for each in things if each["id"] not in shown and fits(each)]
        shown.update(each["id"] for each in found)
        return found

    everything = (*promises, *items["goals"], *sessions, *items["partnerships"])
    mine = those(promises, lambda each: each["owner"] == me and each["status"] in ("open", "overdue"))
    return visit.show(
        "week.html",
        waiting=those(everything, lambda each: each["waits_for"] == me or asks_how_it_was(each, me, now)),
        mine=mine,
        subjects=[*mine, *(each for each in items["goals"] if each["status"] == "agreed")],
        check_ins=[each for each in items["check_ins"] if each["owner"] == me],
        sessions=those(sessions, lambda each: each["status"] == "scheduled"),
        promised_to_me=those(promises, lambda each: each["partner"] == me and each["status"] in ("open", "overdue")),
        i_wait=those(everything, lambda each: each["waits_for"] not in (None, me)),
        news=items["news"],
        is_all_news=len(items["news"]) < NEWS,
        partnerships=items["partnerships"],
        away=[name for name, answer in read.items() if isinstance(answer, Away)],
    )
