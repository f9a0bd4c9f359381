"""Sessions over HTTP: a route turns a request into the arguments of one rule."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from coaching_events.ids import PartnershipId, PersonId, Position, SessionId
from coaching_readmodels.asking_limits import ASKING
from coaching_readmodels.partners import our_partnership, partner
from service_kit.bodies import NO_NOTE, Flag, Moment, Note, PlaceText, ShortText, WholeNumber, example, id_of
from service_kit.http import Accepted, Context, HistoryEntry, within
from sessions.session import rules, sessions
from sessions.session.rules import reports
from sessions.session.state import AnySession, NotAgreed, Proposed
from sessions.session.texts import with_texts
from sessions.session.views import SessionView, view

routes = APIRouter(tags=["sessions"])

DAY = timedelta(days=1)

Minutes = Annotated[WholeNumber, Field(ge=5, le=480)]
"""The length of a session: five minutes to eight hours."""
Place = PlaceText
"""Where the two meet: a text or a link."""


class Propose(
    Note, json_schema_extra=example(start="2026-03-13T15:00:00.000Z", minutes=45, title="One-to-one", place="Room 4")
):
    """A time for a session, its length in minutes, its subject (``title``), and where you meet: a text or a link."""

    start: Moment
    minutes: Minutes
    title: ShortText | None = None
    place: Place | None = None


class ProposeTime(Note, json_schema_extra=example(start="2026-03-13T16:00:00.000Z")):
    """Another time in answer to your partner's. Without ``minutes`` or ``place`` that stays."""

    start: Moment
    minutes: Minutes | None = None
    place: Place | None = None

    @property
    def length(self) -> timedelta | None:
        """The new length, if it changes."""
        return None if self.minutes is None else timedelta(minutes=self.minutes)


class Reschedule(ProposeTime, json_schema_extra=example(start="2026-03-16T15:00:00.000Z", note="A visit came up")):
    """Another time for a session that you both agreed to. Without ``minutes`` or ``place`` that stays."""


class Accept(Note):
    """``offer`` is the position of the offer that you accept. Without it you accept the current one."""

    offer: Annotated[Position, id_of("session")] | None = None


class Report(Note, json_schema_extra=example(present=True)):
    """Whether you were there and, optionally, whether your partner was."""

    present: Flag
    partner_present: Flag | None = None


@routes.post("/partnerships/{partnership}/sessions", status_code=201, operation_id="proposeSession")
async def propose_a_session(partnership: PartnershipId, body: Propose, context: Context) -> Accepted:
    """Offer your partner a time for a session."""
    limits = ASKING.limits
    offered = {"partnership": partnership, "status": "proposed"}
    withdrawn = {"partnership": partnership, "status": "withdrawn", **within("settled_at", context.at - DAY, None)}
    pair, waiting, settled = await asyncio.gather(
        our_partnership(context, partnership),
        context.log.find(sessions, offered, limit=2 * limits.sessions),  # of both
        context.log.find(sessions, withdrawn, limit=2 * (limits.rounds + limits.sessions)),
    )
    length = timedelta(minutes=body.minutes)
    return await context.create(
        sessions,
        lambda by, reference_data: rules.propose(
            partnership=partnership,
            by=by,
            at=context.at,
            start=body.start,
            length=length,
            title=body.title,
            place=body.place,
            open_offers=sum(_is_offer_of(by, each.state) for each in waiting),
            taken_back=[moment for each in settled if (moment := _taken_back(by, each.state)) is not None],
            limits=limits,
            reference_data=reference_data,
        ),
        needs=(partnership, *pair.people),
        note=body.note,
    )


@routes.post("/sessions/{session}/propose-time", operation_id="proposeSessionTime")
async def answer_with_another_time(session: SessionId, body: ProposeTime, context: Context) -> Accepted:
    """Answer your partner's offer with another time. Your partner answers it next."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.propose_time(
            state,
            by=by,
            at=context.at,
            start=body.start,
            length=body.length,
            place=body.place,
            reference_data=reference_data,
        ),
        note=body.note,
    )


@routes.post("/sessions/{session}/reschedule", operation_id="rescheduleSession")
async def ask_for_another_time(session: SessionId, body: Reschedule, context: Context) -> Accepted:
    """Propose another time for an agreed session. Your partner accepts it, declines it, or proposes another."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.reschedule(
            state,
            by=by,
            at=context.at,
            start=body.start,
            length=body.length,
            place=body.place,
            rounds=ASKING.limits.rounds,
            reference_data=reference_data,
        ),
        note=body.note,
    )


@routes.post("/sessions/{session}/accept", operation_id="acceptSession")
async def accept_the_time(session: SessionId, body: Accept, context: Context) -> Accepted:
    """Accept the time that your partner offers, or the other time that they propose for an agreed session."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.accept(
            state, by=by, at=context.at, offer=body.offer, reference_data=reference_data
        ),
        note=body.note,
        effect="settles",
    )


@routes.post("/sessions/{session}/decline", operation_id="declineSession")
async def decline_the_time(session: SessionId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Decline the time that your partner offers. An agreed session stays where it is."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.decline(state, by=by, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/sessions/{session}/withdraw", operation_id="withdrawSession")
async def withdraw_the_time(session: SessionId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Withdraw the time that you offered. An agreed session stays where it is."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.withdraw(state, by=by, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/sessions/{session}/cancel", operation_id="cancelSession")
async def cancel_a_session(session: SessionId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Cancel the session before it starts."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: rules.cancel(state, by=by, at=context.at, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/sessions/{session}/report", operation_id="reportSession")
async def tell_how_it_went(session: SessionId, body: Report, context: Context) -> Accepted:
    """Report after its end whether you were there and, optionally, whether your partner was."""
    return await context.change(
        sessions,
        session,
        lambda state, by, reference_data: reports.report(
            state,
            by=by,
            at=context.at,
            present=body.present,
            partner_present=body.partner_present,
            reference_data=reference_data,
        ),
        note=body.note,
        effect="settles",
    )


@routes.get("/sessions/{session}", operation_id="getSession")
async def see_a_session(session: SessionId, context: Context) -> SessionView:
    """One session of you two."""
    current = await context.current(sessions, session)
    theirs, notes = await asyncio.gather(partner(context, sessions.parties(current.state)), context.notes(current))
    return await with_texts(context, view(current, theirs).model_copy(update={"notes": notes}), current)


@routes.get("/sessions/{session}/history", operation_id="getSessionHistory")
async def see_its_history(session: SessionId, context: Context) -> tuple[HistoryEntry, ...]:
    """The history of a session: each time that was offered, and your reports."""
    return await context.history(sessions, session)


def _is_offer_of(by: PersonId, session: AnySession) -> bool:
    return isinstance(session, Proposed) and session.offer.by == by


def _taken_back(by: PersonId, session: AnySession) -> datetime | None:
    """When ``by`` withdrew this offer of their own (UTC)."""
    return session.settled_at if isinstance(session, NotAgreed) and session.by == by else None
