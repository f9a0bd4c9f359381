"""The collections of one service's database."""

from collections.abc import Mapping, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from pymongo import ASCENDING

from eventlog.stores.documents import Document
from eventlog.stores.mongo.client import MongoClient
from eventlog.stores.mongo.documents import (
    WITHOUT_HISTORY,
    Filter,
    RawReadModel,
    RawStream,
    document_from,
    matching,
    of_kind,
)
from eventlog.stores.queries import Where

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

    Plain = AsyncCollection[dict[str, Any]]  # as the driver gives it: each is read in one place

NOTHING: Mapping[str, object] = {}


class Collections:
    """What the parts of ``MongoStore`` share: the database, and this service's topic and projection version.

    The documents of ``built`` name the projection versions that are complete. ``packages`` keeps the versions of the
    data that decisions were made with, ``installation`` the fingerprint of the key that ids are made with.
    """

    def __init__(self, client: MongoClient, database: str, *, topic: str = "", projection_version: int = 1) -> None:
        there = client.database(database)
        self._streams: AsyncCollection[RawStream] = there["streams"]
        self._read_models: AsyncCollection[RawReadModel] = there[f"read_models_{projection_version}"]
        self._dead_letters: Plain = there["dead_letters"]
        self._discards: Plain = there["discards"]
        self._refusals: Plain = there["refusals"]
        self._built: Plain = there["built"]
        self._packages: Plain = there["packages"]
        self._installation: Plain = there["installation"]
        self._topic = topic
        self._projection_version = projection_version

    async def _documents(
        self,
        filters: Filter,
        sort: Sequence[str] = (),
        limit: int = 0,
        *,
        at_once: int = 0,
        also: Mapping[str, object] = NOTHING,
    ) -> list[Document]:
        """Documents without their histories, unless ``also`` names more that is read.

        ``at_once`` is how many the server sends with its first answer.
        """
        cursor = self._streams.find(filters, {**WITHOUT_HISTORY, **also}, batch_size=at_once).limit(limit)
        if sort:
            cursor = cursor.sort([(field, ASCENDING) for field in sort])
        return [document_from(raw, self._topic) for raw in await cursor.to_list(None)]


def named_by(
    collection: "AsyncCollection[Any]", prefix: str, kind: str, where: Where, field: str
) -> list[Mapping[str, object]]:
    """The stages that find what a field of some documents of a collection names, in the same collection."""
    named = f"${prefix}.{field}"
    by_id = {"from": collection.name, "localField": "_id", "foreignField": "_id", "as": "named"}
    return [
        {"$match": matching(prefix, where) | of_kind(kind)},
        {"$unwind": named},
        {"$group": {"_id": named}},
        {"$lookup": by_id},
        {"$unwind": "$named"},
        {"$replaceRoot": {"newRoot": "$named"}},
    ]


async def aggregated(
    collection: "AsyncCollection[Any]", stages: Sequence[Mapping[str, object]]
) -> list[dict[str, Any]]:
    """The answer of an aggregation, whole."""
    cursor: Any = collection.aggregate(stages)  # Motor answers with the cursor, PyMongo's must be awaited
    return await (await cursor if isawaitable(cursor) else cursor).to_list(None)
