"""The collections of one service's database."""

from collections.abc import Mapping, Sequence
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from eventlog.stores.mongo.client import MongoClient
from eventlog.stores.mongo.documents import RawDeadLetter, RawReadModel, RawStream

if TYPE_CHECKING:
    from pymongo.asynchronous.collection import AsyncCollection

    Plain = AsyncCollection[dict[str, Any]]  # as the driver gives it: each is read in one place


class Collections:
    """What the parts of ``MongoStore`` share: the database, and this service's topic and projection version.

    The documents of ``built`` name the projection versions that are complete. ``packages`` keeps the versions of the
    data that decisions were made with, ``installation`` the fingerprint of the key that ids are made with.
    """

    def __init__(self, client: MongoClient, database: str, *, topic: str = "", projection_version: int = 1) -> None:
        there = client.database(database)
        self._streams: AsyncCollection[RawStream] = there["streams"]
        self._read_models: AsyncCollection[RawReadModel] = there[f"read_models_{projection_version}"]
        self._dead_letters: AsyncCollection[RawDeadLetter] = there["dead_letters"]
        self._discards: Plain = there["discards"]
        self._refusals: Plain = there["refusals"]
        self._built: Plain = there["built"]
        self._packages: Plain = there["packages"]
        self._installation: Plain = there["installation"]
        self._topic = topic
        self._projection_version = projection_version


async def aggregated(
    collection: "AsyncCollection[Any]", stages: Sequence[Mapping[str, object]]
) -> list[dict[str, Any]]:
    """The answer of an aggregation, whole."""
    cursor: Any = collection.aggregate(stages)  # Motor answers with the cursor, PyMongo's must be awaited
    return await (await cursor if isawaitable(cursor) else cursor).to_list(None)
