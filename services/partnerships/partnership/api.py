"""Partnerships over HTTP. A route turns a request into the arguments of one rule."""

import asyncio
from collections.abc import Iterator, Mapping, Set
from itertools import chain
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from coaching_events.ids import PartnershipId, PersonId, kind_of, stream_of
from coaching_readmodels.asking_limits import ASKING
from coaching_readmodels.partners import page_with_partners, partner
from eventlog import Ids
from eventlog.commands import CurrentState
from partnerships.directory import holder, person_id
from partnerships.partnership import partnerships, rules
from partnerships.partnership.draft import TermsDraft
from partnerships.partnership.figures import IN_USE
from partnerships.partnership.state import AnyPartnership, pair_of
from partnerships.partnership.versions import versions
from partnerships.partnership.views import PartnershipStatus, PartnershipView, VersionView, view
from partnerships.person.api import IdentityBody
from partnerships.person.details import Person
from service_kit.bodies import NO_NOTE, LocalDate, Note, VisibleText, WholeNumber, example
from service_kit.http import Accepted, AskedPage, Context, HistoryEntry, Page, RequestContext

routes = APIRouter(tags=["partnerships"])


class Propose(
    Note, json_schema_extra=example(other="person_0123456789abcdef0123456789abcdef", purpose="Grow into the new role")
):
    """The other person (by id, or by source and external id), the purpose, and the terms."""

    other: Person | IdentityBody
    purpose: VisibleText | None = None
    terms: TermsDraft = TermsDraft()


class Accept(Note, json_schema_extra=example(version=1)):
    """The version of the terms to accept."""

    version: WholeNumber


class Pause(Note, json_schema_extra=example(last="2026-03-20")):
    """The last day of the pause, in your zone. Without it the pause lasts until you resume."""

    last: LocalDate | None = None


@routes.post("/partnerships", status_code=201, operation_id="proposePartnership")
async def propose_a_partnership(body: Propose, context: Context) -> Accepted:
    """Propose a partnership. You accept these terms by proposing them; the other accepts, counters or declines.

    After you withdraw a proposal, you can propose to the same person again a day later.
    """
    by, other = await context.person(), await asked_person(context, body.other)
    mine = {"people": by, "status": "proposed", "question.by": by}
    found, mine_open = await asyncio.gather(
        context.log.find(partnerships, {"pair": pair_of(by, other)}),
        context.log.find(partnerships, mine, limit=ASKING.limits.proposals),
    )
    earlier = [each.state for each in found]
    stream = await _answered(context, [each.id for each in earlier])
    if stream is None:
        stream = partnership_id(context.log.ids, by, other, rules.next_ordinal(earlier))
    id = PartnershipId(stream)
    return await context.create_or_change(
        partnerships,
        id,
        lambda partnership, by, reference_data: rules.propose(
            partnership,
            by=by,
            at=context.at,
            id=id,
            other=other,
            earlier=earlier,
            draft=body.terms,
            purpose=body.purpose,
            open_proposals=len(mine_open),
            limits=ASKING.limits,
            figures=IN_USE.figures,
            reference_data=reference_data,
        ),
        needs=(by, other),
        note=body.note,
    )


def partnership_id(ids: Ids, one: PersonId, other: PersonId, ordinal: int) -> PartnershipId:
    """The id of the partnership of two people with this ordinal. It does not depend on who proposes."""
    return PartnershipId(ids.stream("partnership", *sorted((one, other)), str(ordinal)))


@routes.get("/partnerships", operation_id="listPartnerships")
async def list_my_partnerships(
    context: Context,
    page: AskedPage,
    partner: Annotated[Person | None, Query(description="Only those with this person")] = None,
    status: Annotated[
        list[PartnershipStatus | Literal["closed"]] | None,
        Query(description="Only these; repeat it for several values. `closed`: declined, withdrawn or lapsed"),
    ] = None,
) -> Page[PartnershipView]:
    """All partnerships of the caller, in the order of their ids."""
    me = await context.person()
    where: dict[str, Any] = {"people": me} if partner is None else {"pair": pair_of(me, partner)}
    last = page.after_stream(partnerships.kind)
    wheres = [where] if status is None else _of_status(where, frozenset(status))

    async def found() -> tuple[list[CurrentState[AnyPartnership]], str | None]:
        reading = [context.log.find(partnerships, each, after=last, limit=page.limit + 1) for each in wheres]
        parts = await asyncio.gather(*reading)
        return page.cut(sorted(chain(*parts), key=lambda each: each.stream), lambda each: each.stream)

    return await page_with_partners(context, partnerships, found(), view)


def _of_status(where: Mapping[str, Any], asked: Set[str]) -> Iterator[Mapping[str, Any]]:
    """The condition for these statuses. One state has the three statuses of proposals without an agreement."""
    if "closed" in asked:
        asked = asked | {"declined", "withdrawn", "lapsed"}
    if standing := asked & {"proposed", "formed", "ended"}:
        yield {**where, "status": standing}
    if closed := asked & {"declined", "withdrawn", "lapsed"}:
        yield {**where, "how": closed}


@routes.get("/partnerships/{partnership}", operation_id="getPartnership")
async def see_a_partnership(partnership: PartnershipId, context: Context) -> PartnershipView:
    """One partnership: the terms in force, proposed terms, and pauses."""
    current = await context.current(partnerships, partnership)
    theirs, notes = await asyncio.gather(partner(context, partnerships.parties(current.state)), context.notes(current))
    return view(current, theirs).model_copy(update={"notes": notes})


@routes.get("/partnerships/{partnership}/history", operation_id="getPartnershipHistory")
async def see_its_history(partnership: PartnershipId, context: Context) -> tuple[HistoryEntry, ...]:
    """The history of a partnership, in order."""
    history = await context.history(partnerships, partnership)
    return tuple(event.model_copy(update={"cause": None}) if _is_private(event) else event for event in history)


@routes.get("/partnerships/{partnership}/terms", operation_id="listTermsVersions")
async def see_all_versions_of_the_terms(partnership: PartnershipId, context: Context) -> list[VersionView]:
    """Every version of the terms that was ever proposed, and its outcome."""
    await context.current(partnerships, partnership)
    history = await context.log.events(partnerships, partnership)
    return [VersionView.model_validate(version) for version in versions(history)]


@routes.post("/partnerships/{partnership}/accept", operation_id="acceptPartnership")
async def accept(partnership: PartnershipId, body: Accept, context: Context) -> Accepted:
    """Accept the proposed terms. This forms the partnership."""
    return await context.change(
        partnerships,
        partnership,
        lambda known, by, reference_data: rules.accept(
            known, by=by, version=body.version, reference_data=reference_data
        ),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/decline", operation_id="declinePartnership")
async def decline(partnership: PartnershipId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Decline. The same person cannot propose again for some time (`GET /terms/defaults` says how long)."""
    return await context.change(
        partnerships, partnership, lambda known, by, _: rules.decline(known, by=by), note=body.note, effect="settles"
    )


@routes.post("/partnerships/{partnership}/withdraw", operation_id="withdrawPartnership")
async def withdraw(partnership: PartnershipId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Withdraw your proposal."""
    return await context.change(
        partnerships, partnership, lambda known, by, _: rules.withdraw(known, by=by), note=body.note, effect="settles"
    )


@routes.post("/partnerships/{partnership}/pause", operation_id="pausePartnership")
async def pause(partnership: PartnershipId, body: Pause, context: Context) -> Accepted:
    """Pause the partnership, without a reason. Send it again to change the end of the pause."""
    return await context.change(
        partnerships,
        partnership,
        lambda known, by, reference_data: rules.pause(
            known, by=by, at=context.at, last=body.last, reference_data=reference_data
        ),
        note=body.note,
        effect="eases",
    )


@routes.post("/partnerships/{partnership}/resume", operation_id="resumePartnership")
async def resume(partnership: PartnershipId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """End your pause."""
    return await context.change(
        partnerships,
        partnership,
        lambda known, by, reference_data: rules.resume(known, by=by, at=context.at, reference_data=reference_data),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/end", operation_id="endPartnership")
async def end(partnership: PartnershipId, context: Context, body: Note = NO_NOTE) -> Accepted:
    """End the partnership, at once and without a reason."""
    return await context.change(
        partnerships, partnership, lambda known, by, _: rules.end(known, by=by), note=body.note, effect="settles"
    )


async def asked_person(context: RequestContext, other: PersonId | IdentityBody) -> PersonId:
    """The id of the person who is asked, named by id or by what a source calls them."""
    if not isinstance(other, IdentityBody):
        return other
    found = await holder(context.log, other.source, other.external_id)
    return found.id if found is not None else person_id(context.log.ids, other.source, other.external_id)


async def _answered(context: RequestContext, earlier: list[PartnershipId]) -> PartnershipId | None:
    """The partnership that this command has already proposed: a repeated request gets the same answer."""
    for partnership in earlier:
        document = await context.log.store.read(partnership, context.command.id)
        if document is not None and document.answered:
            return partnership
    return None


def _is_private(event: HistoryEntry) -> bool:
    """Whether the event follows from one partner's record. A pause by the directory is shown without a reason."""
    return event.cause is not None and kind_of(stream_of(event.cause)) == "person"
