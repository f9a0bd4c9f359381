"""The time data that decisions depend on: time zones and public holidays change with their packages' versions."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from eventlog.stores import StoreUnavailable
from service_kit.server.health import NotReady
from service_kit.versions import is_newer

SOON = 1.0
"""Seconds until the next try while the database is away."""


def installed(packages: Iterable[str]) -> Mapping[str, str]:
    """The installed versions of these packages. None is imported."""
    return {name: version(name) for name in packages}


@dataclass(frozen=True, slots=True)
class Packages:
    """The versions that this process decides with (``here``), and those that its service has decided with.

    ``record`` stores the first, ``recorded`` reads the second. With ``older_allowed`` a process with older versions may
    be ready.
    """

    here: Mapping[str, str]
    record: Callable[[Mapping[str, str]], Awaitable[None]]
    recorded: Callable[[], Awaitable[Sequence[tuple[str, str]]]]
    older_allowed: bool = False

    def __str__(self) -> str:
        return ", ".join(f"{name} {version}" for name, version in self.here.items())

    async def record_when(self, has_written: asyncio.Event) -> None:
        """Record the versions after the first decision of this process. Never returns."""
        await has_written.wait()
        while True:
            try:
                await self.record(self.here)
                break
            except StoreUnavailable:
                await asyncio.sleep(SOON)
        await asyncio.Event().wait()

    async def check(self) -> None:
        """Raise NotReady if decisions were made with newer versions, or StoreUnavailable."""
        if self.older_allowed:
            return
        for name, used in await self.recorded():
            if name in self.here and is_newer(used, self.here[name]):
                raise NotReady(
                    f"{name} {self.here[name]} is installed, and decisions were made with {used}: install that, or "
                    "set OLDER_PACKAGES=true"
                )
