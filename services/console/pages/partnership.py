"""A partnership: the two as equals, side by side, with all that is between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.responses import Response

from coaching_events.moment import written
from console.api_client import MOST, Json, listed
from console.visit import Visit

WEEKS: Final = 13


@dataclass(frozen=True, slots=True)
class WeekOfTwo:
    """A week of the picture: how many check-ins and kept promises of each, and how many meetings."""

    monday: datetime
    mine: int
    theirs: int
    meetings: int


async def partnerships(visit: Visit) -> Response:
    """All of mine, those that have ended too."""
    read = await visit.read(found=visit.api.get("partnerships", "/partnerships", limit=MOST))
    return visit.show("partnerships.html", found=listed(read["found"]), away=not read["found"])


async def partnership(visit: Visit) -> Response:
    """Goals, promises in both directions, the next meeting, and thirteen weeks as one picture."""
    pair, api = visit.id, visit.api
    since = written(visit.now - timedelta(weeks=WEEKS))
    read = await visit.read(
        pair=api.get("partnerships", f"/partnerships/{pair}"),
        goals=api.get("goals", f"/partnerships/{pair}/goals", limit=MOST),
        promises=api.get("goals", f"/partnerships/{pair}/commitments", due_from=since, limit=MOST),
        check_ins=api.get("goals", f"/partnerships/{pair}/occasions", due_from=since, limit=MOST),
        sessions=api.get("sessions", f"/partnerships/{pair}/sessions", start_from=since, limit=MOST),
    )
    me = visit.me["id"]
    promises, check_ins, sessions = (listed(read[name]) for name in ("promises", "check_ins", "sessions"))
    return visit.show(
        "partnership.html",
        pair=read["pair"],
        goals=listed(read["goals"]),
        mine=[each for each in promises if each["owner"] == me],
        theirs=[each for each in promises if each["owner"] != me],
        my_check_ins=[each for each in check_ins if each["owner"] == me],
        their_check_ins=[each for each in check_ins if each["owner"] != me],
        sessions=[each for each in sessions if each["status"] in ("proposed", "scheduled")],
        met=[each for each in sessions if each["status"] in ("held", "missed", "disputed", "lapsed", "cancelled")],
        weeks=_weeks(visit.now, me, promises, check_ins, sessions),
        away=[name for name, answer in read.items() if not answer],
    )


def _weeks(
    now: datetime, me: str, promises: Sequence[Json], check_ins: Sequence[Json], sessions: Sequence[Json]
) -> Sequence[WeekOfTwo]:
    written = [(each["submitted"]["at"], each["owner"]) for each in check_ins if each["submitted"]]
    kept = [(each["kept_at"], each["owner"]) for each in promises if each["kept_at"]]
    held = [each["start"] for each in sessions if each["status"] == "held"]
    this = (now - timedelta(days=now.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    mondays = [this - timedelta(weeks=number) for number in range(WEEKS - 1, -1, -1)]

    def within(moments: Iterable[str], monday: datetime) -> int:
        end = monday + timedelta(weeks=1)
        return sum(monday <= datetime.fromisoformat(each).astimezone(UTC) < end for each in moments)

    done = [*written, *kept]
    return [
        WeekOfTwo(
            monday,
            within((at for at, owner in done if owner == me), monday),
            within((at for at, owner in done if owner != me), monday),
            within(held, monday),
        )
        for monday in mondays
    ]


async def reliability(visit: Visit) -> Response:
    """The reliability of each to the other, down to each promise."""
    pair, api = visit.id, visit.api
    return await visit.page_of(
        "reliability.html",
        pair=api.get("partnerships", f"/partnerships/{pair}"),
        figures=api.get("goals", f"/partnerships/{pair}/reliability"),
        counted=api.get("goals", f"/partnerships/{pair}/reliability/promises", limit=MOST),
    )


async def history(visit: Visit) -> Response:
    """What happened to the partnership and its terms, the latest first."""
    pair, api = visit.id, visit.api
    return await visit.page_of(
        "partnership_history.html",
        pair=api.get("partnerships", f"/partnerships/{pair}"),
        entries=api.get("partnerships", f"/partnerships/{pair}/history"),
    )
