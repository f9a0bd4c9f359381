"""Lists of goals over HTTP: of one partnership, and of all partnerships of the caller."""

from typing import Annotated

from fastapi import APIRouter, Query

from coaching_events.ids import PartnershipId
from coaching_readmodels.partners import AskedPartnership, From, Until, our_partnership, page_with_partners
from goals.goal import goals
from goals.goal.views import GoalStatus, GoalView, view
from service_kit.http import AskedPage, Context, Page, RequestContext, Where, find_by_moment, within

routes = APIRouter(tags=["goals"])

AskedStatus = Annotated[list[GoalStatus] | None, Query(description="Only these; repeat it for several values")]


@routes.get("/goals", operation_id="listGoals")
async def see_my_goals(
    context: Context,
    page: AskedPage,
    partnership: AskedPartnership = None,
    status: AskedStatus = None,
    proposed_from: From = None,
    proposed_until: Until = None,
) -> Page[GoalView]:
    """The goals of all your partnerships, in the order in which they were proposed."""
    if partnership is not None:
        return await see_our_goals(partnership, context, page, status, proposed_from, proposed_until)
    mine = {"people": await context.person(), **within("proposed_at", proposed_from, proposed_until)}
    return await _page(context, mine, status, page)


@routes.get("/partnerships/{partnership}/goals", operation_id="listPartnershipGoals")
async def see_our_goals(
    partnership: PartnershipId,
    context: Context,
    page: AskedPage,
    status: AskedStatus = None,
    proposed_from: From = None,
    proposed_until: Until = None,
) -> Page[GoalView]:
    """The goals of your partnership, in the order in which they were proposed."""
    await our_partnership(context, partnership)
    ours = {"partnership": partnership, **within("proposed_at", proposed_from, proposed_until)}
    return await _page(context, ours, status, page)


async def _page(
    context: RequestContext, where: Where, status: list[GoalStatus] | None, page: AskedPage
) -> Page[GoalView]:
    where = where if status is None else {**where, "status": status}
    finding = find_by_moment(context, goals, [where], page, field="proposed_at", moment=lambda goal: goal.proposed_at)
    return await page_with_partners(context, goals, finding, view)
