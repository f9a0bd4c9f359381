"""Promises over HTTP. A route turns a request into the arguments of one rule."""

import asyncio
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter

from coaching_events.ids import CommitmentId, GoalId, PartnershipId, SessionId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.asking_limits import ASKING
from coaching_readmodels.partners import our_partnership, partner
from coaching_readmodels.promises import DueBody
from goals.commitment import commitments, rules
from goals.commitment.rules.reliability import MOST, WINDOW, reliability
from goals.commitment.state import Commitment, NotPromised
from goals.commitment.views import CommitmentView, ReliabilityView, direction, view
from goals.goal import goals
from goals.goal.rules.pursuing import pursued
from goals.goal.state import Goal
from service_kit.bodies import NO_NOTE, Flag, Moment, Note, Text, example, id_of
from service_kit.http import Accepted, Context, HistoryEntry, Problem, RequestContext, within

routes = APIRouter(tags=["promises"])

DAY = timedelta(days=1)


class Make(Note, json_schema_extra=example(text="Send the notes of our talk", due={"on": "2026-03-13"})):
    """A promise to the partner. ``session`` is the session that it comes out of: an id that this service cannot look
    up, and shows to the two of you. ``goal`` is an agreed goal of you two that it serves.
    """

    text: Text
    due: DueBody
    session: Annotated[SessionId, id_of("session")] | None = None
    goal: Annotated[GoalId, id_of("goal")] | None = None


class MakeAsAsked(Note, json_schema_extra=example(text="Send the notes, without the figures")):
    """A promise in answer to a request. What is absent here is promised as in the request."""

    text: Text | None = None
    due: DueBody | None = None


class Keep(Note, json_schema_extra=example(kept_at="2026-03-12T09:00:00.000Z")):
    """When the promise was kept (default: now)."""

    kept_at: Moment | None = None


class NewDate(Note, json_schema_extra=example(due={"on": "2026-03-20"}, note="I am waiting for the figures")):
    """Another due moment, and the owner's reason if they want to give one."""

    due: DueBody


class Agree(Note, json_schema_extra=example(clean_slate=False)):
    """With ``clean_slate``, the earlier lateness no longer counts."""

    clean_slate: Flag = False


@routes.post("/partnerships/{partnership}/requests", status_code=201, operation_id="requestCommitment")
async def request_a_promise(partnership: PartnershipId, body: Make, context: Context) -> Accepted:
    """Ask your partner for a promise. They can make it, in their own words, or decline."""
    limits = ASKING.limits
    pair, by = await asyncio.gather(our_partnership(context, partnership), context.person())
    goal = await _goal(context, partnership, body.goal)
    asked = {"partnership": partnership, "partner": by}
    withdrawn = {**asked, "status": "withdrawn", **within("settled_at", context.at - DAY, None)}
    waiting, settled = await asyncio.gather(
        context.log.find(commitments, {**asked, "status": "requested"}, limit=limits.requests),
        context.log.find(commitments, withdrawn, limit=limits.rounds + limits.requests),
    )
    return await context.create(
        commitments,
        lambda by, reference_data: rules.request(
            partnership=partnership,
            by=by,
            at=context.at,
            text=body.text,
            due=body.due.due(),
            session=body.session,
            goal=_pursued(body.goal, goal),
            open_requests=len(waiting),
            taken_back=[moment for each in settled if (moment := _settled_at(each.state)) is not None],
            limits=limits,
            reference_data=reference_data,
        ),
        needs=(partnership, *pair.people),
        note=body.note,
    )


@routes.post("/partnerships/{partnership}/commitments", status_code=201, operation_id="makeCommitment")
async def make_a_promise(partnership: PartnershipId, body: Make, context: Context) -> Accepted:
    """Promise something to your partner."""
    pair = await our_partnership(context, partnership)
    goal = await _goal(context, partnership, body.goal)
    return await context.create(
        commitments,
        lambda by, reference_data: rules.make(
            None,
            partnership=partnership,
            by=by,
            at=context.at,
            text=body.text,
            due=body.due.due(),
            session=body.session,
            goal=_pursued(body.goal, goal),
            reference_data=reference_data,
        ),
        needs=(partnership, *pair.people),
        note=body.note,
    )


@routes.post("/commitments/{commitment}/make", operation_id="makeRequestedCommitment")
async def make_what_was_asked(commitment: CommitmentId, body: MakeAsAsked, context: Context) -> Accepted:
    """Promise what your partner asked for, in their words or in your own."""
    due = None if body.due is None else body.due.due()
    return await context.change(
        commitments,
        commitment,
        lambda asked, by, reference_data: rules.make(
            asked,
            partnership=asked.partnership,
            by=by,
            at=context.at,
            text=body.text,
            due=due,
            reference_data=reference_data,
        ),
        note=body.note,
        effect="settles",
    )


@routes.post("/commitments/{commitment}/decline-request", operation_id="declineRequest")
async def decline_a_request(commitment: CommitmentId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Decline your partner's request."""
    return await context.change(
        commitments,
        commitment,
        lambda asked, by, reference_data: rules.decline_request(
            asked, by=by, at=context.at, reference_data=reference_data
        ),
        note=body.note,
        effect="settles",
    )


@routes.post("/commitments/{commitment}/withdraw-request", operation_id="withdrawRequest")
async def withdraw_a_request(commitment: CommitmentId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Withdraw your request."""
    return await context.change(
        commitments,
        commitment,
        lambda asked, by, reference_data: rules.withdraw_request(
            asked, by=by, at=context.at, reference_data=reference_data
        ),
        note=body.note,
        effect="settles",
    )


@routes.post("/commitments/{commitment}/keep", operation_id="keepCommitment")
async def keep_a_promise(commitment: CommitmentId, body: Keep, context: Context) -> Accepted:
    """Declare that you kept it, and when. You are believed. Both of you see both times."""
    return await context.change(
        commitments,
        commitment,
        lambda promise, by, reference_data: rules.keep(
            promise, by=by, at=context.at, kept_at=body.kept_at, reference_data=reference_data
        ),
        note=body.note,
        effect="settles",
    )


@routes.post("/commitments/{commitment}/take-back", operation_id="takeBackDeclaration")
async def take_back_a_declaration(commitment: CommitmentId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Take back, within 24 hours, that you kept it."""
    return await context.change(
        commitments,
        commitment,
        lambda promise, by, reference_data: rules.take_back(
            promise, by=by, at=context.at, reference_data=reference_data
        ),
        note=body.note,
        effect="eases",
    )


@routes.post("/commitments/{commitment}/renegotiate", operation_id="renegotiateCommitment")
async def ask_for_another_date(commitment: CommitmentId, body: NewDate, context: Context) -> Accepted:
    """Ask your partner for another date. If you ask before the due moment, silence means yes."""
    return await context.change(
        commitments,
        commitment,
        lambda promise, by, reference_data: rules.renegotiate(
            promise,
            by=by,
            at=context.at,
            due=body.due.due(),
            rounds=ASKING.limits.rounds,
            reference_data=reference_data,
        ),
        note=body.note,
    )


@routes.post("/commitments/{commitment}/release", operation_id="askForRelease")
async def ask_for_a_release(commitment: CommitmentId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Ask your partner to release you from it."""
    return await context.change(
        commitments,
        commitment,
        lambda promise, by, reference_data: rules.ask_for_release(
            promise, by=by, at=context.at, rounds=ASKING.limits.rounds, reference_data=reference_data
        ),
        note=body.note,
        effect="eases",
    )


@routes.post("/commitments/{commitment}/agree", operation_id="agreeProposal")
async def agree_to_what_was_asked(commitment: CommitmentId, body: Agree, context: Context) -> Accepted:
    """Agree to your partner's other date, or release them."""
    return await context.change(
        commitments,
        commitment,
        lambda promise, by, reference_data: rules.agree(
            promise, by=by, at=context.at, clean_slate=body.clean_slate, reference_data=reference_data
        ),
        note=body.note,
        effect="settles",
    )


@routes.post("/commitments/{commitment}/decline", operation_id="declineProposal")
async def decline_what_was_asked(commitment: CommitmentId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Decline your partner's question. The due moment stays."""
    return await context.change(
        commitments,
        commitment,
        lambda promise, by, reference_data: rules.decline(promise, by=by, at=context.at, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/commitments/{commitment}/withdraw", operation_id="withdrawProposal")
async def withdraw_what_was_asked(commitment: CommitmentId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Withdraw your question."""
    return await context.change(
        commitments,
        commitment,
        lambda promise, by, reference_data: rules.withdraw(
            promise, by=by, at=context.at, reference_data=reference_data
        ),
        note=body.note,
        effect="settles",
    )


@routes.post("/commitments/{commitment}/thank", operation_id="thankForCommitment")
async def thank_for_a_promise(commitment: CommitmentId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Thank your partner for a kept promise, once."""
    return await context.change(
        commitments,
        commitment,
        lambda promise, by, reference_data: rules.thank(promise, by=by, at=context.at, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/commitments/{commitment}/clean-slate", operation_id="giveCleanSlate")
async def give_a_clean_slate(commitment: CommitmentId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Let a promise of your partner that was kept late count as kept on time."""
    return await context.change(
        commitments,
        commitment,
        lambda promise, by, reference_data: rules.give_clean_slate(
            promise, by=by, at=context.at, reference_data=reference_data
        ),
        note=body.note,
        effect="settles",
    )


@routes.get("/commitments/{commitment}", operation_id="getCommitment")
async def see_a_promise(commitment: CommitmentId, context: Context) -> CommitmentView:
    """One promise, yours or your partner's to you."""
    current = await context.current(commitments, commitment)
    theirs, notes = await asyncio.gather(partner(context, commitments.parties(current.state)), context.notes(current))
    return view(current, theirs).model_copy(update={"notes": notes})


@routes.get("/commitments/{commitment}/history", operation_id="getCommitmentHistory")
async def see_its_history(commitment: CommitmentId, context: Context) -> tuple[HistoryEntry, ...]:
    """The history of one promise, with every due moment that it had."""
    return await context.history(commitments, commitment)


@routes.get("/partnerships/{partnership}/reliability", operation_id="getReliability")
async def see_our_reliability(partnership: PartnershipId, context: Context) -> ReliabilityView:
    """The reliability of each of you to the other, with a list that explains each promise. Only you two see it."""
    pair = await our_partnership(context, partnership)
    recent = within("due", context.at - WINDOW, context.at + timedelta(milliseconds=1))
    known, promises = await asyncio.gather(
        context.reference_data(*pair.people),
        context.log.find(commitments, {"partnership": partnership, **recent}, limit=MOST + 1),
    )
    reference_data = PairReferenceData(known)
    directions = [
        direction(
            owner,
            reliability(
                [(p.stream, p.state) for p in promises if p.state.owner == owner],
                owner=reference_data.time(owner),
                pair=pair,
                at=context.at,
            ),
            show=pair.terms.show_reliability and len(promises) <= MOST,
        )
        for owner in pair.people
    ]
    return ReliabilityView(partnership=partnership, as_of=context.at, directions=tuple(directions))


async def _goal(context: RequestContext, partnership: PartnershipId, named: GoalId | None) -> Goal | None:
    """The goal that a promise names. Raises the 422 problem if it is not of this partnership."""
    if named is None:
        return None
    current = await context.log.current(goals, named)
    if current is None or current.state.partnership != partnership:
        sentence = "This goal does not belong to this partnership, or there is no such goal."
        raise Problem(422, "not-a-goal-of-yours", sentence)
    return current.state


def _pursued(named: GoalId | None, goal: Goal | None) -> GoalId | None:
    """The goal's id, if the two pursue it. Raises Refused. Asked with the rule, so that a repeated command is not."""
    if goal is not None:
        pursued(goal)
    return named


def _settled_at(request: Commitment) -> datetime | None:
    return request.settled_at if isinstance(request, NotPromised) else None
