"""Lists of check-ins over HTTP: the last weeks of all partnerships, and every check-in of one partnership."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Query

from coaching_events.ids import CheckInsId, PartnershipId, PersonId, StreamId, kind_of
from coaching_events.moment import written
from coaching_readmodels.partners import (
    AskedOwner,
    AskedPartnership,
    From,
    Partner,
    Partners,
    Until,
    of_the_two,
    our_partnership,
    owned,
    partners,
)
from eventlog.commands import CurrentState
from eventlog.stores import Document
from goals.check_ins import check_ins as aggregate
from goals.check_ins import check_ins_of
from goals.check_ins.rules.occasions import every_occasion
from goals.check_ins.state import CheckIns, Occasion, occasions
from goals.check_ins.views import CheckInStatus, OccasionView, occasion_view, status_of
from goals.commitment import commitments
from goals.goal import goals
from service_kit.bodies import View
from service_kit.http import AskedPage, Context, Page, Paging, RequestContext, place_of

routes = APIRouter(tags=["check-ins"])

AskedStatus = Annotated[list[CheckInStatus] | None, Query(description="Only these; repeat it for several values")]
MOST_STREAMS = 1_000
"""The most streams of check-ins in one list. A partnership has two."""


class CheckInView(OccasionView):
    """One check-in of one partner. Submit it under the id ``check_ins``. ``waits_for`` is the person who writes it."""

    check_ins: CheckInsId
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    your_partner: Partner
    waits_for: PersonId | None


class SubjectView(View):
    """A promise or a goal that a check-in speaks of, with its text or title. An erased text is absent."""

    id: StreamId
    text: str | None


class WholeCheckInView(CheckInView):
    """The same with its ``subjects``: the promises and goals that it speaks of."""

    subjects: tuple[SubjectView, ...]


@dataclass(frozen=True, slots=True)
class _One:
    of: CurrentState[CheckIns]
    occasion: Occasion

    @property
    def key(self) -> str:
        return f"{written(self.occasion.due)} {self.of.stream} {self.occasion.occasion}"


@routes.get("/check-ins", operation_id="listCheckIns")
async def see_my_check_ins(
    context: Context,
    page: AskedPage,
    partnership: AskedPartnership = None,
    owner: AskedOwner = None,
    status: AskedStatus = None,
    due_from: From = None,
    due_until: Until = None,
) -> Page[CheckInView]:
    """The next check-in and those of the last 60 days, yours and your partners', in the order of their due moments.

    The list of one partnership has the older ones.
    """
    fits = _fits(status, due_from, due_until)
    if partnership is not None:
        await our_partnership(context, partnership)
    me = await context.person()
    wheres = owned(me, owner, {}) if partnership is None else of_the_two(me, partnership, owner, {})
    reading = [context.log.find(aggregate, where, limit=MOST_STREAMS, texts="texts") for where in wheres]
    theirs, parts = await asyncio.gather(partners(context), asyncio.gather(*reading))
    found = [_One(of, each) for of in chain(*parts) for each in occasions(of.state) if fits(each)]
    return _page(found, theirs, page)


@routes.get("/partnerships/{partnership}/occasions", operation_id="listPartnershipOccasions")
async def see_all_our_check_ins(
    partnership: PartnershipId,
    context: Context,
    page: AskedPage,
    owner: AskedOwner = None,
    status: AskedStatus = None,
    due_from: From = None,
    due_until: Until = None,
) -> Page[CheckInView]:
    """Every check-in of the two of you, with its texts, in the order of their due moments."""
    fits = _fits(status, due_from, due_until)
    pair, me = await asyncio.gather(our_partnership(context, partnership), context.person())
    asked = {None: pair.people, "me": (me,), "partner": (pair.other(me),)}.get(owner, (owner,))
    streams = [check_ins_of(partnership, each) for each in pair.people if each in asked]
    theirs, found = await asyncio.gather(partners(context), context.log.whole(aggregate, streams))
    ones = [_One(of, each) for of, history in found for each in every_occasion(history) if fits(each)]
    return _page(ones, theirs, page)


@routes.get("/check-ins/{check_ins}/occasions", operation_id="listOccasions")
async def see_every_check_in(check_ins: CheckInsId, context: Context, page: AskedPage) -> Page[WholeCheckInView]:
    """Every check-in of one of you, with its texts and what they are about, the latest first."""
    _, theirs, found = await asyncio.gather(
        context.current(aggregate, check_ins), partners(context), context.log.whole(aggregate, [check_ins])
    )
    ones = [_One(of, each) for of, history in found for each in every_occasion(history)]
    items, following = _cut(ones, page, latest_first=True)
    known = await _subjects(context, items)
    views = (
        WholeCheckInView(**_seen(one, theirs), subjects=tuple(known[each] for each in _speaks_of(one) if each in known))
        for one in items
    )
    return Page(items=tuple(views), next=following)


def _fits(
    status: Sequence[CheckInStatus] | None, start: datetime | None, end: datetime | None
) -> Callable[[Occasion], bool]:
    def fits(occasion: Occasion) -> bool:
        lies = (start is None or start <= occasion.due) and (end is None or occasion.due < end)
        return lies and (status is None or status_of(occasion) in status)

    return fits


def _page(found: Sequence[_One], theirs: Partners, page: Paging) -> Page[CheckInView]:
    items, following = _cut(found, page)
    return Page(items=tuple(CheckInView(**_seen(one, theirs)) for one in items), next=following)


def _cut(found: Sequence[_One], page: Paging, *, latest_first: bool = False) -> tuple[list[_One], str | None]:
    place = None if page.after is None else " ".join(place_of(page.after))
    rest = [one for one in found if place is None or (one.key < place if latest_first else one.key > place)]
    return page.cut(sorted(rest, key=lambda one: one.key, reverse=latest_first), lambda one: one.key)


def _seen(one: _One, theirs: Partners) -> dict[str, Any]:
    return {
        **dict(occasion_view(one.occasion, one.of.personal_texts)),
        "check_ins": CheckInsId(one.of.stream),
        "partnership": one.of.state.partnership,
        "owner": one.of.state.owner,
        "partner": one.of.state.partner,
        "your_partner": theirs.among(aggregate.parties(one.of.state)),
        "waits_for": one.of.state.owner if status_of(one.occasion) in ("opened", "suspended") else None,
    }


def _speaks_of(one: _One) -> tuple[StreamId, ...]:
    written = one.occasion.written
    return () if written is None else (*written.speaks_of, *written.goals)


async def _subjects(context: RequestContext, items: Sequence[_One]) -> Mapping[StreamId, SubjectView]:
    asked = {each for one in items for each in _speaks_of(one)}
    documents = await context.store.states(asked) if asked else []
    return {each.stream: SubjectView(id=each.stream, text=await _text(context, each)) for each in documents}


async def _text(context: RequestContext, document: Document) -> str | None:
    if kind_of(document.stream) == "goal":
        text = (await context.log.state(goals, document)).revision.title
    else:
        text = (await context.log.state(commitments, document)).text
    return text if isinstance(text, str) else None
