"""Dead letters by hand: look, replay after a fix, have it sent again, or go on without it. Nothing is lost half way.

Whatever is done, the letter itself is dropped last: who was cut off does the same again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coaching_events.envelope import TYPE_PREFIX, NotACloudEvent
from coaching_events.ids import StreamId, kind_of
from eventlog.aggregate import CatchingUp
from eventlog.clock import EPOCH, wall_now
from eventlog.consumers.digests import ANYTHING, cut
from eventlog.consumers.projections import Projections, ReceivedEvent, holds, received_again
from eventlog.consumers.reactions import Reactions
from eventlog.stores.documents import DeadLetter, Discard, Place, ReadModel, ReadModelWrite, Reason, StoreUnavailable
from eventlog.stores.protocols import Store

TRIES = 20
"""How often a row that others keep moving is read again."""


class CannotBeDone(Exception):
    """Why a dead letter stays as it is: a sentence for the person who asked."""


class NoSuchLetter(CannotBeDone):
    """There is none with this id, or no more."""


class OthersStream(CannotBeDone):
    """Another service owns the stream, and it alone can publish it again. No service calls another: a person does."""

    def __init__(self, service: str, stream: StreamId) -> None:
        self.service = service
        self.request = f"POST /ops/streams/{stream}/resend"
        self.command = f"python -m {service} resend {stream}"
        super().__init__(
            f"{stream} is a stream of {service}, which alone can publish it again: {self.command}, or {self.request}."
        )


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """The dead letters of one service."""

    service: str
    store: Store
    projections: Projections
    reactions: Reactions

    async def kept(
        self, handler: str | None = None, reason: Reason | None = None, *, after: Place | None = None, limit: int = 1000
    ) -> Sequence[DeadLetter]:
        """A page of them, oldest first, after a place. ``raw`` holds people's words: show ``masked`` instead."""
        return await self.store.dead_letters(handler=handler, reason=reason, after=after, limit=limit)

    async def find(self, id: str) -> DeadLetter:
        """One of them; raises NoSuchLetter."""
        letter = await self.store.dead_letter(id)
        if letter is None:
            raise NoSuchLetter(f"There is no dead letter {id}: list them, it may have been taken meanwhile.")
        return letter

    async def replay(self, id: str) -> str:
        """Take a record once more, after a fix; what was done as a sentence. Raises CannotBeDone if it still fails.

        Of another content of a known position: it is the true one, so the row is made anew from its stream.
        """
        letter = await self.find(id)
        self._must_be_of_this_projection(letter)
        if letter.reason == "other-content":
            return await self._make_anew(letter)
        if letter.handler == self.projections.handler:
            return await self._fold_again(letter)
        if letter.handler == self._deadlines:
            return await self._give_back(letter)
        return await self._react_again(letter)

    async def resend(self, id: str) -> str:
        """Publish the letter's stream once more, if it is this service's own; what was done as a sentence.

        The good record closes the gap when it comes, and its letter goes. Raises OthersStream, which says whom to ask.
        """
        letter = await self.find(id)
        if letter.stream is None:
            raise CannotBeDone(f"{id} does not say of which stream it is: it holds up nothing, discard it.")
        log = self.reactions.log
        if letter.handler == self._deadlines:
            raise CannotBeDone(f"{id} is a deadline and no record: fix what fails and replay it.")
        if kind_of(letter.stream) not in log.aggregates:
            raise OthersStream(_source(letter), letter.stream)
        return resent(letter.stream, await log.relay.resend(letter.stream))

    async def discard(self, id: str, *, by: str, why: str) -> str:
        """Go on without a record; what was done as a sentence. The decision is kept and every rebuild applies it."""
        letter = await self.find(id)
        self._must_be_of_this_projection(letter)
        if letter.handler == self._deadlines:
            raise CannotBeDone("A deadline stays due whatever is decided here: fix what fails and replay it.")
        moves_the_read_model = (
            letter.handler == self.projections.handler
            and letter.reason != "other-content"
            and letter.stream is not None
            and kind_of(letter.stream) in self.projections.kinds
        )
        if moves_the_read_model:
            await self._is_next(letter)
        await self.store.discard(Discard(id=self.projections.decision(letter.id), by=by, at=wall_now(), why=why))
        if moves_the_read_model:
            await self._pass_over(letter)
        await self.store.drop_dead_letters([letter.id])
        return f"{id} is discarded." + (
            f" {letter.stream} goes on after {letter.version}." if moves_the_read_model else ""
        )

    @property
    def _deadlines(self) -> str:
        return f"{self.service}.deadlines"

    async def _fold_again(self, letter: DeadLetter) -> str:
        arrived = _readable(letter)
        stream = arrived.envelope.stream
        self._must_follow(stream)
        await self.projections.fold({stream: [arrived]}, but=letter.id)
        read_model = (await self.store.read_models([stream])).get(stream)
        if read_model is None or read_model.at < arrived.envelope.version:
            now = await self.store.dead_letter(letter.id) or letter
            await self.store.put_dead_letters([replace(now, tries=letter.tries + 1)])
            why = kind_of_error(now)
            raise CannotBeDone(
                f"{letter.id} cannot be taken yet: {why}. The row is at {read_model.at if read_model else 0}."
            )
        await self.store.drop_dead_letters([letter.id])
        return f"{letter.id} is taken: the row of {stream} is at {read_model.at}."

    async def _make_anew(self, letter: DeadLetter) -> str:
        """Let the row begin at its stream's beginning, marked: it counts as not known until the stream is sent again.

        The letter stays until the row holds its content.
        """
        assert letter.stream is not None  # another content is some position's
        self._must_follow(letter.stream)
        for _ in range(TRIES):
            read_model = (await self.store.read_models([letter.stream])).get(letter.stream)
            if read_model is not None and holds(read_model, letter):
                await self.store.drop_dead_letters([letter.id])
                return f"The row of {letter.stream} holds this content: {letter.id} is dropped."
            anew = ReadModel(letter.stream, 0, None, 1 if read_model is None else read_model.gaps + 1)
            if not await self.store.write_read_models([ReadModelWrite(anew, read_model)]):
                ask = f"python -m {_source(letter)} resend {letter.stream}"
                return f"The row of {letter.stream} counts as not known until its owner has sent it again: {ask}."
        raise CannotBeDone(f"The row of {letter.stream} keeps moving: replay {letter.id} again.")

    async def _react_again(self, letter: DeadLetter) -> str:
        _readable(letter)
        try:
            done = await self.reactions.try_again(letter)
        except CatchingUp as behind:
            raise CannotBeDone(f"{letter.id} still waits: {behind}.") from behind
        except StoreUnavailable:
            raise
        except Exception as wrong:
            tried = replace(letter, tries=letter.tries + 1, error=f"{type(wrong).__name__}: {wrong}"[:2000])
            await self.store.put_dead_letters([tried])
            raise CannotBeDone(f"{letter.id} still fails: {type(wrong).__name__}.") from wrong
        if not done:
            raise CannotBeDone(f"{letter.id} cannot run now: its row has not come, or no reaction has this name.")
        await self.store.drop_dead_letters([letter.id])
        return f"{letter.id} has had its effect."

    async def _give_back(self, letter: DeadLetter) -> str:
        assert letter.stream is not None  # a deadline is always some document's
        await self.store.lease_until(letter.stream, EPOCH)
        # If it fails once more the sweep writes this letter anew.
        await self.store.drop_dead_letters([letter.id])
        return f"{letter.stream} is given back to the sweep, which takes it with the next batch."

    def _must_follow(self, stream: StreamId) -> None:
        if kind_of(stream) not in self.projections.kinds:
            raise CannotBeDone(f"Nothing here follows {stream} any more: discard it.")

    def _must_be_of_this_projection(self, letter: DeadLetter) -> None:
        if self.projections.is_of_others(letter):
            raise CannotBeDone(f"{letter.id} holds up read models of another version: set PROJECTION_VERSION to it.")

    async def _is_next(self, letter: DeadLetter) -> None:
        at = await self._row_version(letter)
        if letter.version is not None and letter.version > at + 1:
            raise CannotBeDone(
                f"{letter.id} waits behind event {at + 1} of its stream: deal with that one first, this one may follow."
            )

    async def _row_version(self, letter: DeadLetter) -> int:
        assert letter.stream is not None
        read_model = (await self.store.read_models([letter.stream])).get(letter.stream)
        return 0 if read_model is None else read_model.at

    async def _pass_over(self, letter: DeadLetter) -> None:
        """Move the row over the record, its value as it was, then take what waited behind it."""
        assert letter.stream is not None
        assert letter.version is not None
        stream: StreamId = letter.stream
        for _ in range(TRIES):
            read_model = (await self.store.read_models([stream])).get(stream)
            if read_model is not None and read_model.at >= letter.version:
                break
            was = ReadModel(stream, 0, None) if read_model is None else read_model
            digests = cut(was.digests + ANYTHING)
            over = replace(was, at=letter.version, gaps=was.gaps + 1, digests=digests)  # a gap: more may follow
            if not await self.store.write_read_models([ReadModelWrite(over, read_model)]):
                break
        else:
            raise CannotBeDone(f"The row of {stream} keeps moving: the decision is kept, discard {letter.id} again.")
        await self.projections.fold({stream: []}, but=letter.id)


def resent(stream: StreamId, events: int) -> str:
    """What was published again, as a sentence; raises CannotBeDone if there is no such stream."""
    if not events:
        raise CannotBeDone(
            f"There is no stream {stream} here: nothing was published. If nobody has it, discard its letter."
        )
    return f"{stream} is published again, {events} events from its first one. Who has them passes them over."


def masked(letter: DeadLetter) -> dict[str, str | int | None]:
    """A dead letter as it may be shown: where and what, but no word that a person wrote."""
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
    """The service that its record says it comes from."""
    named = re.fullmatch(r"(?:urn:tandem:[a-z0-9-]+:|/)([a-z][a-z-]{0,40})", letter.headers.get("ce_source", ""))
    if named is None:
        raise CannotBeDone(f"{letter.id} does not say which service it comes from: nobody can be asked, discard it.")
    return named[1]


def _readable(letter: DeadLetter) -> ReceivedEvent:
    try:
        return received_again(letter)
    except NotACloudEvent as wrong:
        raise CannotBeDone(f"{letter.id} has no readable envelope: it holds up nothing, discard it.") from wrong
