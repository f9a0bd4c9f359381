"""The simulated clock: domain time that moves only when somebody sets it. A production setting refuses it."""

from datetime import datetime

from eventlog.stores.documents import StoreUnavailable
from eventlog.stores.mongo.client import MongoClient, translating_errors


@translating_errors
class SimulatedClock:
    """Domain time as one document in the database. Every process reads it when it acts; a simulation sets it."""

    def __init__(self, client: MongoClient, database: str = "tandem_clock") -> None:
        self._instants = client.database(database)["clock"]

    async def now(self) -> datetime:
        """The instant that was set last, UTC; StoreUnavailable if none was."""
        found = await self._instants.find_one({"_id": "now"})
        if found is None:
            raise StoreUnavailable("the simulated clock has not been set: the simulation sets it first")
        return found["instant"]

    async def set(self, instant: datetime) -> None:
        """Move domain time."""
        await self._instants.replace_one({"_id": "now"}, {"_id": "now", "instant": instant}, upsert=True)
