"""The event store on MongoDB: read, find and append."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import cast

from pymongo import InsertOne, UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from coaching_events.ids import StreamId
from eventlog.stores.documents import Document, Entry, Write
from eventlog.stores.mongo.client import only_duplicates, translating_errors
from eventlog.stores.mongo.collections import Collections, aggregated, named_by
from eventlog.stores.mongo.documents import (
    WITHOUT_HISTORY,
    RawStream,
    document_from,
    in_order,
    matching,
    of_kind,
    texts_named_by,
    to_insert,
    to_resnapshot,
    to_update,
)
from eventlog.stores.queries import Order, Where


@translating_errors
class MongoEvents(Collections):
    """``EventStore`` and ``Snapshots``. Each method is one database command, but for a page inside an order."""

    async def read(self, stream: StreamId, command: str) -> Document | None:
        """One find; the server filters the command's entries out of the history."""
        # Without $literal a command that begins with "$" would name a field.
        answered = {"$filter": {"input": "$history", "cond": {"$eq": ["$$this.command", {"$literal": command}]}}}
        found = await self._streams.find_one({"_id": stream}, {**WITHOUT_HISTORY, "answered": answered})
        return document_from(found, self._topic) if found else None

    async def history(self, stream: StreamId, after: int = 0) -> tuple[Entry, ...]:
        """One find with the history, or its end."""
        later = {"$filter": {"input": "$history", "cond": {"$gt": ["$$this.version", after]}}}
        found = await self._streams.find_one({"_id": stream}, {"history": later if after else 1})
        return tuple(Entry(**raw) for raw in found["history"]) if found else ()

    async def personal_texts(self, stream: StreamId) -> Mapping[str, str]:
        """One find."""
        found = await self._streams.find_one({"_id": stream}, {"personal_texts": 1})
        return found.get("personal_texts", {}) if found else {}

    async def some_personal_texts(self, streams: Collection[StreamId], names: Collection[str]) -> Mapping[str, str]:
        """One find that reads these texts alone."""
        if not streams or not names:
            return {}
        wanted = {f"personal_texts.{name}": 1 for name in names}
        found = await self._streams.find({"_id": {"$in": list(streams)}}, wanted).to_list(None)
        return {name: text for raw in found for name, text in raw.get("personal_texts", {}).items()}

    async def keep_personal_texts(self, stream: StreamId, texts: Mapping[str, str | None]) -> None:
        """One update."""
        if not texts:
            return
        kept = {f"personal_texts.{name}": text for name, text in texts.items() if text is not None}
        removed = {f"personal_texts.{name}": "" for name, text in texts.items() if text is None}
        change = {"$set": kept, "$unset": removed}
        await self._streams.update_one({"_id": stream}, {how: names for how, names in change.items() if names})

    async def states(self, streams: Collection[StreamId]) -> list[Document]:
        """One find."""
        return await self._documents({"_id": {"$in": list(streams)}}) if streams else []

    async def whole(self, streams: Collection[StreamId]) -> list[Document]:
        """One find."""
        also = {"history": 1, "personal_texts": 1}
        return await self._documents({"_id": {"$in": list(streams)}}, also=also) if streams else []

    async def find(
        self,
        kind: str,
        where: Where,
        *,
        after: StreamId | None = None,
        limit: int = 1000,
        order: Order | None = None,
        texts: str | None = None,
    ) -> list[Document]:
        """One find by an index of the state's fields; two side by side for a later page of an order."""
        filters, also = matching("state", where), texts_named_by(texts)
        if order is None:
            return await self._documents(filters | of_kind(kind, after), ["_id"], limit, also=also)
        sort = [f"state.{order.field}", "_id"]
        parts = [self._documents(part, sort, limit, also=also) for part in in_order(filters, kind, order)]
        return [document for part in await asyncio.gather(*parts) for document in part][:limit]

    async def named(self, kind: str, where: Where, field: str) -> list[Document]:
        """One aggregation, by the index of the conditions and by the ids."""
        stages = named_by(self._streams, "state", kind, where, field)
        found = await aggregated(self._streams, [*stages, {"$project": WITHOUT_HISTORY}])
        return [document_from(cast(RawStream, raw), self._topic) for raw in found]

    async def append(self, write: Write) -> bool:
        """One insert for a new document, else one guarded update."""
        write.refuse_too_large()
        if write.version == 0:
            try:
                await self._streams.insert_one(to_insert(write))
            except DuplicateKeyError:
                return False
            return True
        return (await self._streams.update_one(*to_update(write))).matched_count == 1

    async def append_many(self, writes: Sequence[Write]) -> int:
        """One unordered bulk of inserts and guarded updates."""
        if not writes:
            return 0
        for write in writes:
            write.refuse_too_large()
        bulk = [UpdateOne(*to_update(each)) if each.version else InsertOne(to_insert(each)) for each in writes]
        try:
            result = (await self._streams.bulk_write(bulk, ordered=False)).bulk_api_result
        except BulkWriteError as partly:
            result = only_duplicates(partly)
        return result["nInserted"] + result["nMatched"]

    async def with_other_schema(
        self, kind: str, schema_version: int, *, after: StreamId | None = None, limit: int = 1000
    ) -> list[Document]:
        """One find along the ids: a rare question has no index of its own."""
        return await self._documents(of_kind(kind, after) | {"schema_version": {"$ne": schema_version}}, ["_id"], limit)

    async def resnapshot(self, documents: Sequence[Document]) -> int:
        """One unordered bulk of guarded updates."""
        if not documents:
            return 0
        result = await self._streams.bulk_write([UpdateOne(*to_resnapshot(each)) for each in documents], ordered=False)
        return result.matched_count
