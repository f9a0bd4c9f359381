"""Resnapshot: states stored in another schema version are folded again from their histories. Writes no event.

A process can read such a document anyway: it folds the history each time. Resnapshot stores the result for all of them,
so that lists and deadlines find what the present schema version has.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from coaching_events.ids import StreamId
from eventlog.aggregate import AnyAggregate
from eventlog.commands import EventLog
from eventlog.stores.documents import Document, StoreUnavailable

BATCH = 200
AT_ONCE = 20
"""Histories that are read at the same time."""
NAMED = 20
"""At most so many documents that cannot be folded are named."""


@dataclass
class ResnapshotProgress:
    """How far one kind has come. ``unfit`` counts documents that this process cannot fold; ``named`` says why."""

    kind: str
    schema_version: int
    done: int = 0
    unfit: int = 0
    named: dict[StreamId, str] = field(default_factory=dict[StreamId, str])

    def __str__(self) -> str:
        told = f"{self.kind}: {self.done} snapshots stored at schema version {self.schema_version}"
        if not self.unfit:
            return told
        named = ", ".join(f"{stream} ({why})" for stream, why in self.named.items())
        return f"{told}, {self.unfit} cannot be folded: {named}{' …' if self.unfit > len(self.named) else ''}"


async def resnapshot(
    log: EventLog, aggregate: AnyAggregate, tell: Callable[[ResnapshotProgress], None]
) -> ResnapshotProgress:
    """Resnapshot every document of a kind; ``tell`` is called after each batch.

    Guarded by the version: a document that a command has written meanwhile is left to another pass. Raises
    StoreUnavailable; the next call goes on with the rest.
    """
    progress = ResnapshotProgress(aggregate.kind, aggregate.schema_version)
    lost = True
    while lost:
        lost, after = False, None
        progress.unfit, progress.named = 0, {}
        while found := await log.store.with_other_schema(
            aggregate.kind, aggregate.schema_version, after=after, limit=BATCH
        ):
            after = found[-1].stream
            anew = await _folded(log, aggregate, found, progress)
            written = await log.store.resnapshot(anew)
            progress.done += written
            lost = lost or written < len(anew)
            tell(progress)
    return progress


async def _folded(
    log: EventLog, aggregate: AnyAggregate, found: list[Document], progress: ResnapshotProgress
) -> list[Document]:
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(document: Document) -> Document | None:
        async with at_once:
            try:
                return await _anew(log, aggregate, document)
            except StoreUnavailable:
                raise
            except Exception as wrong:  # whatever a fold raises belongs to this one document
                progress.unfit += 1
                if len(progress.named) < NAMED:
                    progress.named[document.stream] = type(wrong).__name__  # its text may quote what people wrote
                return None

    return [document for document in await asyncio.gather(*map(one, found)) if document is not None]


async def _anew(log: EventLog, aggregate: AnyAggregate, document: Document) -> Document:
    state = await log.state(aggregate, document)
    stored = aggregate.states.dump_python(state, mode="json")
    log.store.refuse_unfit(stored)
    return replace(document, schema_version=aggregate.schema_version, state=stored, wake_at=aggregate.wake_at(state))
