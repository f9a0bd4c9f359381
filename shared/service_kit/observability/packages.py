"""The data of time that decisions follow from: zones and public holidays change with the versions of their packages."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from eventlog.stores import StoreUnavailable
from service_kit.server.health import NotReady
from service_kit.versions import is_newer

SOON = 1.0
"""Seconds after which noting is tried again while the database is away."""

Noted = Sequence[tuple[str, str]]
"""Packages and versions."""


def installed(packages: Iterable[str]) -> Mapping[str, str]:
    """The versions of these packages here, none of which is imported for that."""
    return {name: version(name) for name in packages}


@dataclass(frozen=True, slots=True)
class Packages:
    """What this process decides with, beside what others of its service have decided with.

    ``older_allowed``: whether it may be ready all the same where that is older.
    """

    here: Mapping[str, str]
    note: Callable[[Mapping[str, str]], Awaitable[None]]
    noted: Callable[[], Awaitable[Noted]]
    older_allowed: bool = False

    def __str__(self) -> str:
        return ", ".join(f"{name} {version}" for name, version in self.here.items())

    async def note_when(self, has_written: asyncio.Event) -> None:
        """Note them once this process has decided something. Never returns."""
        await has_written.wait()
        while True:
            try:
                await self.note(self.here)
                break
            except StoreUnavailable:
                await asyncio.sleep(SOON)
        await asyncio.Event().wait()

    async def check(self) -> None:
        """Return unless decisions were made with newer ones; raises NotReady, which names them, or StoreUnavailable."""
        if self.older_allowed:
            return
        for name, wanted in await self.noted():
            if name in self.here and is_newer(wanted, self.here[name]):
                raise NotReady(
                    f"{name} {self.here[name]} is installed, and decisions were made with {wanted}: install that, or "
                    "set OLDER_PACKAGES=true"
                )
