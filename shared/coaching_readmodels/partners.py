"""Common parts of the lists of every service: filters by owner and partnership, and the names of partners."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar, runtime_checkable

from fastapi import Query

from coaching_events.event import Cipher
from coaching_events.ids import PartnershipId, PersonId, StreamId
from coaching_readmodels.partnership import PARTNERSHIP_PROJECTION, PartnershipReadModel
from eventlog import Aggregate, ReferenceData, ReferenceEntry
from eventlog.commands import CurrentState
from service_kit.bodies import Moment, View, id_of, shape
from service_kit.http import Page, RequestContext, Where

S = TypeVar("S")
V = TypeVar("V")

AskedPartnership = Annotated[PartnershipId | None, id_of("partnership"), Query(description="Only of this partnership")]
AskedOwner = Annotated[
    str | None,
    Query(
        pattern=shape(r"^(me|partner|person_[!-~]{1,150})$", "should be me, partner, or the id of a person"),
        description="The owner: `me`, `partner` (any partner of yours), or the id of one of you",
        examples=["me"],
    ),
]
From = Annotated[Moment | None, Query(description="Only from this instant on. Write a + in it as %2B")]
Until = Annotated[Moment | None, Query(description="Only before this instant. Write a + in it as %2B")]


async def our_partnership(context: RequestContext, partnership: PartnershipId) -> PartnershipReadModel:
    """The partnership, if the caller is one of the two. Raises NotFound otherwise."""
    return await context.read_model(PARTNERSHIP_PROJECTION, partnership)


class Partner(View):
    """The partner of the reader. ``display_name`` is null while this service does not know it."""

    id: PersonId
    display_name: str | None


@runtime_checkable
class Named(Protocol):
    """A person as a service knows them: by their read model, or by the document of the directory itself."""

    @property
    def display_name(self) -> str | Cipher | None:
        """What they are called; a cipher once that is erased."""
        ...


def owned(me: PersonId, owner: str | None, also: Where) -> Sequence[Where]:
    """The conditions for the things of ``me`` and their partners, by owner. Nothing of other people matches."""
    return [{**where, **also} for where in _by_owner(me, owner)]


def of_the_two(me: PersonId, partnership: PartnershipId, owner: str | None, also: Where) -> Sequence[Where]:
    """The same within a partnership of which ``me`` is one of the two."""
    also = {**also, "partnership": partnership}
    return [also] if owner is None else owned(me, owner, also)


def _by_owner(me: PersonId, owner: str | None) -> Sequence[Where]:
    mine: Where = {"owner": me}
    match owner:
        case None:
            return mine, {"partner": me}
        case "partner":
            return ({"partner": me},)
        case "me":
            return (mine,)
        case _:
            return (mine,) if owner == me else ({"owner": owner, "partner": me},)


@dataclass(frozen=True, slots=True)
class Partners:
    """The partners of ``me``, as this service knows them."""

    me: PersonId
    known: ReferenceData

    def among(self, people: Collection[StreamId]) -> Partner:
        """The partner among the two people of something, of whom ``me`` must be one."""
        other = PersonId(next(person for person in people if person != self.me))
        return Partner(id=other, display_name=_name(self.known.get(other)))


async def partners(context: RequestContext) -> Partners:
    """The partners of the caller in all partnerships. One read that depends on no list, so it goes beside one."""
    me = await context.person()
    return Partners(me, await context.log.reference_source.named(PARTNERSHIP_PROJECTION.kind, {"people": me}, "people"))


async def partner(context: RequestContext, people: Collection[StreamId]) -> Partner:
    """The partner of the caller among the two people of one thing."""
    me = await context.person()
    return Partners(me, await context.reference_data(*(each for each in people if each != me))).among(people)


async def page_with_partners(
    context: RequestContext,
    aggregate: Aggregate[S, Any, Any],
    finding: Awaitable[tuple[Sequence[CurrentState[S]], str | None]],
    view: Callable[[CurrentState[S], Partner], V],
) -> Page[V]:
    """The page that is found, each item with the caller's partner in it. The names are read beside the items."""
    (found, following), theirs = await asyncio.gather(finding, partners(context))
    items = (view(each, theirs.among(aggregate.parties(each.state))) for each in found)
    return Page(items=tuple(items), next=following)


def _name(entry: ReferenceEntry | None) -> str | None:
    named = None if entry is None else entry.value
    return named.display_name if isinstance(named, Named) and isinstance(named.display_name, str) else None
