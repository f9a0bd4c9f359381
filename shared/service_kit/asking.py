"""One request of one person: what a route needs to read, ask a rule, and write."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, TypeVar

import structlog
from fastapi import Depends, Request, Response

from coaching_events.event import Event
from coaching_events.ids import PersonId, StreamId, kind_of
from eventlog.aggregate import Aggregate, CatchingUp, Decisions, Fact, Facts, NotFound
from eventlog.clock import Clock
from eventlog.decide import Command, Current, Decided, EventLog, Stale
from eventlog.positions import derived_id, derived_stream, fresh_id
from eventlog.service import Running
from service_kit.access import Access, Caller, People, active_person, require
from service_kit.answers import Accepted, accepted, etag
from service_kit.conditions import ANY_VERSION, after, fingerprint, idempotency_key, if_match, wait_for
from service_kit.paging import Page, Paging

S = TypeVar("S")
E = TypeVar("E", bound=Event)
F = TypeVar("F")
V = TypeVar("V")
T = TypeVar("T")

LONGEST_ID = 200

Rule = Callable[[S | None, PersonId, F], Decisions[E]]
"""A rule with the request's arguments in it: gets the state (None: new), who asks, and the facts."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What requests need of their process. ``addresses`` has, for a kind, where one is read: ``/commitments/{}``."""

    running: Running
    clock: Clock
    people: People
    access: Access
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass
class Ask:
    """One request. ``at`` is domain time, read once; ``command`` names the request, so that it is decided once."""

    desk: Desk
    caller: Caller
    command: Command
    response: Response
    must_exist: bool = False
    _person: "asyncio.Task[PersonId] | None" = field(default=None, init=False)
    _new: set[StreamId] = field(default_factory=set[StreamId], init=False)

    @property
    def at(self) -> datetime:
        """The present instant as rules see it, UTC."""
        return self.command.at

    @property
    def log(self) -> EventLog:
        """The service's event log, for what the methods here do not cover."""
        return self.desk.running.log

    @property
    def running(self) -> Running:
        """All parts of the service."""
        return self.desk.running

    def require(self, scope: str) -> None:
        """Raise a 403 problem unless the token has this scope."""
        require(self.caller, scope)

    async def person(self) -> PersonId:
        """Who acts; raises a 403 problem if nobody known and active. Looked up once a request."""
        return await self._looking_up()

    def new(self, kind: str, *parts: str) -> StreamId:
        """The stream that this command makes: it follows from the command, or from ``parts`` where they name it."""
        stream = derived_stream(kind, self.log.service, *(parts or (self.command.id,)))
        return self.may_create(stream)

    def may_create(self, stream: StreamId) -> StreamId:
        """Let ``decide`` begin this stream if it does not exist; otherwise an absent one is not found."""
        self._new.add(stream)
        return stream

    async def decide(
        self, aggregate: Aggregate[S, E, F], stream: StreamId, rule: Rule[S, F, E], *,
        needs: Collection[StreamId] = (), words: Mapping[str, str] | None = None, scope: str | None = None,
    ) -> Accepted:  # fmt: skip
        """Ask the rule and write what follows; the answer has the positions, its headers ETag and Location.

        With ``needs`` these facts are read beside the document, else those that ``aggregate.needs`` names after it.
        Only parties of the aggregate may; with ``scope``, whoever has that scope instead. Raises what becomes a
        problem: NotFound, Refused, Stale and the others of ``EventLog.decide``.
        """
        self._check(aggregate, stream, scope)
        beside = _Beside(self, aggregate, stream, rule, needs, scope)
        try:
            decided = await self.log.decide(aggregate, stream, self._command(), beside.decide, words=words)
        except Stale as stale:
            # Strangers learn nothing from a version that they guessed.
            if stale.current is not None:
                await self.current(aggregate, stream, scope=scope)
            raise
        finally:
            beside.close()
        if decided.repeated:
            self._party(aggregate, decided.state, await self.person() if scope is None else None)
        return self._answer(decided)

    async def fact(self, stream: StreamId, parties: Callable[[Any], Collection[StreamId]] | None = None) -> Fact:
        """What is known here of another stream, read beside who acts; NotFound if nothing, or if not theirs."""
        by, facts = await both(self.person(), self.facts(stream))
        fact = facts.get(stream)
        if fact is None:
            rows = await self.running.store.rows([stream])
            raise CatchingUp(stream) if rows else NotFound(stream)
        if fact.value is None or (parties is not None and by not in parties(fact.value)):
            raise NotFound(stream)
        return fact

    async def facts(self, *streams: StreamId) -> Facts:
        """What is known here of other streams; unknown ones are left out."""
        return await self.log.facts.read(streams)

    async def current(
        self, aggregate: Aggregate[S, E, F], stream: StreamId, *, scope: str | None = None
    ) -> Current[S]:
        """The state now, with its ETag in the answer; NotFound for those who are not its parties (or lack ``scope``)."""
        self._check(aggregate, stream, scope)
        if scope is not None:
            by, current = None, await self.log.current(aggregate, stream)
        else:
            by, current = await both(self.person(), self.log.current(aggregate, stream))
        if current is None:
            raise NotFound(stream)
        self._party(aggregate, current.state, by)
        self.response.headers["ETag"] = etag(current.position)
        return current

    async def page(
        self, aggregate: Aggregate[S, E, F], where: Mapping[str, Any], asked: Paging, view: Callable[[Current[S]], V]
    ) -> Page[V]:
        """A page of the aggregates with these values, by id. Who may see them is the caller's question."""
        last = StreamId(asked.after) if asked.after is not None else None
        found = await self.log.find(aggregate, where, after=last, limit=asked.limit + 1)
        return asked.page(found, lambda each: each.stream, view)

    def _looking_up(self) -> "asyncio.Task[PersonId]":
        if self._person is None:
            self._person = asyncio.create_task(active_person(self.desk.people, self.caller))
            self._person.add_done_callback(_heard)
        return self._person

    def _check(self, aggregate: Aggregate[Any, Any, Any], stream: StreamId, scope: str | None) -> None:
        if scope is not None:
            self.require(scope)
        if kind_of(stream) != aggregate.kind or len(stream) > LONGEST_ID:
            raise NotFound(stream)

    def _party(self, aggregate: Aggregate[S, Any, Any], state: S | None, by: PersonId | None) -> None:
        if state is not None and by is not None and by not in aggregate.parties(state):
            raise NotFound

    def _command(self) -> Command:
        return self.command

    def _answer(self, decided: Decided[Any]) -> Accepted:
        if decided.version or decided.entries:
            self.response.headers["ETag"] = etag(decided.position)
        if decided.entries and decided.entries[0].version == 1:
            address = self.desk.addresses.get(kind_of(decided.stream))
            if address is not None:
                self.response.headers["Location"] = address.format(decided.stream)
        structlog.contextvars.bind_contextvars(position=decided.position)
        return accepted(decided)


class _Beside:
    """The rule of one ``decide``, with what is read beside the document: who acts, and facts named beforehand."""

    def __init__(
        self, ask: Ask, aggregate: Aggregate[S, E, F], stream: StreamId, rule: Rule[S, F, E],
        needs: Collection[StreamId], scope: str | None,
    ) -> None:  # fmt: skip
        self.ask, self.aggregate, self.stream, self.rule, self.needs = ask, aggregate, stream, rule, needs
        self.scope = scope
        self.person = ask._looking_up()
        self.facts = asyncio.ensure_future(ask.facts(*needs)) if needs else None
