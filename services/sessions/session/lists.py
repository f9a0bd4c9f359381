"""Lists of sessions over HTTP: of one partnership, and of all partnerships of the caller."""

from typing import Annotated

from fastapi import APIRouter, Query

from coaching_events.ids import PartnershipId
from coaching_readmodels.partners import AskedPartnership, From, Until, our_partnership, page_with_partners
from service_kit.http import AskedPage, Context, Page, RequestContext, Where, find_by_moment, within
from sessions.session import sessions
from sessions.session.views import SessionStatus, SessionView, view

routes = APIRouter(tags=["sessions"])

AskedStatus = Annotated[list[SessionStatus] | None, Query(description="Only these; repeat it for several values")]


@routes.get("/sessions", operation_id="listSessions")
async def see_my_sessions(
    context: Context,
    page: AskedPage,
    partnership: AskedPartnership = None,
    status: AskedStatus = None,
    start_from: From = None,
    start_until: Until = None,
) -> Page[SessionView]:
    """The sessions of all your partnerships, in the order of their starts."""
    if partnership is not None:
        return await see_our_sessions(partnership, context, page, status, start_from, start_until)
    return await _page(
        context, {"people": await context.person(), **within("start", start_from, start_until)}, status, page
    )


@routes.get("/partnerships/{partnership}/sessions", operation_id="listPartnershipSessions")
async def see_our_sessions(
    partnership: PartnershipId,
    context: Context,
    page: AskedPage,
    status: AskedStatus = None,
    start_from: From = None,
    start_until: Until = None,
) -> Page[SessionView]:
    """The sessions of your partnership, in the order of their starts."""
    await our_partnership(context, partnership)
    return await _page(context, {"partnership": partnership, **within("start", start_from, start_until)}, status, page)


async def _page(
    context: RequestContext, where: Where, status: list[SessionStatus] | None, page: AskedPage
) -> Page[SessionView]:
    where = where if status is None else {**where, "status": status}
    finding = find_by_moment(context, sessions, [where], page, field="start", moment=lambda session: session.start)
    return await page_with_partners(context, sessions, finding, view)
