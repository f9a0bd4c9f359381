"""Dead letters and resending over HTTP, for tokens with the scope ops. The command line does the same."""

from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from coaching_events.ids import Position, StreamId
from coaching_events.moment import Moment
from eventlog import wall_now
from eventlog.consumers import CannotBeDone, DeadLetters, NoSuchLetter, OthersStream, Reactions, masked, resent
from eventlog.stores import DeadLetter, Place, Reason
from service_kit.bodies.types import Body, ShortText, View, example
from service_kit.http.authentication import OPS
from service_kit.http.paging import AskedPage, Page, from_another_list
from service_kit.http.problems import Problem, not_found
from service_kit.http.request_context import Context, RequestContext

MOST_HEADERS = 30
LONGEST_HEADER = 300

HandlerFilter = Annotated[str | None, Query(min_length=1, max_length=200, description="Only those of this handler")]
ReasonFilter = Annotated[Reason | None, Query(description="Only those with this reason")]


class DeadLetterView(View):
    """A record that could not be processed, without texts of people.

    ``age`` is in whole seconds, ``error`` is the name of the error. A record without a readable position has no stream.
    """

    id: str
    handler: str
    reason: Reason
    position: Position | None
    stream: StreamId | None
    version: int | None
    type: str | None
    error: str
    tries: int
    bytes: int
    since: Moment
    next_try: Moment
    age: int


class DeadLetterDetails(DeadLetterView):
    """A dead letter with the headers of its record. Long headers are cut."""

    headers: Mapping[str, str]


class OperationResult(View):
    """A sentence about what was done."""

    done: str


class Discard(Body, json_schema_extra=example(why="A test record, sent by mistake")):
    """The reason, which is recorded with the person who decides."""

    why: ShortText


routes = APIRouter(tags=["operations"])


@routes.get("/ops/dead-letters")
async def list_dead_letters(
    context: Context, page: AskedPage, handler: HandlerFilter = None, reason: ReasonFilter = None
) -> Page[DeadLetterView]:
    """Records that could not be processed, oldest first."""
    letters, now = await _letters(context), wall_now()
    after = None if page.after is None else _position_in_list(page.after)
    found = await letters.kept(handler, reason, after=after, limit=page.limit + 1)
    return page.page(found, _key, lambda letter: DeadLetterView.model_validate(_members(letter, now)))


@routes.get("/ops/dead-letters/{letter:path}", operation_id="getDeadLetter")
async def see_dead_letter(letter: str, context: Context) -> DeadLetterDetails:
    """One dead letter. Of its data only the length is shown."""
    found = await _found(await _letters(context), letter)
    headers = {name[:LONGEST_HEADER]: text[:LONGEST_HEADER] for name, text in [*found.headers.items()][:MOST_HEADERS]}
    return DeadLetterDetails.model_validate({**_members(found, wall_now()), "headers": headers})


@routes.post("/ops/dead-letters/{letter:path}/replay")
async def replay_dead_letter(letter: str, context: Context) -> OperationResult:
    """Process it again, after a fix. Records that waited for it follow; if it fails again it stays."""
    letters = await _letters(context)
    return await _result(letters.replay((await _found(letters, letter)).id))


@routes.post("/ops/dead-letters/{letter:path}/resend")
async def resend_dead_letter(letter: str, context: Context) -> OperationResult:
    """Publish its stream again, so that a good record replaces it. For another service's stream the answer is 409."""
    letters = await _letters(context)
    return await _result(letters.resend((await _found(letters, letter)).id))


@routes.post("/ops/dead-letters/{letter:path}/discard")
async def discard_dead_letter(letter: str, body: Discard, context: Context) -> OperationResult:
    """Skip it for ever. The decision and its reason are recorded, and every rebuild skips it too."""
    letters = await _letters(context)
    found = await _found(letters, letter)
    return await _result(letters.discard(found.id, by=context.caller.subject, why=body.why))


@routes.post("/ops/streams/{stream:path}/resend")
async def resend_stream(stream: str, context: Context) -> OperationResult:
    """Publish all events of one of this service's streams again. Consumers detect duplicates by their positions."""
    await context.require(OPS)
    events = await context.log.relay.resend(StreamId(stream))
    if not events:
        raise not_found()
    return OperationResult(done=resent(StreamId(stream), events))


async def _letters(context: RequestContext) -> DeadLetters:
    await context.require(OPS)
    service_context = context.service_context
    reactions = Reactions(service_context.log, service_context.service.reactions, service_context.projections)
    return DeadLetters(service_context.service.name, service_context.store, service_context.projections, reactions)


async def _found(letters: DeadLetters, id: str) -> DeadLetter:
    try:
        return await letters.find(id)
    except NoSuchLetter:
        raise not_found() from None


async def _result(doing: Awaitable[str]) -> OperationResult:
    try:
        return OperationResult(done=await doing)
    except OthersStream as others:
        asked = {"service": others.service, "request": others.request, "command": others.command}
        raise Problem(409, "others-stream", str(others), members=asked) from None
    except CannotBeDone as why:
        raise Problem(409, "cannot-be-done", str(why)) from None


def _members(letter: DeadLetter, now: datetime) -> Mapping[str, object]:
    age = max(0, int((now - letter.since).total_seconds()))
    exact = {"since": letter.since, "next_try": letter.next_try, "age": age}
    return {**masked(letter), "stream": letter.stream, "version": letter.version, **exact}


def _key(letter: DeadLetter) -> str:
    return f"{letter.since.isoformat()} {letter.id}"


def _position_in_list(key: str) -> Place:
    text, _, id = key.partition(" ")
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise from_another_list() from None
    if since.tzinfo is None or since.isoformat() != text:
        raise from_another_list()
    return (since, id)
