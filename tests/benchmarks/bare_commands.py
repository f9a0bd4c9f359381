"""The twin of a command through the store: the same driver calls with the same content, written by hand."""

from dataclasses import dataclass
from typing import Any

from coaching_events.event import Event
from coaching_events.ids import StreamId
from eventlog import EPOCH, derived_stream, fresh_id, wall_now
from eventlog.commands import CommandContext, prepare
from eventlog.stores import Document
from eventlog.stores.documents import Write
from eventlog.stores.queries import Value
from goals.commitment import commitments
from tests.benchmarks.known_promise import NOW, history

MADE, _, _, KEPT = (event for _, event in history(1))


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """The contents of both writes: nothing is decoded, folded or checked."""

    key: str
    promised: Value
    kept: Value

    @staticmethod
    def both() -> "ReadyMade":
        """What our side writes for the two commands."""
        made, after = _written(None, None, "make", [MADE])
        document = Document(
            stream=made.stream, key=made.key, version=1, schema_version=1, state=made.state, published=0
        )
        kept, _ = _written(document, after, "keep", [KEPT])
        return ReadyMade(made.key, made.state, kept.state)

    async def make_and_keep(self, documents: Any) -> None:
        """Find, insert, find, guarded update."""
        await self.keep(documents, await self.make(documents))

    async def make(self, documents: Any) -> StreamId:
        """Find, insert: the stream that is there now."""
        stream = derived_stream("commitment", fresh_id())
        await documents.find_one({"_id": stream})
        entry = _entry(MADE, 1)
        await documents.insert_one(
            {
                "_id": stream,
                "key": self.key,
                "version": 1,
                "schema_version": 1,
                "state": self.promised,
                "size": len(entry["data"]),
                "history": [entry | {"command": "make", "request": ""}],
                "published": {},
                "wake_at": NOW,
                "outbox_since": wall_now(),
                "leased_until": EPOCH,
            }
        )
        return stream

    async def keep(self, documents: Any, stream: StreamId) -> None:
        """Find, guarded update."""
        found = await documents.find_one({"_id": stream})
        entry = _entry(KEPT, 2)
        size = found["size"] + len(entry["data"])
        change = {
            "$set": {"version": 2, "schema_version": 1, "state": self.kept, "size": size, "leased_until": EPOCH},
            "$push": {"history": entry | {"command": "keep", "request": ""}},
            "$min": {"outbox_since": wall_now()},
            "$unset": {"wake_at": 1},
        }
        await documents.update_one({"_id": stream, "version": 1}, change)


def _entry(event: Event, version: int) -> dict[str, Any]:
    return {"version": version, "type": event.type, "at": NOW, "data": event.model_dump_json(exclude_none=True)}


def _written(document: Document | None, state: Any, command: str, decided: list[Any]) -> tuple[Write, Any]:
    stream = derived_stream("commitment", "twin")
    return prepare(commitments, stream, document, state, CommandContext(id=command, at=NOW), decided)
