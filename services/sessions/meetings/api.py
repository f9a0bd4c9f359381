"""Meetings by the rhythm of the terms, over HTTP. Nobody commands them: terms and sessions do."""

from fastapi import APIRouter

from coaching_events.ids import PartnershipId
from coaching_readmodels.partners import our_partnership
from eventlog import NotFound
from service_kit.http import Context, HistoryEntry
from sessions.meetings import meetings, meetings_of
from sessions.meetings.views import MeetingsView, not_begun, view

routes = APIRouter(tags=["sessions"])


@routes.get("/partnerships/{partnership}/meetings", operation_id="getMeetings")
async def see_our_meetings(partnership: PartnershipId, context: Context) -> MeetingsView:
    """The next session by your meeting rhythm, if your terms name one."""
    await our_partnership(context, partnership)
    current = await context.log.current(meetings, meetings_of(partnership))
    return not_begun(partnership) if current is None else view(current)


@routes.get("/partnerships/{partnership}/meetings/history", operation_id="getMeetingsHistory")
async def see_their_history(partnership: PartnershipId, context: Context) -> tuple[HistoryEntry, ...]:
    """Every session that your rhythm scheduled."""
    await our_partnership(context, partnership)
    try:
        return await context.history(meetings, meetings_of(partnership))
    except NotFound:
        return ()
