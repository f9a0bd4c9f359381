"""GET /ops/quiet: whether this service has nothing left to do at this instant of domain time.

A simulation asks every service before it moves its clock on. An answer holds until a topic that it names has grown.
"""

from collections.abc import Mapping

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from coaching_events.moment import Moment
from service_kit.access import OPS
from service_kit.asking import Asking
from service_kit.watch import Watch


class Quiet(BaseModel):
    """What is left to do. Dead letters by reason; ``unread`` records for each consumer group.

    ``quiet`` says that nothing is due, unpublished, unread or waiting. Dead letters that need a person do not
    make noise: whoever asks looks at them. When all is quiet, ``next_wake_at`` is the next deadline.
    """

    model_config = ConfigDict(frozen=True)

    due: int
    unpublished: int
    waiting: int
    dead_letters: Mapping[str, int]
    unread: Mapping[str, int]
    next_wake_at: Moment | None
    ends: Mapping[str, int]
    quiet: bool


def quiet_routes(watch: Watch) -> APIRouter:
    """The route, for tokens with the scope ops."""
    routes = APIRouter(tags=["operations"])

    @routes.get("/ops/quiet", operation_id="getQuiet")
    async def quiet(ask: Asking) -> Quiet:  # pyright: ignore[reportUnusedFunction] (FastAPI uses it)
        """Whether this service has nothing left to do now; for simulations and for those who run it."""
        ask.require(OPS)
        return await look(ask, watch)

    return routes


async def look(ask: Asking, watch: Watch) -> Quiet:
    """Look in the order in which work goes on, so that none slips through between two questions.

    What a group has read by now is written or waits as a letter; what waited and was done meanwhile is written.
    """
    store = ask.running.store
    ends, unread = await watch.look()
    aside = await store.set_aside_by_reason()
    due = await store.look(ask.at)
    reasons = {reason: each.letters for reason, each in aside.items()}
    waiting = reasons.get("waiting", 0) + reasons.get("gap", 0)
    nothing_left = not any((due.due, due.unpublished, waiting, *unread.values()))
    next_wake = await store.next_wake() if nothing_left else None
    return Quiet(
        due=due.due, unpublished=due.unpublished, waiting=waiting, dead_letters=reasons, unread=unread, ends=ends,
        next_wake_at=next_wake, quiet=nothing_left and (next_wake is None or next_wake > ask.at),
    )  # fmt: skip
