"""Deadlines on MongoDB: what is due, and who has leased it."""

from datetime import datetime

from coaching_events.ids import StreamId
from eventlog.clock import EPOCH
from eventlog.stores.documents import Document, OutstandingWork
from eventlog.stores.mongo.client import translating_errors
from eventlog.stores.mongo.collections import Collections
from eventlog.stores.mongo.documents import Filter


@translating_errors
class MongoTimers(Collections):
    """``Timers``, and the count that a simulation asks for."""

    async def due(self, now: datetime, wall: datetime, until: datetime, limit: int) -> list[Document]:
        """A find and an update that leases; a second find if another worker leased some in between."""
        due: Filter = {"wake_at": {"$lte": now}, "leased_until": {"$lte": wall}}
        found = await self._documents(due, ["wake_at"], limit, at_once=limit + 1)
        if not found:
            return []
        these: Filter = {"_id": {"$in": [document.stream for document in found]}}
        leased = await self._streams.update_many(these | due, {"$set": {"leased_until": until}})
        if leased.modified_count == len(found):
            return found
        return await self._documents(these | {"leased_until": until}, ["wake_at"])

    async def lease_until(self, stream: StreamId, until: datetime) -> None:
        """One update."""
        await self._streams.update_one({"_id": stream}, {"$set": {"leased_until": until}})

    async def next_wake(self) -> datetime | None:
        """One find, by the index of the sweep."""
        earliest = await self._streams.find_one({"wake_at": {"$exists": True}}, {"wake_at": 1}, sort=[("wake_at", 1)])
        return earliest.get("wake_at") if earliest else None

    async def outstanding(self, now: datetime) -> OutstandingWork:
        """Two counts, one after the other: what is decided between them is among the second."""
        due = await self._streams.count_documents({"wake_at": {"$lte": now}})
        unpublished = await self._streams.count_documents({"outbox_since": {"$gt": EPOCH}})
        return OutstandingWork(due, unpublished)
