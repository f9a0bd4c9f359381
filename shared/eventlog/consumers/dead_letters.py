"""What operators do with dead letters: look, replay after a fix, have a stream sent again, or discard.

The letter itself is always dropped last: after an interruption the same action can be repeated.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from coaching_events.envelope import TYPE_PREFIX, NotACloudEvent
from coaching_events.ids import StreamId, kind_of
from eventlog.aggregate import CatchingUp
from eventlog.clock import EPOCH, wall_now
from eventlog.consumers.digests import ANYTHING, cut
from eventlog.consumers.projections import Projections, holds
from eventlog.consumers.reactions import Reactions
from eventlog.consumers.received import ReceivedEvent, described, received_again
from eventlog.stores.documents import DeadLetter, Discard, Place, ReadModel, ReadModelWrite, Reason, StoreUnavailable
from eventlog.stores.protocols import DeadLetterStore, ReadModels, Timers

TRIES = 20
"""How often a read model that other writers keep moving is read again."""


class CannotBeDone(Exception):
    """Why a dead letter stays as it is: a sentence for the operator."""


class NoSuchLetter(CannotBeDone):
    """There is no dead letter with this id, or no longer."""


class OthersStream(CannotBeDone):
    """Another service owns the stream, and only that service can publish it again. No service calls another."""

    def __init__(self, service: str, stream: StreamId) -> None:
        self.service = service
        self.request = f"POST /ops/streams/{stream}/resend"
        self.command = f"python -m {service} resend {stream}"
        super().__init__(
            f"{stream} is a stream of {service}, which alone can publish it again: {self.command}, or {self.request}."
        )


class OperatedStore(DeadLetterStore, ReadModels, Timers, Protocol):
    """Where dead letters lie, and what they block."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of one service."""

    service: str
    store: OperatedStore
    projections: Projections
    reactions: Reactions

    async def kept(
        self, handler: str | None = None, reason: Reason | None = None, *, after: Place | None = None, limit: int = 1000
    ) -> Sequence[DeadLetter]:
        """A page of them, oldest first, after a place. ``raw`` may hold people's texts: show ``masked`` instead."""
        return await self.store.dead_letters(handler=handler, reason=reason, after=after, limit=limit)

    async def find(self, id: str) -> DeadLetter:
        """One of them; raises NoSuchLetter."""
        letter = await self.store.dead_letter(id)
        if letter is None:
            raise NoSuchLetter(f"There is no dead letter {id}. List them: it may have been processed meanwhile.")
        return letter

    async def replay(self, id: str) -> str:
        """Process a record once more, after a fix; a sentence that says what was done. Raises CannotBeDone.

        Another content of a known position counts as the true one: the read model is built again from its stream.
        """
        letter = await self.find(id)
        self._must_be_of_this_projection(letter)
        if letter.reason == "other-content":
            return await self._build_again(letter)
        if letter.handler == self.projections.handler:
            return await self._fold_again(letter)
        if letter.handler == self._deadlines:
            return await self._end_lease(letter)
        return await self._react_again(letter)

    async def resend(self, id: str) -> str:
        """Publish the letter's stream again, if this service owns it; a sentence that says what was done.

        The good record closes the gap when it arrives, and the letter is dropped. Raises OthersStream for a stream of
        another service.
        """
        letter = await self.find(id)
        if letter.stream is None:
            raise CannotBeDone(f"{id} does not say of which stream it is: it blocks no stream, discard it.")
        log = self.reactions.log
        if letter.handler == self._deadlines:
            raise CannotBeDone(f"{id} is a deadline and no record: fix what fails and replay it.")
        if kind_of(letter.stream) not in log.aggregates:
            raise OthersStream(_source(letter), letter.stream)
        return resent(letter.stream, await log.relay.resend(letter.stream))

    async def discard(self, id: str, *, by: str, why: str) -> str:
        """Go on without a record; a sentence that says what was done. Every rebuild applies the decision again."""
        letter = await self.find(id)
        self._must_be_of_this_projection(letter)
        if letter.handler == self._deadlines:
            raise CannotBeDone("A deadline stays due whatever is decided here: fix what fails and replay it.")
        blocked = self._blocked(letter)
        if blocked is not None:
            await self._is_next(letter.id, *blocked)
        await self.store.discard(Discard(id=self.projections.decision(letter.id), by=by, at=wall_now(), why=why))
        if blocked is not None:
            await self._skip(letter.id, *blocked)
        await self.store.drop_dead_letters([letter.id])
        return f"{id} is discarded." + (f" {blocked[0]} goes on after {blocked[1]}." if blocked else "")

    @property
    def _deadlines(self) -> str:
        return f"{self.service}.deadlines"

    def _blocked(self, letter: DeadLetter) -> tuple[StreamId, int] | None:
        """The position at which a letter blocks a read model, if it blocks one."""
        if letter.handler != self.projections.handler or letter.reason == "other-content":
            return None
        if letter.stream is None or letter.version is None or kind_of(letter.stream) not in self.projections.kinds:
            return None
        return letter.stream, letter.version

    async def _fold_again(self, letter: DeadLetter) -> str:
        arrived = _readable(letter)
        stream = self._followed(arrived.envelope.stream)
        await self.projections.fold({stream: [arrived]}, but=letter.id)
        read_model = await self._read_model(stream)
        at = 0 if read_model is None else read_model.at
        if at < arrived.envelope.version:
            now = await self.store.dead_letter(letter.id) or letter
            await self.store.put_dead_letters([replace(now, tries=letter.tries + 1)])
            raise CannotBeDone(
                f"{letter.id} cannot be taken yet: {kind_of_error(now)}. The read model of {stream} is at {at}."
            )
        await self.store.drop_dead_letters([letter.id])
        return f"{letter.id} is taken: the read model of {stream} is at {at}."

    async def _build_again(self, letter: DeadLetter) -> str:
        """Let the read model begin again with a gap: it counts as not known until its stream is sent again.

        The letter stays until the read model holds its content.
        """
        stream = self._followed(letter.stream)

        def begin(was: ReadModel | None) -> ReadModel | None:
            if was is None:
                return ReadModel(stream, 0, None, 1)
            return None if holds(was, letter) else ReadModel(stream, 0, None, was.gaps + 1)

        if await self._change(stream, begin, letter.id):
            ask = f"python -m {_source(letter)} resend {stream}"
            return f"The read model of {stream} counts as not known until its owner has sent the stream again: {ask}."
        await self.store.drop_dead_letters([letter.id])
        return f"The read model of {stream} holds this content: {letter.id} is dropped."

    async def _react_again(self, letter: DeadLetter) -> str:
        _readable(letter)
        try:
            done = await self.reactions.try_again(letter)
        except CatchingUp as behind:
            raise CannotBeDone(f"{letter.id} still waits: {behind}.") from behind
        except StoreUnavailable:
            raise
        except Exception as wrong:
            await self.store.put_dead_letters([replace(letter, tries=letter.tries + 1, error=described(wrong))])
            raise CannotBeDone(f"{letter.id} still fails: {type(wrong).__name__}.") from wrong
        if not done:
            raise CannotBeDone(f"{letter.id} cannot run: its read model has not come, or no reaction has this name.")
        await self.store.drop_dead_letters([letter.id])
        return f"{letter.id} has had its effect."

    async def _end_lease(self, letter: DeadLetter) -> str:
        if letter.stream is not None:
            await self.store.lease_until(letter.stream, EPOCH)
        # If the deadline fails once more, the sweep writes this letter again.
        await self.store.drop_dead_letters([letter.id])
        return f"{letter.stream} is given back to the sweep, which takes it with the next batch."

    def _followed(self, stream: StreamId | None) -> StreamId:
        if stream is None or kind_of(stream) not in self.projections.kinds:
            raise CannotBeDone(f"Nothing here follows {stream} any more: discard it.")
        return stream

    def _must_be_of_this_projection(self, letter: DeadLetter) -> None:
        if self.projections.is_of_others(letter):
            raise CannotBeDone(f"{letter.id} blocks read models of another version: set PROJECTION_VERSION to it.")

    async def _is_next(self, id: str, stream: StreamId, version: int) -> None:
        read_model = await self._read_model(stream)
        next = 1 if read_model is None else read_model.at + 1
        if version > next:
            raise CannotBeDone(f"{id} waits behind event {next} of its stream: deal with that one first.")

    async def _skip(self, id: str, stream: StreamId, version: int) -> None:
        """Move the read model past the record, its value unchanged; then fold what waits behind it."""

        def past(was: ReadModel | None) -> ReadModel | None:
            was = was or ReadModel(stream, 0, None)
            if was.at >= version:
                return None
            digests = cut(was.digests + ANYTHING)
            return replace(was, at=version, gaps=was.gaps + 1, digests=digests)  # a gap: more letters may follow

        await self._change(stream, past, id)
        await self.projections.fold({stream: []}, but=id)

    async def _change(self, stream: StreamId, change: Callable[[ReadModel | None], ReadModel | None], id: str) -> bool:
        """Write the changed read model, guarded; False if ``change`` answers None, so that nothing was to be done."""
        for _ in range(TRIES):
            was = await self._read_model(stream)
            after = change(was)
            if after is None:
                return False
            if not await self.store.write_read_models([ReadModelWrite(after, was)]):
                return True
        raise CannotBeDone(f"Others keep changing the read model of {stream}: do the same with {id} again.")

    async def _read_model(self, stream: StreamId) -> ReadModel | None:
        return (await self.store.read_models([stream])).get(stream)


def resent(stream: StreamId, events: int) -> str:
    """Say that a stream was published again; raises CannotBeDone if there is no such stream."""
    if not events:
        raise CannotBeDone(
            f"There is no stream {stream} here: nothing was published. If no service has it, discard the dead letter."
        )
    return f"{stream} is published again, {events} events from its first one. Consumers skip those they have."


def masked(letter: DeadLetter) -> dict[str, str | int | None]:
    """A dead letter as it may be shown: without any text that a person wrote."""
    return {
        "id": letter.id,
        "handler": letter.handler,
        "reason": letter.reason,
        "position": None if letter.stream is None else f"{letter.stream}@{letter.version}",
        "type": letter.headers.get("ce_type", "").removeprefix(TYPE_PREFIX)[:80] if letter.stream is not None else None,
        "error": kind_of_error(letter),
        "tries": letter.tries,
        "bytes": len(letter.raw),
        "since": letter.since.isoformat(timespec="seconds"),
        "next_try": letter.next_try.isoformat(timespec="seconds"),
    }


def kind_of_error(letter: DeadLetter) -> str:
    """The name of the error without its text, which may quote the record."""
    name = letter.error.partition(":")[0]
    return name if name.isidentifier() else letter.reason


def _source(letter: DeadLetter) -> str:
    """The service that its record names as its source."""
    named = re.fullmatch(r"(?:urn:tandem:[a-z0-9-]+:|/)([a-z][a-z-]{0,40})", letter.headers.get("ce_source", ""))
    if named is None:
        raise CannotBeDone(f"{letter.id} does not say which service it comes from: discard it.")
    return named[1]


def _readable(letter: DeadLetter) -> ReceivedEvent:
    try:
        return received_again(letter)
    except NotACloudEvent as wrong:
        raise CannotBeDone(f"{letter.id} has no readable envelope: it blocks no stream, discard it.") from wrong
