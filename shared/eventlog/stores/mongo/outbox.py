"""The outbox on MongoDB: each document notes up to which version a topic has it."""

from collections.abc import Mapping
from datetime import datetime

from pymongo import UpdateMany

from coaching_events.ids import StreamId
from eventlog.clock import EPOCH
from eventlog.stores.documents import Document
from eventlog.stores.mongo.client import translating_errors
from eventlog.stores.mongo.collections import Collections, aggregated
from eventlog.stores.mongo.documents import PUBLISHED, Filter, field_of

MOST_LOOKED_AT = 2_000
"""Unpublished documents among which the oldest is looked for."""


@translating_errors
class MongoOutbox(Collections):
    """``Outbox``."""

    async def acknowledge(self, topic: str, versions: Mapping[StreamId, int]) -> None:
        """One unordered bulk with an update for each version.

        A document that has moved on is left to the acknowledgement of its newer write.
        """
        if not versions:
            return
        field = f"published.{field_of(topic)}"
        at_version: dict[int, list[StreamId]] = {}
        for stream, version in versions.items():
            at_version.setdefault(version, []).append(stream)
        await self._streams.bulk_write(
            [
                UpdateMany(
                    {"_id": {"$in": streams}, "version": version}, {"$set": {field: version}, "$unset": PUBLISHED}
                )
                for version, streams in at_version.items()
            ],
            ordered=False,
        )

    async def unpublished(self, before: datetime, ahead: datetime, limit: int) -> list[Document]:
        """A find and an update. Two sweepers that meet send duplicates, which consumers detect."""
        late: Filter = {"outbox_since": {"$lte": before}}
        found = await self._documents(late, ["outbox_since"], limit)
        if found:
            these: Filter = {"_id": {"$in": [document.stream for document in found]}}
            await self._streams.update_many(these | late, {"$set": {"outbox_since": ahead}})
        return found

    async def oldest_unpublished(self) -> datetime | None:
        """One aggregation over unpublished documents, by the index of the sweep."""
        since = {"$ifNull": ["$outbox_from", "$outbox_since"]}  # older documents have the second alone
        stages = [
            {"$match": {"outbox_since": {"$gt": EPOCH}}},
            {"$limit": MOST_LOOKED_AT},
            {"$group": {"_id": None, "since": {"$min": since}}},
        ]
        found = await aggregated(self._streams, stages)
        return found[0]["since"] if found else None

    async def behind(self, before: datetime, *, after: StreamId | None = None, limit: int = 1000) -> list[Document]:
        """One find along the ids: a rare question has no index of its own."""
        lacks = {"$lt": [{"$ifNull": [f"$published.{field_of(self._topic)}", 0]}, "$version"]}
        filters: Filter = {"_id": {"$gt": after or ""}, "$expr": lacks, "outbox_since": {"$not": {"$gt": before}}}
        return await self._documents(filters, ["_id"], limit)
