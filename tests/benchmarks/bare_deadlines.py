"""The twin of the deadline sweep: the same database commands but the claim, their contents ready-made."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymongo import ASCENDING, UpdateOne

from eventlog import EPOCH, wall_now
from tests.benchmarks.crowd import Crowd
from tests.benchmarks.measure import Run

LIMIT = 500
FOUND = {"key": 1, "version": 1, "schema_version": 1, "state": 1, "published": 1, "wake_at": 1, "size": 1}


@dataclass(frozen=True, slots=True)
class BareSweep:
    """A crowd of its own, and the update that our sweep makes of each promise that falls due."""

    crowd: Crowd
    change: Mapping[str, Any]

    @staticmethod
    async def over(crowd: Crowd) -> "BareSweep":
        """Let our sweep decide some, and take the content from there."""
        await crowd.more_fall_due()
        deadlines = crowd.deadlines()
        while await deadlines.sweep():
            pass
        decided = await crowd.documents.find_one({"_id": crowd.fell_due[0]})
        kept = {
            name: decided[name] for name in ("version", "schema_version", "state", "size", "wake_at") if name in decided
        }
        change: dict[str, Any] = {
            "$set": kept | {"leased_until": EPOCH},
            "$push": {"history": {"$each": decided["history"][1:]}},
            "$min": {"outbox_since": wall_now()},
        }
        return BareSweep(crowd, change if "wake_at" in kept else change | {"$unset": {"wake_at": 1}})

    async def round(self) -> Run:
        """Let some more become due, and sweep until nothing is."""
        await self.crowd.more_fall_due()

        async def run() -> int:
            decided = 0
            while found := await self._due():
                needed = {each["state"][name] for each in found for name in ("partnership", "owner", "partner")}
                reference_data = self.crowd.rows.find({"_id": {"$in": [*needed]}}, batch_size=len(needed) + 1)
                await reference_data.to_list(None)
                decided += await self._write(found)
            assert decided == self.crowd.due, f"{decided} of {self.crowd.due} were written"
            return decided

        return run

    async def _due(self) -> list[Any]:
        due = {"wake_at": {"$lte": self.crowd.service.clock.at}}
        cursor = self.crowd.documents.find(due, FOUND, batch_size=LIMIT + 1).sort("wake_at", ASCENDING).limit(LIMIT)
        return await cursor.to_list(None)

    async def _write(self, found: list[Any]) -> int:
        writes = [UpdateOne({"_id": each["_id"], "version": each["version"]}, self.change) for each in found]
        return (await self.crowd.documents.bulk_write(writes, ordered=False)).matched_count
