"""Lists of promises over HTTP: of one partnership, and of all partnerships of the caller."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from coaching_events.ids import GoalId, PartnershipId, SessionId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.partners import (
    AskedOwner,
    AskedPartnership,
    From,
    Until,
    of_the_two,
    our_partnership,
    owned,
    page_with_partners,
)
from eventlog.commands import CurrentState
from goals.commitment import commitments
from goals.commitment.rules.reliability import count
from goals.commitment.state import Commitment, CommitmentStatus
from goals.commitment.views import CommitmentView, CountedView, counted_view, view
from service_kit.bodies import id_of
from service_kit.http import AskedPage, Context, Page, RequestContext, Where, find_by_moment, within

routes = APIRouter(tags=["promises"])

PROMISED = ("open", "overdue", "kept", "released")
"""The statuses of promises that were made. Requests without a promise are not among them."""

AskedSession = Annotated[SessionId | None, id_of("session"), Query(description="Only what comes out of this session")]
AskedGoal = Annotated[GoalId | None, id_of("goal"), Query(description="Only what serves this goal")]
AskedStatus = Annotated[list[CommitmentStatus] | None, Query(description="Only these; repeat it for several values")]


@routes.get("/commitments", operation_id="listCommitments")
async def see_my_promises(
    context: Context,
    page: AskedPage,
    partnership: AskedPartnership = None,
    owner: AskedOwner = None,
    status: AskedStatus = None,
    due_from: From = None,
    due_until: Until = None,
    session: AskedSession = None,
    goal: AskedGoal = None,
) -> Page[CommitmentView]:
    """Promises and requests of all your partnerships, yours and your partners', in the order of their due moments."""
    if partnership is not None:
        return await see_our_promises(partnership, context, page, owner, status, due_from, due_until, session, goal)
    also = _also(status, due_from, due_until, session, goal)
    return await _page(context, owned(await context.person(), owner, also), page)


@routes.get("/partnerships/{partnership}/commitments", operation_id="listPartnershipCommitments")
async def see_our_promises(
    partnership: PartnershipId,
    context: Context,
    page: AskedPage,
    owner: AskedOwner = None,
    status: AskedStatus = None,
    due_from: From = None,
    due_until: Until = None,
    session: AskedSession = None,
    goal: AskedGoal = None,
) -> Page[CommitmentView]:
    """The promises and requests of your partnership, of both of you, in the order of their due moments."""
    await our_partnership(context, partnership)
    also = _also(status, due_from, due_until, session, goal)
    return await _page(context, of_the_two(await context.person(), partnership, owner, also), page)


@routes.get("/partnerships/{partnership}/reliability/promises", operation_id="listCountedPromises")
async def see_what_our_promises_count(
    partnership: PartnershipId, context: Context, page: AskedPage, owner: AskedOwner = None
) -> Page[CountedView]:
    """What each promise counts in your reliability, and why, in the order of due moments. Only you two see it."""
    pair = await our_partnership(context, partnership)
    wheres = of_the_two(await context.person(), partnership, owner, {"status": PROMISED})
    known, (found, following) = await asyncio.gather(
        context.reference_data(*pair.people), _found(context, wheres, page)
    )
    reference_data = PairReferenceData(known)
    language = context.language()
    items = (
        counted_view(
            count(each.stream, each.state, owner=reference_data.time(each.state.owner), pair=pair, at=context.at),
            language,
        )
        for each in found
    )
    return Page(items=tuple(items), next=following)


def _also(
    status: list[CommitmentStatus] | None,
    start: datetime | None,
    end: datetime | None,
    session: SessionId | None,
    goal: GoalId | None,
) -> Where:
    asked: Where = {"status": status, "session": session, "goal": goal}
    return {**{name: each for name, each in asked.items() if each is not None}, **within("due", start, end)}


async def _page(context: RequestContext, wheres: Sequence[Where], page: AskedPage) -> Page[CommitmentView]:
    return await page_with_partners(context, commitments, _found(context, wheres, page), view)


async def _found(
    context: RequestContext, wheres: Sequence[Where], page: AskedPage
) -> tuple[list[CurrentState[Commitment]], str | None]:
    return await find_by_moment(context, commitments, wheres, page, field="due", moment=lambda promise: promise.due)
