"""One request of one person: what a route needs to read, ask a rule, and write."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import Depends, Request, Response

from coaching_events.event import Event, Noted
from coaching_events.ids import PersonId, StreamId, kind_of
from eventlog import (
    Aggregate,
    CatchingUp,
    Clock,
    Decision,
    NotFound,
    ReferenceData,
    ReferenceEntry,
    Refused,
    Timed,
    fresh_id,
    wall_now,
)
from eventlog.commands import (
    AppendResult,
    CommandContext,
    CurrentState,
    EventLog,
    IdempotencyKeyReused,
    PreconditionFailed,
)
from eventlog.service import ServiceContext
from eventlog.stores import FOR_COMMANDS, FOR_EASING, LARGEST_HISTORY, Refusal, Store
from service_kit.http.authentication import PARTNER, Caller, TokenReader, active_person, authenticated_caller, require
from service_kit.http.conditional_requests import ANY_VERSION, after, fingerprint, idempotency_key, if_match, wait_for
from service_kit.http.history import Accepted, HistoryEntry, NoteView, accepted, etag, history_entries, notes
from service_kit.http.middleware.observability import NOTED
from service_kit.http.middleware.rate_limits import RateLimits
from service_kit.http.paging import Page, Paging
from service_kit.http.problems import facts_of
from service_kit.http.query import check_method, check_no_body, check_query
from service_kit.process.people import People, PersonSeen

S = TypeVar("S")
E = TypeVar("E", bound=Event)
F = TypeVar("F")
V = TypeVar("V")

LONGEST_ID = 200

Rule = Callable[[S | None, PersonId, F], Decision[E]]
"""A rule with the request's arguments in it: gets the state (None: new), who asks, and the facts."""

Effect = Literal["begins", "eases", "settles"]
"""What a person's command does: begins something; makes something lighter, and can do so again and again; or ends,
answers or takes back what stands, which can be done once for each thing that stands."""
ROOM: Final[Mapping[Effect, int]] = {"begins": FOR_COMMANDS, "eases": FOR_EASING, "settles": LARGEST_HISTORY}
"""Bytes that a history may have after such a command: so no one can fill it so far that the other cannot end it."""


@dataclass(frozen=True, kw_only=True)
class AppContext:
    """What requests need of their process. ``addresses`` has, for a kind, where one is read: ``/commitments/{}``."""

    service_context: ServiceContext
    clock: Clock
    people: People
    access: TokenReader
    addresses: Mapping[str, str] = field(default_factory=dict[str, str])
    limits: RateLimits | None = None


@dataclass
class RequestContext:
    """One request. ``command`` names it, so that it is decided once; its clock is read once."""

    app: AppContext
    caller: Caller
    command: CommandContext
    response: Response
    must_exist: bool = False
    noted: dict[str, str] = field(default_factory=dict[str, str])
    """What the request's line in the log tells besides: who acted, and where it stands."""
    _found: "asyncio.Task[PersonSeen | None] | None" = field(default=None, init=False)
    _new: set[StreamId] = field(default_factory=set[StreamId], init=False)

    @property
    def at(self) -> datetime:
        """The present instant as rules see it, UTC: never earlier than the last event of what they decide about."""
        return self.command.at

    @property
    def log(self) -> EventLog:
        """The service's event log, for what the methods here do not cover."""
        return self.app.service_context.log

    @property
    def store(self) -> Store:
        """The service's store, for what the methods here do not cover."""
        return self.log.store

    @property
    def service_context(self) -> ServiceContext:
        """All parts of the service."""
        return self.app.service_context

    async def require(self, scope: str) -> PersonId:
        """Who acts by this scope: a person, or ``rule:<scope>`` for a system of the company.

        Raises a 403 problem if the token lacks the scope, or if its person is not active.
        """
        require(self.caller, scope)
        found = await self.looked_up()
        return PersonId(StreamId(f"rule:{scope}")) if found is None else self._acting(found)

    async def person(self) -> PersonId:
        """Who acts as a partner; raises a 403 problem if the token is no partner's, or its person is not active."""
        require(self.caller, PARTNER)
        return self._acting(await self.looked_up())

    def looked_up(self) -> "asyncio.Task[PersonSeen | None]":
        """The person behind the token, active or not; looked up once a request."""
        if self._found is None:
            self._found = asyncio.create_task(self._look_up())
            self._found.add_done_callback(_heard)
        return self._found

    async def _look_up(self) -> PersonSeen | None:
        """Find the person, and beside it whether this very command was refused; raises the same refusal again."""
        person = self.app.people.find(self.caller.issuer, self.caller.subject, self.at)
        if not self.command.request:
            return await person
        found, kept = await asyncio.gather(person, self.log.store.refusal(self.command.id))
        if kept is None:
            return found
        if kept.request != self.command.request:
            raise IdempotencyKeyReused
        raise Refused(kept.type, kept.detail, **kept.extensions)

    def new(self, kind: str) -> StreamId:
        """The stream that this command makes: it follows from the command."""
        return self.may_create(self.log.ids.stream(kind, self.log.service, self.command.id))

    def may_create(self, stream: StreamId) -> StreamId:
        """Let ``decide`` begin this stream if it does not exist; otherwise an absent one is not found."""
        self._new.add(stream)
        return stream

    async def decide(
        self,
        aggregate: Aggregate[S, E, F],
        stream: StreamId,
        rule: Rule[S, F, E],
        *,
        needs: Collection[StreamId] = (),
        words: Mapping[str, str] | None = None,
        scope: str | None = None,
        note: str | None = None,
        effect: Effect = "begins",
    ) -> Accepted:
        """Ask the rule and write what follows; the answer has the positions, its headers ETag and Location.

        With ``needs`` these facts are read beside the document, else those that ``aggregate.needs`` names after it.
        ``note`` goes with the first event that the person did: no rule sees it. ``effect`` says how full the history
        may get; by a ``scope`` all of it may be used.
        Only parties of the aggregate may; with ``scope``, whoever has that scope instead. Raises what becomes a
        problem: NotFound, Refused, Stale and the others of ``EventLog.decide``.
        """
        _check(aggregate, stream)
        acting = self._who(scope)
        ahead = [asyncio.create_task(self.reference_data(*needs))] if needs else []
        for task in ahead:
            task.add_done_callback(_heard)

        async def decide(state: S | None) -> Decision[E]:
            by = await acting
            self._party(aggregate, stream, state, None if scope else by)
            if state is None and self.must_exist:
                raise PreconditionFailed(None)
            if ahead:
                reference_data = await ahead.pop()
            else:  # not named beforehand, or somebody was faster and everything is read again
                reference_data = await self.reference_data(
                    *(needs or (() if state is None else aggregate.required_reads(state)))
                )
            return _noted(rule(state, by, aggregate.reference_data(reference_data)), by, note)

        if not scope:
            self.command.room = ROOM[effect]
        try:
            decided = await self.log.decide(aggregate, stream, self.command, decide, personal_texts=words)
        except PreconditionFailed as stale:
            # A stranger learns nothing from a version they guessed: for them there is no such thing.
            if stale.current is not None or stream not in self._new:
                await self.current(aggregate, stream, scope=scope)
            raise
        if decided.repeated:
            by = await acting
            self._party(aggregate, stream, decided.state, None if scope else by)
        return self._answer(decided)

    async def entry(
        self, stream: StreamId, parties: Callable[[Any], Collection[StreamId]] | None = None
    ) -> ReferenceEntry:
        """What is known here of another stream, read beside who acts; NotFound if nothing, or if not theirs."""
        by, reference_data = await asyncio.gather(self.person(), self.reference_data(stream))
        entry = reference_data.get(stream)
        if entry is None:
            read_models = await self.store.read_models([stream])
            raise CatchingUp(stream) if read_models else NotFound(stream)
        if entry.value is None or (parties is not None and by not in parties(entry.value)):
            raise NotFound(stream)
        return entry

    async def reference_data(self, *streams: StreamId) -> ReferenceData:
        """What is known here of other streams; unknown ones are left out."""
        return await self.log.reference_source.read(streams)

    async def current(
        self, aggregate: Aggregate[S, E, F], stream: StreamId, *, scope: str | None = None
    ) -> CurrentState[S]:
        """The state now, its ETag in the answer; NotFound for who is no party of it, unless by ``scope``."""
        _check(aggregate, stream)
        by, current = await asyncio.gather(self._who(scope), self.log.current(aggregate, stream))
        if current is None or (scope is None and by not in aggregate.parties(current.state)):
            raise NotFound(stream)
        self.response.headers["ETag"] = etag(current.position)
        return current

    async def history(self, aggregate: Aggregate[Any, Any, Any], stream: StreamId) -> tuple[HistoryEntry, ...]:
        """Everything that happened to it, in order; NotFound for who is no party of it."""
        await self.current(aggregate, stream)
        return history_entries(stream, await self.log.store.history(stream))

    async def notes(self, current: CurrentState[Any]) -> tuple[NoteView, ...]:
        """What the two said to each other with what they did to it."""
        return notes(history_entries(current.stream, await self.log.store.history(current.stream)))

    async def page(
        self,
        aggregate: Aggregate[S, E, F],
        where: Mapping[str, Any],
        asked: Paging,
        view: Callable[[CurrentState[S]], V],
    ) -> Page[V]:
        """A page of the aggregates with these values, by id. Who may see them is the caller's question."""
        found = await self.log.find(aggregate, where, after=asked.after_stream(aggregate.kind), limit=asked.limit + 1)
        return asked.page(found, lambda each: each.stream, view)

    def _who(self, scope: str | None) -> "asyncio.Task[PersonId]":
        who = asyncio.create_task(self.person() if scope is None else self.require(scope))
        who.add_done_callback(_heard)
        return who

    def _acting(self, found: PersonSeen | None) -> PersonId:
        person = self.noted["actor"] = active_person(found)
        return person

    def _party(self, aggregate: Aggregate[S, Any, Any], stream: StreamId, state: S | None, by: PersonId | None) -> None:
        if state is None:
            if stream not in self._new:
                raise NotFound(stream)
        elif by is not None and by not in aggregate.parties(state):
            raise NotFound(stream)

    def _answer(self, decided: AppendResult[Any]) -> Accepted:
        if decided.version:
            self.response.headers["ETag"] = etag(decided.position)
            self.noted["position"] = decided.position
        if decided.entries and decided.entries[0].version == 1:
            address = self.app.addresses.get(kind_of(decided.stream))
            if address is not None:
                self.response.headers["Location"] = address.format(decided.stream)
        return accepted(decided)


async def request_context(request: Request, response: Response) -> AsyncGenerator[RequestContext]:
    """The dependency behind ``Asking``: checks the headers, waits for ``After``, reads the clock.

    A refusal of a command with an Idempotency-Key is kept: a retry that comes late does not do what was refused.
    """
    app_context: AppContext = request.app.state.app_context
    check_method(request)
    caller = authenticated_caller(request)
    _check_path(app_context.service_context, request.path_params)
    check_query(request)
    await check_no_body(request)
    wanted = if_match(request)
    key = idempotency_key(request) if request.method not in ("GET", "HEAD") else None
    awaited = after(request, app_context.service_context.projections.kinds)
    at = await app_context.clock.now()
    command = CommandContext(
        id=fresh_id()
        if key is None
        else app_context.service_context.log.ids.id("command", caller.issuer, caller.subject, key),
        at=at,
        request="" if key is None else await fingerprint(request),
        if_match=None if wanted == ANY_VERSION else wanted,
    )
    context = RequestContext(
        app_context, caller, command, response, wanted == ANY_VERSION, request.scope.get(NOTED, {})
    )
    if awaited and PARTNER in caller.scopes:
        await wait_for(app_context.service_context.projections, awaited, await context.person())
    try:
        yield context
    except Refused as refused:
        if command.request:
            await context.log.store.keep_refusal(
                Refusal(
                    command=command.id,
                    request=command.request,
                    type=refused.type,
                    detail=refused.detail,
                    extensions=facts_of(refused),
                    at=wall_now(),
                )
            )
        raise


Context = Annotated[RequestContext, Depends(request_context)]
"""The parameter of a route: one request of one person."""


def _check(aggregate: Aggregate[Any, Any, Any], stream: StreamId) -> None:
    if kind_of(stream) != aggregate.kind or len(stream) > LONGEST_ID:
        raise NotFound(stream)


def _check_path(service_context: ServiceContext, given: Mapping[str, str]) -> None:
    """A parameter that is named after a kind (``{check_ins}``: ``check-ins``) takes ids of that kind only."""
    for name, value in given.items():
        kind = name.replace("_", "-")
        is_kind = kind in service_context.log.aggregates or kind in service_context.projections.kinds
        if is_kind and (kind_of(StreamId(value)) != kind or len(value) > LONGEST_ID):
            raise NotFound(value)


def _noted(decisions: Decision[E], by: PersonId, note: str | None) -> Decision[E]:
    """The same decisions, with the note of the person who acts on the first event that is theirs."""
    if note is None or not decisions:
        return decisions
    for place, decided in enumerate(decisions):
        if not isinstance(decided, Timed) and isinstance(decided, Noted) and decided.by == by:
            return [*decisions[:place], decided.model_copy(update={"note": note}), *decisions[place + 1 :]]
    raise TypeError(f"nothing that follows here can carry a note: {decisions[0]!r:.80}")


def _heard(task: "asyncio.Task[Any]") -> None:
    # What a task that nobody awaits any more raised is of no interest: the answer has another reason.
    if not task.cancelled():
        task.exception()
