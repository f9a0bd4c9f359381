"""GET /ops/idle: whether this service has nothing left to do at this moment of domain time.

A simulation asks every service before it moves its clock. An answer holds until a topic in it has grown.
"""

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from coaching_events.moment import Moment
from service_kit.http.authentication import OPS
from service_kit.http.request_context import Context
from service_kit.observability.lag_monitor import LagMonitor

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.1
"""Seconds between two checks while a request waits; each pause is longer than the one before."""


class IdleReport(BaseModel):
    """What is left to do: dead letters by reason, and ``unread`` records of each consumer group.

    ``idle`` says that nothing is due, unpublished, unread or waiting. Dead letters that need an operator do not count.
    ``next_wake_at`` is the next deadline if nothing is left.
    """

    model_config = ConfigDict(frozen=True)

    due: int
    unpublished: int
    waiting: int
    dead_letters: Mapping[str, int]
    unread: Mapping[str, int]
    next_wake_at: Moment | None
    ends: Mapping[str, int]
    idle: bool


def idle_routes(watch: LagMonitor) -> APIRouter:
    """The route, for tokens with the scope ops."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/ops/idle", operation_id="getIdle")
    async def get_idle(  # pyright: ignore[reportUnusedFunction] (FastAPI uses it)
        context: Context, within: Annotated[float, Query(ge=0, le=10)] = 0
    ) -> IdleReport:
        """Whether this service has nothing left to do now; for simulations and operators.

        The answer comes when the service is idle, at the latest after `within` seconds.
        """
        await context.require(OPS)
        return await look(context, watch, within)

    return routes


async def look(context: Context, watch: LagMonitor, within: float = 0) -> IdleReport:
    """Check until the service is idle, at least once and for at most ``within`` seconds.

    The checks follow the order of work, so that no work passes between two of them: what a group has read by now is
    written or is a dead letter. While records are unread the database is not asked, which would slow consumers down.
    """
    over, pause = monotonic() + within, FIRST_PAUSE
    while True:
        ends, unread = await watch.look()
        is_last = monotonic() >= over
        if is_last or not any(unread.values()):
            found = await _left(context, ends, unread)
            if is_last or found.idle:
                return found
        await asyncio.sleep(pause)
        pause = min(1.5 * pause, LONGEST_PAUSE)


async def _left(context: Context, ends: Mapping[str, int], unread: Mapping[str, int]) -> IdleReport:
    store = context.store
    letters = await store.dead_letter_counts()
    due = await store.outstanding(context.at)
    reasons = {reason: each.letters for reason, each in letters.items()}
    waiting = reasons.get("waiting", 0) + reasons.get("gap", 0)
    nothing_left = not any((due.due, due.unpublished, waiting, *unread.values()))
    next_wake = await store.next_wake() if nothing_left else None
    return IdleReport(
        due=due.due,
        unpublished=due.unpublished,
        waiting=waiting,
        dead_letters=reasons,
        unread=unread,
        ends=ends,
        next_wake_at=next_wake,
        idle=nothing_left and (next_wake is None or next_wake > context.at),
    )
