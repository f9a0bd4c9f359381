"""GET /ops/quiet: whether this service has nothing left to do at this instant of domain time.

A simulation asks every service, twice with the same ends of the topics, before it moves its clock on.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from coaching_events.moment import Moment
from eventlog.clock import wall_now
from service_kit.access import OPS
from service_kit.asking import Asking
from service_kit.watch import Watch


class Quiet(BaseModel):
    """What is left to do. Dead letters by reason; ``unread`` records for each consumer group.

    ``quiet`` says that nothing is due, unpublished, claimed, unread or waiting; ``unread`` and ``ends`` are empty while
    the database alone says that it is not. Dead letters that need a person do not
    make noise: whoever asks looks at them.
    """

    model_config = ConfigDict(frozen=True)

    due: int
    unpublished: int
    claimed: int
    waiting: int
    dead_letters: Mapping[str, int]
    unread: Mapping[str, int]
    next_wake_at: Moment | None
    ends: Mapping[str, int]
    quiet: bool


def quiet_routes(watch: Watch) -> APIRouter:
    """The route, for tokens with the scope ops."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/ops/quiet")
    async def quiet(ask: Asking) -> Quiet:  # pyright: ignore[reportUnusedFunction] (FastAPI uses it)
        """Whether this service has nothing left to do now; for simulations and for those who run it."""
        ask.require(OPS)
        return await look(ask, watch)

    return routes


async def look(ask: Asking, watch: Watch) -> Quiet:
    """Ask the database first: while it has something to do, the broker need not be asked."""
    store = ask.running.store
    due, letters = await asyncio.gather(store.look(ask.at, wall_now()), store.dead_letters())
    reasons = Counter(letter.reason for letter in letters)
    left = (due.due, due.unpublished, due.claimed, reasons["waiting"] + reasons["gap"])
    ends: Mapping[str, int] = {}
    unread: Mapping[str, int] = {}
    if not any(left):
        ends, unread = await watch.look()
    return Quiet(
        due=due.due, unpublished=due.unpublished, claimed=due.claimed, waiting=left[-1], dead_letters=dict(reasons),
        unread=unread, next_wake_at=due.next_wake_at, ends=ends, quiet=not any((*left, *unread.values())),
    )  # fmt: skip
