"""Check-ins over HTTP. Both partners check in, and each sees what the other has submitted."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from coaching_events.ids import CheckInsId, CommitmentId, PartnershipId, PersonalTextsId, PersonId, Position, StreamId
from coaching_readmodels.partners import Partner, our_partnership, partners
from eventlog import derived_id
from eventlog.commands import CurrentState
from goals.check_ins import check_ins as aggregate
from goals.check_ins import rules
from goals.check_ins.state import Cause, CheckIns, Occasion, Running, Started, Written
from service_kit.bodies import LocalDate, LongText, Moment, Note, Text, View, example, id_of
from service_kit.http import Accepted, Context, HistoryEntry, NoteView, Problem, RequestContext

routes = APIRouter(tags=["check-ins"])

PromiseId = Annotated[CommitmentId, id_of("commitment")]
MOST_PROMISES = 50


class Kept(View):
    """The personal texts of one check-in, as they are stored beside the state."""

    answers: dict[str, str] = Field(default_factory=dict[str, str])
    need: str | None = None


class Submit(
    Note,
    json_schema_extra=example(
        answers={"commitment_0123456789abcdef0123456789abcdef": "Half done"}, need="An hour of yours on Friday"
    ),
):
    """The state of each promise (``answers``, by the promise's id), and what the owner needs from their partner.

    ``occasion`` is the local due date of the check-in. The default is the one that can be submitted now. ``speaks_of``
    names the promises that the check-in is about; promises with an answer are included without it.
    """

    answers: dict[PromiseId, Text] = Field(
        default_factory=dict[CommitmentId, str],
        max_length=MOST_PROMISES,
        json_schema_extra={"propertyNames": {"pattern": id_of("commitment").pattern}},
    )
    need: LongText | None = None
    occasion: LocalDate | None = None
    speaks_of: Annotated[tuple[PromiseId, ...], Field(max_length=MOST_PROMISES)] = ()

    def promises(self) -> tuple[CommitmentId, ...]:
        """The promises that the check-in is about, each once, in the order of the request."""
        return tuple(dict.fromkeys((*self.speaks_of, *self.answers)))

    def words(self) -> str:
        """The personal texts, in the form in which they are stored."""
        return Kept(answers={**self.answers}, need=self.need).model_dump_json(exclude_none=True)


class WrittenView(View):
    """What the owner submitted, and when (UTC). Erased texts are absent."""

    at: Moment
    late: bool
    speaks_of: tuple[CommitmentId, ...]
    answers: dict[str, str] | None
    need: str | None


CheckInStatus = Literal["scheduled", "opened", "suspended", "missed", "excused", "submitted"]


class OccasionView(View):
    """One check-in: when it opens, is due and is missed if not submitted (``grace_end``). All instants are UTC."""

    occasion: LocalDate
    opens: Moment
    due: Moment
    grace_end: Moment
    status: CheckInStatus
    cause: Cause | None
    terms: int
    submitted: WrittenView | None


class CheckInsView(View):
    """One partner's check-ins: the current one (absent after the end of the partnership), and the last 60 days."""

    id: StreamId
    position: Position
    status: Literal["started", "running", "stopped"]
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    your_partner: Partner
    current: OccasionView | None
    past: tuple[OccasionView, ...]
    notes: tuple[NoteView, ...]


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
    promises, words = body.promises(), PersonalTextsId(derived_id("words", context.command.id))
    current, theirs = await asyncio.gather(context.current(aggregate, check_ins), _partnerships_of(context, promises))
    partnership = current.state.partnership
    if strange := [promise for promise in promises if theirs.get(promise) != partnership]:
        detail = "A check-in is about promises of this partnership. These do not belong to it: {promises}"
        raise Problem(422, "not-a-promise-of-yours", detail, values={"promises": ", ".join(strange)})
    return await context.change(
        aggregate,
        check_ins,
        lambda state, by, reference_data: rules.submit(
            state,
            by=by,
            at=context.at,
            occasion=body.occasion,
            speaks_of=promises,
            words=words,
            reference_data=reference_data,
        ),
        needs=(partnership,),
        words={words: body.words()},
        note=body.note,
    )


async def _partnerships_of(context: RequestContext, promises: Sequence[CommitmentId]) -> Mapping[StreamId, str]:
    """The partnership of each promise. It is the key of the promise's document."""
    found = await context.store.states(promises) if promises else []
    return {document.stream: document.key for document in found}


async def _view(context: RequestContext, current: CurrentState[CheckIns]) -> CheckInsView:
    state = current.state
    words, (partner,) = await asyncio.gather(
        context.store.personal_texts(current.stream), partners(context, aggregate, [current])
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
        your_partner=partner,
        current=None if running is None else occasion_view(running, words),
        past=tuple(occasion_view(each, words) for each in reversed(past)),
        notes=await context.notes(current),
    )


def status_of(occasion: Occasion) -> CheckInStatus:
    """The status that both partners see. After a submission it is ``submitted``, whatever it was before."""
    return occasion.progress if occasion.written is None else "submitted"


def occasion_view(occasion: Occasion, words: Mapping[str, str]) -> OccasionView:
    """One check-in as both partners see it. ``words`` has its personal texts."""
    written = occasion.written
    return OccasionView(
        occasion=occasion.occasion,
        opens=occasion.opens,
        due=occasion.due,
        grace_end=occasion.grace_end,
        status=status_of(occasion),
        cause=occasion.cause,
        terms=occasion.terms,
        submitted=None if written is None else _written(written, words),
    )


def _written(written: Written, words: Mapping[str, str]) -> WrittenView:
    text = None if written.words is None else words.get(written.words)
    kept = None if text is None else Kept.model_validate_json(text)
    return WrittenView(
        at=written.at,
        late=written.late,
        speaks_of=written.speaks_of,
        answers=None if kept is None else kept.answers,
        need=None if kept is None else kept.need,
    )
