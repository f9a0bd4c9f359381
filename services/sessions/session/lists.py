"""Lists of sessions over HTTP: those of one partnership, and those of all partnerships of whoever asks."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from coaching_events.ids import PartnershipId
from coaching_rows.partners import AskedPartnership, From, Until, our_partnership, partners
from eventlog.decide import Current
from service_kit.asking import Ask, Asking
from service_kit.lists import Where, find_by_moment, within
from service_kit.paging import AskedPage, Page
from sessions.session import sessions
from sessions.session.state import AnySession
from sessions.session.views import SessionStatus, SessionView, view

routes = APIRouter(tags=["sessions"])

AskedStatus = Annotated[list[SessionStatus] | None, Query(description="Only these; several are possible")]


@routes.get("/sessions", operation_id="listSessions")
async def see_my_sessions(
    ask: Asking,
    page: AskedPage,
    partnership: AskedPartnership = None,
    status: AskedStatus = None,
    start_from: From = None,
    start_until: Until = None,
) -> Page[SessionView]:
    """The sessions of all your partnerships: what starts first comes first."""
    if partnership is not None:
        return await see_our_sessions(partnership, ask, page, status, start_from, start_until)
    return await _page(ask, {"people": await ask.person(), **within("start", start_from, start_until)}, status, page)


@routes.get("/partnerships/{partnership}/sessions", operation_id="listPartnershipSessions")
async def see_our_sessions(
    partnership: PartnershipId,
    ask: Asking,
    page: AskedPage,
    status: AskedStatus = None,
    start_from: From = None,
    start_until: Until = None,
) -> Page[SessionView]:
    """The sessions of your partnership: what starts first comes first."""
    await our_partnership(ask, partnership)
    return await _page(ask, {"partnership": partnership, **within("start", start_from, start_until)}, status, page)


async def views(ask: Ask, found: Sequence[Current[AnySession]]) -> list[SessionView]:
    """Sessions as whoever asks reads them, each with the name of their partner."""
    known = await partners(ask, sessions, found)
    return [view(each, partner) for each, partner in zip(found, known, strict=True)]


async def _page(ask: Ask, where: Where, status: list[SessionStatus] | None, page: AskedPage) -> Page[SessionView]:
    where = where if status is None else {**where, "status": status}
    found, following = await find_by_moment(
        ask, sessions, [where], page, field="start", moment=lambda session: session.start
    )
    return Page(items=tuple(await views(ask, found)), next=following)
