"""What is open between the caller and all partners, in one answer: promises, goals and check-ins."""

import asyncio
from typing import Final

from fastapi import APIRouter

from goals.check_ins.lists import CheckInView, see_my_check_ins
from goals.commitment.lists import see_my_promises
from goals.commitment.views import CommitmentView
from goals.goal.lists import see_my_goals
from goals.goal.views import GoalView
from service_kit.bodies import View
from service_kit.http import Context, Page, Paging

routes = APIRouter(tags=["week"])

MOST: Final = 200
"""Items of a kind in the answer. ``next`` continues in the list of the kind, with the same statuses."""


class WeekView(View):
    """Open promises and requests, goals that are proposed or agreed, and check-ins that can be written."""

    promises: Page[CommitmentView]
    goals: Page[GoalView]
    check_ins: Page[CheckInView]


@routes.get("/week", operation_id="getWeek")
async def see_my_week(context: Context) -> WeekView:
    """What is open in all your partnerships: promises, goals and check-ins, yours and your partners'."""
    page = Paging(after=None, limit=MOST)
    promises, goals, check_ins = await asyncio.gather(
        see_my_promises(context, page, status=["requested", "open", "overdue"]),
        see_my_goals(context, page, status=["proposed", "agreed"]),
        see_my_check_ins(context, page, status=["opened", "suspended"]),
    )
    return WeekView(promises=promises, goals=goals, check_ins=check_ins)
