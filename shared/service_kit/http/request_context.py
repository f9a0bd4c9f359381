"""One request of one person: what a route needs to read, ask a rule, and write."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
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
    Projection,
    ReferenceData,
    ReferenceEntry,
    Refused,
    Timed,
    fresh_id,
    known,
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
from service_kit.http.problems import facts_of, language_headers, language_of_request
from service_kit.http.query import check_method, check_no_body, check_query
from service_kit.languages import ENGLISH, Language
from service_kit.process.people import People, PersonSeen

S = TypeVar("S")
E = TypeVar("E", bound=Event)
F = TypeVar("F")
V = TypeVar("V")

LONGEST_ID = 200

Begin = Callable[[PersonId, F], Decision[E]]
"""A rule that begins a stream, with the request's arguments in it: gets who asks, and the reference data."""
Change = Callable[[S, PersonId, F], Decision[E]]
"""A rule about something that exists: gets its state before who asks and the reference data."""

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
    asked: Language | None = None
    """The language that the request asks for."""
    _found: "asyncio.Task[PersonSeen | None] | None" = field(default=None, init=False)
    _read: dict[StreamId, ReferenceEntry] = field(default_factory=dict[StreamId, ReferenceEntry], init=False)
    """The reference data that ``read_model`` has read for this request: a decision does not read them again."""

    @property
    def at(self) -> datetime:
        """The present instant as rules see it, UTC: never earlier than the last event of what they decide about."""
        return self.command.at

    def language(self, usual: Language = ENGLISH) -> Language:
        """The language of our texts in this answer: the one that the request asks for, or else ``usual``.

        The headers of the answer tell it.
        """
        language = self.asked or usual
        self.response.headers.update(language_headers(language))
        return language

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

    async def create(
        self,
        aggregate: Aggregate[S, E, F],
        rule: Begin[F, E],
        *,
        needs: Collection[StreamId] = (),
        note: str | None = None,
    ) -> Accepted:
        """Begin a new stream, whose id follows from the command, with what the rule decides.

        The answer, the arguments and what is raised are those of ``change``.
        """
        stream = self.log.ids.stream(aggregate.kind, self.log.service, self.command.id)
        return await self._decide(aggregate, stream, rule, None, needs=needs, note=note)

    async def change(
        self,
        aggregate: Aggregate[S, E, F],
        stream: StreamId,
        rule: Change[S, F, E],
        *,
        needs: Collection[StreamId] = (),
        words: Mapping[str, str] | None = None,
        scope: str | None = None,
        note: str | None = None,
        effect: Effect = "begins",
    ) -> Accepted:
        """Ask the rule what follows for a stream that exists, and write it.

        The answer has the positions; its headers have the ETag, and the Location of what is new. With ``needs`` these
        reference data are read beside the document, else those that ``aggregate.required_reads`` names after it.
        ``words`` are personal texts to keep beside the events. ``note`` goes with the first event that the person did:
        no rule sees it. ``effect`` says how full the history may get; by a ``scope`` all of it may be used.

        Only parties of the aggregate may do this; with ``scope``, callers with that scope. Raises what becomes
        a problem: NotFound (also for a stream that does not exist), Refused, PreconditionFailed and the others of
        ``EventLog.decide``.
        """
        return await self._decide(
            aggregate, stream, None, rule, needs=needs, words=words, scope=scope, note=note, effect=effect
        )

    async def create_or_change(
        self,
        aggregate: Aggregate[S, E, F],
        stream: StreamId,
        rule: Change[S | None, F, E],
        *,
        needs: Collection[StreamId] = (),
        words: Mapping[str, str] | None = None,
        scope: str | None = None,
        note: str | None = None,
        effect: Effect = "begins",
    ) -> Accepted:
        """The same for a stream whose id follows from what it is about: the rule gets None if it does not exist."""
        begin = partial(rule, None)
        return await self._decide(
            aggregate, stream, begin, rule, needs=needs, words=words, scope=scope, note=note, effect=effect
        )

    async def _decide(
        self,
        aggregate: Aggregate[S, E, F],
        stream: StreamId,
        begin: Begin[F, E] | None,
        change: Change[S, F, E] | None,
        *,
        needs: Collection[StreamId],
        words: Mapping[str, str] | None = None,
        scope: str | None = None,
        note: str | None = None,
        effect: Effect = "begins",
    ) -> Accepted:
        _check(aggregate, stream)
        acting = self._who(scope)
        ahead = [asyncio.create_task(self._unread(needs))] if needs else []
        for task in ahead:
            task.add_done_callback(_heard)

        async def with_reference_data(state: S | None) -> Decision[E]:
            by = await acting
            if state is None:
                if begin is None:
                    raise NotFound(stream)
                if self.must_exist:
                    raise PreconditionFailed(None)
                rule, required_reads = begin, needs
            else:
                _check_party(aggregate, stream, state, None if scope else by)
                if change is None:
                    raise RuntimeError(f"{stream} exists, and the command that it follows from did not begin it")
                rule, required_reads = partial(change, state), needs or aggregate.required_reads(state)
            if ahead:
                reference_data = await ahead.pop()
            else:  # not named beforehand, or another process was faster and everything is read again
                reference_data = await self.reference_data(*required_reads)
            return _noted(rule(by, aggregate.reference_data(reference_data)), by, note)

        if not scope:
            self.command.room = ROOM[effect]
        try:
            decided = await self.log.decide(aggregate, stream, self.command, with_reference_data, personal_texts=words)
        except PreconditionFailed as stale:
            # A stranger learns nothing from a version they guessed: for them there is no such thing.
            if stale.current is not None or begin is None:
                await self.current(aggregate, stream, scope=scope)
            raise
        if decided.repeated:
            _check_party(aggregate, stream, decided.state, None if scope else await acting)
        return self._answer(decided)

    async def read_model(self, projection: Projection[V], stream: StreamId) -> V:
        """What is known here of a stream of another service, read beside who acts.

        Raises NotFound for an unknown stream and for who is no party of it, CatchingUp while its read model has a gap.
        """
        by, reference_data = await asyncio.gather(self.person(), self.reference_data(stream))
        value = known(reference_data, projection, stream)
        if stream not in reference_data:
            read_models = await self.store.read_models([stream])
            raise CatchingUp(stream) if read_models else NotFound(stream)
        if value is None or (projection.parties is not None and by not in projection.parties(stream, value)):
            raise NotFound(stream)
        self._read[stream] = reference_data[stream]
        return value

    async def _unread(self, streams: Collection[StreamId]) -> ReferenceData:
        """Reference data of these streams; of what this request has read already, what was read."""
        read = {stream: entry for stream, entry in self._read.items() if stream in streams}
        return {**await self.reference_data(*(stream for stream in streams if stream not in read)), **read}

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

    async def unchanged(
        self, aggregate: Aggregate[S, E, F], stream: StreamId, *, scope: str | None = None
    ) -> CurrentState[S]:
        """The same, for a change without an event. Raises PreconditionFailed for another version than If-Match has."""
        current = await self.current(aggregate, stream, scope=scope)
        if self.command.if_match not in (None, current.position):
            raise PreconditionFailed(current.position)
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
    """The dependency behind ``Context``: checks the headers, waits for ``After``, reads the clock.

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
        app_context,
        caller,
        command,
        response,
        wanted == ANY_VERSION,
        request.scope.get(NOTED, {}),
        language_of_request(request.scope),
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


def _check_party(aggregate: Aggregate[S, Any, Any], stream: StreamId, state: S | None, by: PersonId | None) -> None:
    if state is not None and by is not None and by not in aggregate.parties(state):
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
