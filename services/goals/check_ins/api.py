"""Check-ins over HTTP. Both partners check in, and each sees what the other has submitted."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field, model_validator

from coaching_events.events.check_ins import CheckInsEvent
from coaching_events.ids import CheckInsId, CommitmentId, GoalId, PartnershipId, PersonalTextsId, StreamId, kind_of
from coaching_readmodels.partners import our_partnership, partner
from eventlog import Decision, derived_id
from eventlog.commands import CurrentState
from goals.check_ins import check_ins as aggregate
from goals.check_ins import rules
from goals.check_ins.rules.occasions import every_occasion
from goals.check_ins.state import CheckIns, Occasion, Running, Started, occasions
from goals.check_ins.views import CheckInsView, Kept, occasion_view
from service_kit.bodies import Body, Flag, LocalDate, LongText, Note, Text, Unfit, example, id_of
from service_kit.http import Accepted, Context, HistoryEntry, Problem, RequestContext

routes = APIRouter(tags=["check-ins"])

SUBJECT = id_of("commitment", "goal")
SubjectId = Annotated[StreamId, SUBJECT]
MOST_SUBJECTS, MOST_QUESTIONS = 50, 10


class Submit(
    Note,
    json_schema_extra=example(
        answers={"commitment_0123456789abcdef0123456789abcdef": "Half done"}, need="An hour of yours on Friday"
    ),
):
    """How each promise and goal stands (``answers``, by its id), and what the owner needs from their partner.

    ``occasion`` is the local due date of the check-in. The default is the one that can be submitted now. ``speaks_of``
    names the promises and goals that the check-in is about; those with an answer are included without it.
    ``to_questions`` answers the questions of the pair's own, in their order; null leaves one out. A check-in with
    ``we_talked`` is complete without any text.
    """

    answers: dict[SubjectId, Text] = Field(
        default_factory=dict[StreamId, str],
        max_length=MOST_SUBJECTS,
        json_schema_extra={"propertyNames": {"pattern": SUBJECT.pattern}},
    )
    need: LongText | None = None
    occasion: LocalDate | None = None
    speaks_of: Annotated[tuple[SubjectId, ...], Field(max_length=MOST_SUBJECTS)] = ()
    to_questions: Annotated[tuple[LongText | None, ...], Field(max_length=MOST_QUESTIONS)] = ()
    we_talked: Flag = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.we_talked or self.need or self.note or self.subjects() or any(self.to_questions)):
            raise Unfit("says nothing: write a line, or set we_talked")
        return self

    def subjects(self) -> tuple[StreamId, ...]:
        """The promises and goals that the check-in is about, each once, in the order of the request."""
        return tuple(dict.fromkeys((*self.speaks_of, *self.answers)))

    def words(self) -> str:
        """The personal texts, in the form in which they are stored."""
        return Kept(answers={**self.answers}, need=self.need, to_questions=self.to_questions).model_dump_json(
            exclude_none=True
        )


class Answer(
    Body, json_schema_extra=example(occasion="2026-03-05", text="Friday at ten is good. I bring the figures.")
):
    """A line about the check-in of your partner with this local due date."""

    occasion: LocalDate
    text: Text


@routes.get("/partnerships/{partnership}/check-ins", operation_id="getPartnershipCheckIns")
async def see_our_check_ins(partnership: PartnershipId, context: Context) -> list[CheckInsView]:
    """The check-ins of both partners. The partner who proposed the partnership comes first."""
    pair = await our_partnership(context, partnership)
    found = await context.log.find(aggregate, {"partnership": partnership}, limit=2)
    found.sort(key=lambda current: pair.people.index(current.state.owner))
    return await asyncio.gather(*(_view(context, current) for current in found))


@routes.get("/check-ins/{check_ins}", operation_id="getCheckIns")
async def see_check_ins(check_ins: CheckInsId, context: Context) -> CheckInsView:
    """Your check-ins, or your partner's."""
    return await _view(context, await context.current(aggregate, check_ins))


@routes.get("/check-ins/{check_ins}/history", operation_id="getCheckInsHistory")
async def see_their_history(check_ins: CheckInsId, context: Context) -> tuple[HistoryEntry, ...]:
    """Every check-in so far, and its outcome. The texts are in the check-ins, not here."""
    return await context.history(aggregate, check_ins)


@routes.post("/check-ins/{check_ins}/submit", operation_id="submitCheckIn")
async def check_in(check_ins: CheckInsId, body: Submit, context: Context) -> Accepted:
    """Submit a check-in: your partner sees what you write. A late one is accepted until the next one is due."""
    return await _write(check_ins, body, context, rules.submit)


@routes.post("/check-ins/{check_ins}/revise", operation_id="reviseCheckIn")
async def revise_a_check_in(check_ins: CheckInsId, body: Submit, context: Context) -> Accepted:
    """Write a check-in anew, whole, until the next one opens. Both of you see that, when, and the earlier texts."""
    return await _write(check_ins, body, context, rules.revise)


@routes.post("/check-ins/{check_ins}/answer", operation_id="answerCheckIn")
async def answer_a_check_in(check_ins: CheckInsId, body: Answer, context: Context) -> Accepted:
    """Answer a check-in of your partner, of any day, with a line. You can do so as often as you like."""
    words = PersonalTextsId(derived_id("words", context.command.id))
    current = await context.current(aggregate, check_ins)
    older = await _older(context, current, body.occasion)
    return await context.change(
        aggregate,
        check_ins,
        lambda state, by, reference_data: rules.answer(
            state, by=by, at=context.at, occasion=body.occasion, words=words, older=older, reference_data=reference_data
        ),
        needs=(current.state.partnership,),
        words={words: body.text},
    )


async def _write(
    check_ins: CheckInsId, body: Submit, context: RequestContext, rule: Callable[..., Decision[CheckInsEvent]]
) -> Accepted:
    subjects, words = body.subjects(), PersonalTextsId(derived_id("words", context.command.id))
    current, theirs = await asyncio.gather(context.current(aggregate, check_ins), _partnerships_of(context, subjects))
    partnership = current.state.partnership
    promises = [CommitmentId(each) for each in subjects if kind_of(each) == "commitment"]
    goals = [GoalId(each) for each in subjects if kind_of(each) == "goal"]
    if strange := [promise for promise in promises if theirs.get(promise) != partnership]:
        detail = "A check-in is about promises of this partnership. These do not belong to it: {promises}"
        raise Problem(422, "not-a-promise-of-yours", detail, values={"promises": ", ".join(strange)})
    if strange := [goal for goal in goals if theirs.get(goal) != partnership]:
        detail = "A check-in is about goals of this partnership. These do not belong to it: {goals}"
        raise Problem(422, "not-a-goal-of-yours", detail, values={"goals": ", ".join(strange)})
    return await context.change(
        aggregate,
        check_ins,
        lambda state, by, reference_data: rule(
            state,
            by=by,
            at=context.at,
            occasion=body.occasion,
            speaks_of=tuple(promises),
            goals=tuple(goals),
            words=words,
            we_talked=body.we_talked,
            answers=len(body.to_questions),
            reference_data=reference_data,
        ),
        needs=(partnership,),
        words={words: body.words()},
        note=body.note,
        effect="eases",  # so the partner's replies leave it room
    )


async def _older(context: RequestContext, current: CurrentState[CheckIns], day: date) -> Occasion | None:
    """The occasion of that day, if the state no longer has it."""
    if any(each.occasion == day for each in occasions(current.state)):
        return None
    history = await context.log.events(aggregate, current.stream)
    return next((each for each in every_occasion(history) if each.occasion == day), None)


async def _partnerships_of(context: RequestContext, subjects: Sequence[StreamId]) -> Mapping[StreamId, str]:
    """The partnership of each promise and goal. It is the key of its document."""
    found = await context.store.states(subjects) if subjects else []
    return {document.stream: document.key for document in found}


async def _view(context: RequestContext, current: CurrentState[CheckIns]) -> CheckInsView:
    state = current.state
    words, theirs, notes = await asyncio.gather(
        context.store.personal_texts(current.stream), partner(context, aggregate.parties(state)), context.notes(current)
    )
    running = state.current if isinstance(state, Running) else None
    past = () if isinstance(state, Started) else state.past
    return CheckInsView(
        id=current.stream,
        position=current.position,
        status=state.status,
        partnership=state.partnership,
        owner=state.owner,
        partner=state.partner,
        your_partner=theirs,
        current=None if running is None else occasion_view(running, words),
        past=tuple(occasion_view(each, words) for each in reversed(past)),
        notes=notes,
    )
