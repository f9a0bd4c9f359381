"""Read models on MongoDB: one collection for each projection version."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

import bson
from bson.errors import BSONError
from pymongo import InsertOne, ReplaceOne
from pymongo.errors import BulkWriteError

from coaching_events.ids import StreamId
from eventlog.clock import wall_now
from eventlog.stores.documents import ReadModel, ReadModelWrite, Unstorable
from eventlog.stores.mongo.client import only_duplicates, translating_errors
from eventlog.stores.mongo.collections import Collections, aggregated, named_by
from eventlog.stores.mongo.documents import RawReadModel, matching, of_kind, raw_read_model, read_model_from
from eventlog.stores.queries import Value, Where

LARGEST_VALUE = 15 * 1024 * 1024
"""Bytes of one value: MongoDB holds 16 MB, with the fields beside it."""


@translating_errors
class MongoReadModels(Collections):
    """``ReadModels``, and which projection versions are built."""

    async def read_models(self, streams: Collection[StreamId]) -> dict[StreamId, ReadModel]:
        """One find."""
        if not streams:
            return {}
        # With room for one more than it asks for, the answer comes whole; by default the server sends 101 and waits.
        cursor = self._read_models.find({"_id": {"$in": list(streams)}}, batch_size=len(streams) + 1)
        return {raw["_id"]: read_model_from(raw) for raw in await cursor.to_list(None)}

    async def find_read_models(self, kind: str, where: Where, *, limit: int = 1000) -> list[ReadModel]:
        """One find, by the index of the value's field."""
        found = self._read_models.find(matching("value", where) | of_kind(kind)).limit(limit)
        return [read_model_from(raw) for raw in await found.to_list(None)]

    async def named_read_models(self, kind: str, where: Where, field: str) -> list[ReadModel]:
        """One aggregation, by the index of the conditions and by the ids."""
        found = await aggregated(self._read_models, named_by(self._read_models, "value", kind, where, field))
        return [read_model_from(cast(RawReadModel, raw)) for raw in found]

    async def write_read_models(self, writes: Sequence[ReadModelWrite]) -> set[StreamId]:
        """One unordered bulk; a find only if some read models to be replaced had moved."""
        if not writes:
            return set()
        met = set[StreamId]()
        try:
            result: Mapping[str, Any] = (
                await self._read_models.bulk_write([_request(write) for write in writes], ordered=False)
            ).bulk_api_result
        except BulkWriteError as partly:
            result = only_duplicates(partly)
            places: list[int] = [error["index"] for error in result["writeErrors"]]
            met = {writes[place].read_model.stream for place in places}
        if result["nInserted"] + result["nMatched"] + len(met) == len(writes):
            return met
        # The bulk tells how many replacements met nothing, not which.
        unsure = [write.read_model for write in writes if write.read_model.stream not in met]
        now = await self.read_models([each.stream for each in unsure])
        return met | {each.stream for each in unsure if not _is_kept(each, now.get(each.stream))}

    def refuse_unfit(self, value: Value) -> None:
        """Try to encode it, as the driver would."""
        try:
            size = len(bson.encode(value))
        except (BSONError, OverflowError, UnicodeEncodeError) as unfit:
            raise Unstorable(str(unfit)) from unfit
        if size > LARGEST_VALUE:
            raise Unstorable(f"a read model of {size} bytes is over {LARGEST_VALUE}")

    async def note_read_models_built(self) -> None:
        """Remember that this projection version is built: it has once held all that its topics did."""
        await self._built.update_one({"_id": self._projection_version}, {"$setOnInsert": {"at": wall_now()}}, True)

    async def read_models_are_built(self) -> bool:
        """Whether this projection version is built; also if none is, until the first worker is through."""
        built = [raw["_id"] for raw in await self._built.find().to_list(None)]
        return not built or self._projection_version in built


def _request(write: ReadModelWrite) -> InsertOne[RawReadModel] | ReplaceOne[RawReadModel]:
    raw = raw_read_model(write.read_model)
    if write.was is None:
        return InsertOne(raw)
    return ReplaceOne({"_id": write.was.stream, "at": write.was.at, "gaps": write.was.gaps}, raw)


def _is_kept(read_model: ReadModel, now: ReadModel | None) -> bool:
    return now is not None and (now, now.digests) == (read_model, read_model.digests)
