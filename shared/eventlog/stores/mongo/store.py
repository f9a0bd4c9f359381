"""All that a service asks of its database, over one MongoDB database."""

from collections.abc import Iterable, Mapping

from pymongo import ASCENDING

from eventlog.clock import wall_now
from eventlog.stores.documents import REFUSALS_KEPT
from eventlog.stores.mongo.client import translating_errors
from eventlog.stores.mongo.dead_letters import MongoDeadLetters
from eventlog.stores.mongo.events import MongoEvents
from eventlog.stores.mongo.installation import MongoInstallation
from eventlog.stores.mongo.outbox import MongoOutbox
from eventlog.stores.mongo.read_models import MongoReadModels
from eventlog.stores.mongo.timers import MongoTimers

RENAMED: Mapping[str, str] = {
    "shape": "schema_version",
    "words": "personal_texts",
    "claimed_until": "leased_until",
    "unpublished_since": "outbox_since",
    "unpublished_from": "outbox_from",
}
"""Names of fields before 0.3.0 → their names now."""


@translating_errors
class MongoStore(MongoEvents, MongoTimers, MongoOutbox, MongoReadModels, MongoDeadLetters, MongoInstallation):
    """``Store`` over one database of a service. All reads have read concern majority, writes are journaled by one."""

    async def prepare(
        self, indexes: Iterable[tuple[str, str | tuple[str, ...]]], read_model_indexes: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Make the indexes: (kind, field or fields of the state) and, for read models, (kind, field of the value).

        Fields that were stored before 0.3.0 are renamed, once for each database.
        """
        if await self._installation.find_one({"_id": "fields"}) is None:  # each rename reads a whole collection
            await self._streams.update_many({"shape": {"$exists": True}}, {"$rename": RENAMED})
            await self._refusals.update_many({"facts": {"$exists": True}}, {"$rename": {"facts": "extensions"}})
            await self._installation.update_one({"_id": "fields"}, {"$set": {"renamed_at": wall_now()}}, upsert=True)
        await self._streams.create_index([("wake_at", ASCENDING)], sparse=True)
        await self._streams.create_index([("outbox_since", ASCENDING)], sparse=True)
        for names in sorted({(each,) if isinstance(each, str) else each for _, each in indexes}):
            await self._streams.create_index([*((f"state.{name}", ASCENDING) for name in names), ("_id", ASCENDING)])
        for name in sorted({field for _, field in read_model_indexes}):
            await self._read_models.create_index([(f"value.{name}", ASCENDING)], sparse=True)
        await self._dead_letters.create_index([("stream", ASCENDING)], sparse=True)
        await self._dead_letters.create_index([("next_try", ASCENDING)])
        await self._dead_letters.create_index([("since", ASCENDING), ("_id", ASCENDING)])
        await self._refusals.create_index([("at", ASCENDING)], expireAfterSeconds=int(REFUSALS_KEPT.total_seconds()))
