"""What a service's database remembers of its installation."""

from collections.abc import Mapping
from contextlib import suppress

from pymongo.errors import DuplicateKeyError

from eventlog.clock import wall_now
from eventlog.stores.mongo.client import translating_errors
from eventlog.stores.mongo.collections import Collections


@translating_errors
class MongoInstallation(Collections):
    """Which key ids are made with, and which packages' data decisions were made with."""

    async def ids_are_made_with(self, fingerprint: str) -> bool:
        """Whether ids are made with the key of this fingerprint. The first that is not empty is remembered for ever."""
        if fingerprint:
            with suppress(DuplicateKeyError):
                await self._installation.insert_one({"_id": "ids", "key": fingerprint})
        noted = await self._installation.find_one({"_id": "ids"})
        return noted is None or noted["key"] == fingerprint

    async def note_packages(self, versions: Mapping[str, str]) -> None:
        """Remember, for each package, that decisions were made with this version of its data."""
        for name, version in versions.items():
            noted = {"name": name, "version": version, "since": wall_now()}
            await self._packages.update_one({"_id": f"{name} {version}"}, {"$setOnInsert": noted}, upsert=True)

    async def packages(self) -> list[tuple[str, str]]:
        """Every package and version that was noted."""
        return [(raw["name"], raw["version"]) for raw in await self._packages.find().to_list(None)]
