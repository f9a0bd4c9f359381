"""Databases for measuring: each is new, and gone when the measuring is over."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandListener

from eventlog import fresh_id
from eventlog.stores.mongo import Driver, MongoClient


@dataclass(frozen=True, slots=True)
class Databases:
    """One connection pool and the databases that were asked of it."""

    url: str
    client: MongoClient
    made: list[str] = field(default_factory=list[str])

    def fresh(self, of: str = "") -> str:
        """The name of a database that nobody has used; ``of`` is its end, where a service expects one."""
        self.made.append(f"bench_{fresh_id()[:12]}{of and '_'}{of}")
        return self.made[-1]

    def collection(self, database: str, name: str) -> Any:
        """A collection as the store sees it: with the same concerns, through the same driver."""
        return self.client.database(database)[name]

    async def drop(self) -> None:
        """Remove all of them, which may take longer for a large one than a service waits for an answer."""
        async with AsyncMongoClient[Any](self.url) as patient:
            while self.made:
                await patient.drop_database(self.made.pop())


@asynccontextmanager
async def databases(
    mongo_url: str, driver: Driver = "motor", *, listeners: Sequence[CommandListener] = ()
) -> AsyncGenerator[Databases]:
    """A pool for the length of a ``with`` block, with the same driver for both sides of a pair."""
    made = Databases(mongo_url, MongoClient(mongo_url, driver, listeners=listeners))
    try:
        yield made
    finally:
        await made.drop()
        await made.client.close()
