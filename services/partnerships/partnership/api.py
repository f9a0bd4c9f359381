"""Partnerships over HTTP: a route turns a request into the arguments of one rule."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from coaching_events.ids import PartnershipId, PersonId, kind_of, stream_of
from coaching_rows.asking_limits import ASKING
from coaching_rows.partners import partners
from eventlog.decide import Current
from eventlog.positions import Ids
from partnerships.directory import holder, person_id
from partnerships.partnership import partnerships, rules
from partnerships.partnership.state import AnyPartnership, pair_of
from partnerships.partnership.terms import TermsDraft
from partnerships.partnership.versions import versions
from partnerships.partnership.views import PartnershipStatus, PartnershipView, VersionView, view
from partnerships.person.api import IdentityBody
from partnerships.person.details import Person
from service_kit.answers import Accepted, Happened
from service_kit.asking import Ask, Asking
from service_kit.bodies import NO_NOTE, LocalDate, Note, VisibleText, WholeNumber, example
from service_kit.paging import AskedPage, Page

routes = APIRouter(tags=["partnerships"])


class Propose(
    Note, json_schema_extra=example(other="person_0123456789abcdef0123456789abcdef", purpose="Grow into the new role")
):
    """Whom to ask (their id here, or what a source calls them), what for, and under which terms."""

    other: Person | IdentityBody
    purpose: VisibleText | None = None
    terms: TermsDraft = TermsDraft()


class Accept(Note, json_schema_extra=example(version=1)):
    """The version of the terms that one consents to."""

    version: WholeNumber


class Pause(Note, json_schema_extra=example(last="2026-03-20")):
    """The last day of the pause, in one's own zone; left out: until one resumes."""

    last: LocalDate | None = None


@routes.post("/partnerships", status_code=201, operation_id="proposePartnership")
async def propose_a_partnership(body: Propose, ask: Asking) -> Accepted:
    """Ask somebody. Proposing is consenting to these terms; the other accepts, counters or declines.

    Who took such a question back asks the same person again a day later.
    """
    by, other = await ask.person(), await _asked_person(ask, body.other)
    mine = {"people": by, "status": "proposed", "question.by": by}
    found, mine_open = await asyncio.gather(
        ask.log.find(partnerships, {"pair": pair_of(by, other)}),
        ask.log.find(partnerships, mine, limit=ASKING.limits.proposals),
    )
    earlier = [each.state for each in found]
    stream = await _answered(ask, [each.id for each in earlier])
    if stream is None:
        stream = partnership_id(ask.log.ids, by, other, rules.next_ordinal(earlier))
    id = PartnershipId(ask.may_create(stream))
    return await ask.decide(
        partnerships,
        id,
        lambda partnership, by, facts: rules.propose(
            partnership,
            by=by,
            at=ask.at,
            id=id,
            other=other,
            earlier=earlier,
            draft=body.terms,
            purpose=body.purpose,
            open_proposals=len(mine_open),
            limits=ASKING.limits,
            facts=facts,
        ),
        needs=(by, other),
        note=body.note,
    )


def partnership_id(ids: Ids, one: PersonId, other: PersonId, ordinal: int) -> PartnershipId:
    """The id of the partnership of two people with this number, whoever proposes it."""
    return PartnershipId(ids.stream("partnership", *sorted((one, other)), str(ordinal)))


@routes.get("/partnerships", operation_id="listPartnerships")
async def list_my_partnerships(
    ask: Asking,
    page: AskedPage,
    partner: Annotated[Person | None, Query(description="Only those with this person")] = None,
    status: Annotated[
        list[PartnershipStatus | Literal["closed"]] | None,
        Query(description="Only these; several are possible. `closed`: declined, withdrawn or lapsed"),
    ] = None,
) -> Page[PartnershipView]:
    """All partnerships of whoever asks, by id."""
    me = await ask.person()
    where: dict[str, Any] = {"people": me} if partner is None else {"pair": pair_of(me, partner)}
    last = page.after_stream(partnerships.kind)
    wheres = [where] if status is None else _of_status(where, frozenset(status))
    reading = [ask.log.find(partnerships, each, after=last, limit=page.limit + 1) for each in wheres]
    found = sorted((each for part in await asyncio.gather(*reading) for each in part), key=lambda each: each.stream)
    items, following = page.cut(found, lambda each: each.stream)
    return Page(items=tuple(await _views(ask, items)), next=following)


def _of_status(where: Mapping[str, Any], asked: Set[str]) -> Iterator[Mapping[str, Any]]:
    """The conditions for these statuses: what never came to be is one state, which says how it ended."""
    if "closed" in asked:
        asked = asked | {"declined", "withdrawn", "lapsed"}
    if standing := asked & {"proposed", "formed", "ended"}:
        yield {**where, "status": standing}
    if closed := asked & {"declined", "withdrawn", "lapsed"}:
        yield {**where, "how": closed}


async def _views(ask: Ask, found: Sequence[Current[AnyPartnership]]) -> list[PartnershipView]:
    known = await partners(ask, partnerships, found)
    return [view(each, partner) for each, partner in zip(found, known, strict=True)]


@routes.get("/partnerships/{partnership}", operation_id="getPartnership")
async def see_a_partnership(partnership: PartnershipId, ask: Asking) -> PartnershipView:
    """How it stands: the terms in force, those on the table, and pauses."""
    current = await ask.current(partnerships, partnership)
    (seen,) = await _views(ask, [current])
    return seen.model_copy(update={"notes": await ask.notes(current)})


@routes.get("/partnerships/{partnership}/history", operation_id="getPartnershipHistory")
async def see_its_history(partnership: PartnershipId, ask: Asking) -> tuple[Happened, ...]:
    """Everything that happened, in order."""
    history = await ask.history(partnerships, partnership)
    return tuple(event.model_copy(update={"cause": None}) if _is_private(event) else event for event in history)


@routes.get("/partnerships/{partnership}/terms", operation_id="listTermsVersions")
async def see_all_versions_of_the_terms(partnership: PartnershipId, ask: Asking) -> list[VersionView]:
    """Every text that was ever on the table, and what became of it."""
    await ask.current(partnerships, partnership)
    history = await ask.log.events(partnerships, partnership)
    return [VersionView.model_validate(version) for version in versions(history)]


@routes.post("/partnerships/{partnership}/accept", operation_id="acceptPartnership")
async def accept(partnership: PartnershipId, body: Accept, ask: Asking) -> Accepted:
    """Agree to the terms on the table: with that the partnership is formed."""
    return await ask.decide(
        partnerships,
        partnership,
        lambda known, by, facts: rules.accept(known, by=by, version=body.version, facts=facts),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/decline", operation_id="declinePartnership")
async def decline(partnership: PartnershipId, ask: Asking, body: Note = NO_NOTE) -> Accepted:
    """Say no. The same person does not ask again for 90 days."""
    return await ask.decide(
        partnerships, partnership, lambda known, by, _: rules.decline(known, by=by), note=body.note, effect="settles"
    )


@routes.post("/partnerships/{partnership}/withdraw", operation_id="withdrawPartnership")
async def withdraw(partnership: PartnershipId, ask: Asking, body: Note = NO_NOTE) -> Accepted:
    """Take one's own question back."""
    return await ask.decide(
        partnerships, partnership, lambda known, by, _: rules.withdraw(known, by=by), note=body.note, effect="settles"
    )


@routes.post("/partnerships/{partnership}/pause", operation_id="pausePartnership")
async def pause(partnership: PartnershipId, body: Pause, ask: Asking) -> Accepted:
    """Let it rest, without a reason; again to change when the pause ends."""
    return await ask.decide(
        partnerships,
        partnership,
        lambda known, by, facts: rules.pause(known, by=by, at=ask.at, last=body.last, facts=facts),
        note=body.note,
        effect="eases",
    )


@routes.post("/partnerships/{partnership}/resume", operation_id="resumePartnership")
async def resume(partnership: PartnershipId, ask: Asking, body: Note = NO_NOTE) -> Accepted:
    """End one's own pause."""
    return await ask.decide(
        partnerships,
        partnership,
        lambda known, by, facts: rules.resume(known, by=by, at=ask.at, facts=facts),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/end", operation_id="endPartnership")
async def end(partnership: PartnershipId, ask: Asking, body: Note = NO_NOTE) -> Accepted:
    """End it, at once and without a reason."""
    return await ask.decide(
        partnerships, partnership, lambda known, by, _: rules.end(known, by=by), note=body.note, effect="settles"
    )


async def _asked_person(ask: Ask, other: PersonId | IdentityBody) -> PersonId:
    if not isinstance(other, IdentityBody):
        return other
    found = await holder(ask.log, other.source, other.external_id)
    return found.id if found is not None else person_id(ask.log.ids, other.source, other.external_id)


async def _answered(ask: Ask, earlier: list[PartnershipId]) -> PartnershipId | None:
    """The one that this command has proposed already: a repeated request gets its first answer."""
    for partnership in earlier:
        document = await ask.log.store.read(partnership, ask.command.id)
        if document is not None and document.answered:
            return partnership
    return None


def _is_private(event: Happened) -> bool:
    """Whether it follows from one partner's record: a pause of the directory is told without a reason."""
    return event.cause is not None and kind_of(stream_of(event.cause)) == "person"
