"""Dead letters and refusals on MongoDB."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pymongo import ASCENDING, UpdateOne

from coaching_events.ids import StreamId
from eventlog.clock import wall_now
from eventlog.stores.documents import REFUSALS_KEPT, DeadLetter, DeadLetterCount, Discard, Place, Reason, Refusal
from eventlog.stores.mongo.client import translating_errors
from eventlog.stores.mongo.collections import Collections, aggregated
from eventlog.stores.mongo.documents import Filter, letter_from, raw_letter


@translating_errors
class MongoDeadLetters(Collections):
    """``DeadLetterStore`` and ``Refusals``. Each method is one database command."""

    async def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """One unordered bulk of upserts."""
        if letters:
            writes = [
                UpdateOne({"_id": each.id}, {"$set": raw_letter(each), "$setOnInsert": {"since": each.since}}, True)
                for each in letters
            ]
            await self._dead_letters.bulk_write(writes, ordered=False)

    async def dead_letters(
        self,
        *,
        handler: str | None = None,
        streams: Collection[StreamId] | None = None,
        reason: Reason | None = None,
        due: datetime | None = None,
        after: Place | None = None,
        limit: int | None = 1000,
    ) -> list[DeadLetter]:
        """One find."""
        filters: Filter = {}
        if handler is not None:
            filters["handler"] = handler
        if streams is not None:
            filters["stream"] = {"$in": list(streams)}
        if reason is not None:
            filters["reason"] = reason
        if due is not None:
            filters["next_try"] = {"$lte": due}
        if after is not None:
            since, id = after
            filters["since"] = {"$gte": since}
            filters["$or"] = [{"since": {"$gt": since}}, {"since": since, "_id": {"$gt": id}}]
        found = self._dead_letters.find(filters).sort([("since", ASCENDING), ("_id", ASCENDING)]).limit(limit or 0)
        return [letter_from(raw) for raw in await found.to_list(None)]

    async def dead_letter(self, id: str) -> DeadLetter | None:
        """One find."""
        found = await self._dead_letters.find_one({"_id": id})
        return None if found is None else letter_from(found)

    async def dead_letter_counts(self) -> Mapping[Reason, DeadLetterCount]:
        """One aggregation."""
        by_reason = {"_id": "$reason", "letters": {"$sum": 1}, "since": {"$min": "$since"}}
        found = await aggregated(self._dead_letters, [{"$group": by_reason}])
        return {raw["_id"]: DeadLetterCount(raw["letters"], raw["since"]) for raw in found}

    async def drop_dead_letters(self, ids: Collection[str]) -> None:
        """One delete."""
        if ids:
            await self._dead_letters.delete_many({"_id": {"$in": list(ids)}})

    async def discard(self, decision: Discard) -> None:
        """One upsert."""
        kept = {"by": decision.by, "at": decision.at, "why": decision.why}
        await self._discards.replace_one({"_id": decision.id}, kept, upsert=True)

    async def discards(self, ids: Collection[str]) -> list[Discard]:
        """One find."""
        found = await self._discards.find({"_id": {"$in": list(ids)}}).to_list(None) if ids else []
        return [Discard(id=raw.pop("_id"), **raw) for raw in found]

    async def keep_refusal(self, refusal: Refusal) -> None:
        """One upsert; an index removes it in time."""
        kept = {name: getattr(refusal, name) for name in ("request", "type", "detail", "extensions", "at")}
        await self._refusals.update_one({"_id": refusal.command}, {"$setOnInsert": kept}, upsert=True)

    async def refusal(self, command: str) -> Refusal | None:
        """One find."""
        raw = await self._refusals.find_one({"_id": command, "at": {"$gt": wall_now() - REFUSALS_KEPT}})
        return None if raw is None else Refusal(command=raw.pop("_id"), **raw)
