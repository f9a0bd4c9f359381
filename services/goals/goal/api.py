"""Goals over HTTP. A route turns a request into the arguments of one rule."""

import asyncio
import re
from datetime import datetime, timedelta
from typing import Annotated, Self

from fastapi import APIRouter, Path, Query
from pydantic import BeforeValidator, Field, model_validator

from coaching_events.amount import AMOUNT, Amount
from coaching_events.events.goal import GoalOutcome, Measure
from coaching_events.ids import GoalId, PartnershipId, PersonId, Position
from coaching_readmodels.asking_limits import ASKING
from coaching_readmodels.partners import our_partnership, partner
from eventlog import NotFound
from eventlog.commands import recorded
from goals.commitment import commitments
from goals.goal import goals, rules
from goals.goal.rules.revisions import revisions
from goals.goal.state import Goal, NotAgreed, Proposed
from goals.goal.views import ChangeView, GoalView, change_views, view, whole_view
from service_kit.bodies import NO_NOTE, Body, Moment, Note, ShortText, VisibleText, WholeNumber, example, id_of
from service_kit.http import Accepted, Context, HistoryEntry, history_entries, notes, within

routes = APIRouter(tags=["goals"])

DAY = timedelta(days=1)
MOST_MEASURES, MOST_PROMISES = 10, 200

HIGHEST = 1_000_000
Number = Annotated[WholeNumber, Field(ge=1, le=HIGHEST)]


def _text(given: object) -> object:
    # A JSON number would have gone through a float and may have lost digits.
    if isinstance(given, str) and re.fullmatch(AMOUNT[1:-1], given):
        return given
    raise ValueError("is a text with a decimal number, as in 12.5")


AmountText = Annotated[Amount, BeforeValidator(_text)]


class MeasureBody(Body):
    """What the two look at to see how far they are. Values are decimals, written as texts."""

    name: ShortText
    unit: Annotated[ShortText, Field(max_length=30)] | None = None
    from_value: AmountText | None = None
    to_value: AmountText | None = None


class ProposeGoal(
    Note,
    json_schema_extra=example(
        title="Answer customers within a day",
        description="So that they can rely on us",
        measures=[{"name": "Median answer time", "unit": "hours", "from_value": "52", "to_value": "24"}],
    ),
):
    """What the goal says, and up to ten measures."""

    title: ShortText
    description: VisibleText | None = None
    measures: Annotated[tuple[MeasureBody, ...], Field(max_length=MOST_MEASURES)] = ()

    def wording(self) -> rules.Wording:
        """The same in the form of the rules."""
        measures = tuple(Measure.model_validate(dict(each)) for each in self.measures)
        return rules.Wording(title=self.title, description=self.description, measures=measures)


class CounterGoal(
    ProposeGoal, json_schema_extra=example(revision=1, title="Answer customers within two days", note="One is too few")
):
    """Other words in answer to ``revision``, the number of your partner's. They replace all of it."""

    revision: Number


class AgreeGoal(Note, json_schema_extra=example(revision=2)):
    """The number of the revision that you agree to: the current one."""

    revision: Number


class ReportProgress(Note, json_schema_extra=example(measure=1, value="38.5", note="The new rota helps")):
    """The value that a measure has reached, and when (default: now); or only a note."""

    measure: Number | None = None
    value: AmountText | None = None
    reached_at: Moment | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.measure is None) != (self.value is None):
            raise ValueError("give both measure and value, or neither")
        if self.measure is None and self.note is None:
            raise ValueError("give a measure with its value, or a note")
        return self


class CloseGoal(Note, json_schema_extra=example(outcome="achieved", note="We are there")):
    """Whether you two reached the goal, or let it go."""

    outcome: GoalOutcome


class TakeBackOfGoal(Note, json_schema_extra=example(note="I read the wrong line")):
    """What you take back. Without a position it is the last thing that you said."""

    declaration: Annotated[Position, id_of("goal")] | None = None


NOTHING_NAMED = TakeBackOfGoal()


@routes.post("/partnerships/{partnership}/goals", status_code=201, operation_id="proposeGoal")
async def propose_a_goal(partnership: PartnershipId, body: ProposeGoal, context: Context) -> Accepted:
    """Propose a goal to your partner. They can agree, decline, or answer with other words."""
    limits = ASKING.limits
    ours = {"partnership": partnership}
    withdrawn = {**ours, "status": "withdrawn", **within("settled_at", context.at - DAY, None)}
    pair, waiting, settled = await asyncio.gather(
        our_partnership(context, partnership),
        context.log.find(goals, {**ours, "status": "proposed"}, limit=2 * limits.goals),  # of both
        context.log.find(goals, withdrawn, limit=2 * (limits.rounds + limits.goals)),
    )
    return await context.create(
        goals,
        lambda by, reference_data: rules.propose(
            partnership=partnership,
            by=by,
            at=context.at,
            wording=body.wording(),
            open_goals=sum(isinstance(each.state, Proposed) and each.state.revision.by == by for each in waiting),
            taken_back=[moment for each in settled if (moment := _taken_back(by, each.state)) is not None],
            limits=limits,
            reference_data=reference_data,
        ),
        needs=(partnership, *pair.people),
        note=body.note,
    )


@routes.post("/goals/{goal}/counter", operation_id="counterGoal")
async def answer_with_other_words(goal: GoalId, body: CounterGoal, context: Context) -> Accepted:
    """Answer your partner's revision with another one. Your partner answers it next."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.counter(
            state, by=by, at=context.at, revision=body.revision, wording=body.wording(), reference_data=reference_data
        ),
        note=body.note,
    )


@routes.post("/goals/{goal}/agree", operation_id="agreeGoal")
async def agree_to_a_goal(goal: GoalId, body: AgreeGoal, context: Context) -> Accepted:
    """Agree to your partner's revision. It is the goal of both of you from then on."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.agree(
            state, by=by, revision=body.revision, reference_data=reference_data
        ),
        note=body.note,
        effect="settles",
    )


@routes.post("/goals/{goal}/decline", operation_id="declineGoal")
async def decline_a_goal(goal: GoalId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Decline the goal that your partner proposes."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.decline(state, by=by, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/goals/{goal}/withdraw", operation_id="withdrawGoal")
async def withdraw_a_goal(goal: GoalId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Withdraw the goal that you propose."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.withdraw(state, by=by, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/goals/{goal}/progress", operation_id="reportProgress")
async def report_progress(goal: GoalId, body: ReportProgress, context: Context) -> Accepted:
    """Say how far you two are. Either of you can."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.report_progress(
            state,
            by=by,
            at=context.at,
            measure=body.measure,
            value=body.value,
            reached_at=body.reached_at,
            reference_data=reference_data,
        ),
        note=body.note,
    )


@routes.post("/goals/{goal}/close", operation_id="proposeClosing")
async def propose_to_close_a_goal(goal: GoalId, body: CloseGoal, context: Context) -> Accepted:
    """Propose to close the goal, as achieved or as released. Without an objection in ten working days it closes."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.propose_closing(
            state,
            by=by,
            at=context.at,
            outcome=body.outcome,
            rounds=ASKING.limits.rounds,
            reference_data=reference_data,
        ),
        note=body.note,
        effect="eases",
    )


@routes.post("/goals/{goal}/confirm-closing", operation_id="confirmClosing")
async def confirm_the_closing(goal: GoalId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Agree to close the goal as your partner proposes."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.confirm_closing(state, by=by, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/goals/{goal}/decline-closing", operation_id="declineClosing")
async def object_to_the_closing(goal: GoalId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Object to closing the goal. It goes on."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.decline_closing(state, by=by, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/goals/{goal}/withdraw-closing", operation_id="withdrawClosing")
async def withdraw_the_closing(goal: GoalId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Withdraw your proposal to close the goal. It goes on."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.withdraw_closing(state, by=by, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/goals/{goal}/reopen", operation_id="reopenGoal")
async def open_it_again(goal: GoalId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Open a closed goal again, within 30 days. Either of you can."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.reopen(state, by=by, at=context.at, reference_data=reference_data),
        note=body.note,
    )


@routes.post("/goals/{goal}/take-back", operation_id="takeBackGoalDeclaration")
async def take_back_a_declaration(goal: GoalId, context: Context, body: TakeBackOfGoal = NOTHING_NAMED) -> Accepted:
    """Take back, within 24 hours, progress that you reported, or your yes to closing the goal."""
    return await context.change(
        goals,
        goal,
        lambda state, by, reference_data: rules.take_back(
            state, by=by, at=context.at, declaration=body.declaration, reference_data=reference_data
        ),
        note=body.note,
        effect="eases",
    )


@routes.get("/goals/{goal}", operation_id="getGoal")
async def see_a_goal(goal: GoalId, context: Context) -> GoalView:
    """One goal with all its revisions, its progress, the promises for it, and your notes to each other."""
    current = await context.current(goals, goal)
    theirs, history, promises = await asyncio.gather(
        partner(context, goals.parties(current.state)),
        context.log.store.history(goal),
        context.log.find(commitments, {"goal": goal}, limit=MOST_PROMISES),
    )
    known = revisions(recorded(goals, goal, entry) for entry in history)
    return whole_view(view(current, theirs), known, promises, notes(history_entries(goal, history)))


@routes.get("/goals/{goal}/history", operation_id="getGoalHistory")
async def see_its_history(goal: GoalId, context: Context) -> tuple[HistoryEntry, ...]:
    """The history of one goal, with every revision and all progress."""
    return await context.history(goals, goal)


@routes.get("/goals/{goal}/revisions/{revision}/changes", operation_id="getGoalChanges")
async def see_what_a_revision_changed(
    goal: GoalId,
    revision: Annotated[int, Path(ge=1, le=HIGHEST)],
    context: Context,
    since: Annotated[
        int | None, Query(ge=1, le=HIGHEST, description="The earlier revision; the default is the one before")
    ] = None,
) -> tuple[ChangeView, ...]:
    """What a revision changed against an earlier one, word by word. Against revision 1 alone, everything is new."""
    await context.current(goals, goal)
    known = {each.number: each for each in revisions(await context.log.events(goals, goal))}
    if revision not in known or (since is not None and since not in known):
        raise NotFound(goal)
    return change_views(known.get(revision - 1 if since is None else since), known[revision])


def _taken_back(by: PersonId, goal: Goal) -> datetime | None:
    return goal.settled_at if isinstance(goal, NotAgreed) and goal.by == by else None
