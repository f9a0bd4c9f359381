"""Do one thing for each of several, so that one that fails does not stop the others."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from eventlog.aggregate import CatchingUp
from eventlog.stores.documents import StoreUnavailable

T = TypeVar("T")


@dataclass
class CollectedFailures:
    """What failed is kept until all have been tried, and raised then, so that who asked tries all of them again.

    Of several failures one that needs a row is raised first: it is tried again by itself until the row has come, and
    then the others are raised. A database that is away is raised at once, as no other would go better.
    """

    _failed: list[Exception] = field(default_factory=list[Exception], init=False)

    async def each(self, things: Iterable[T], do: Callable[[T], Awaitable[object]]) -> None:
        """Do it for all of these."""
        for thing in things:
            try:
                await do(thing)
            except StoreUnavailable:
                raise
            except Exception as failed:
                self._failed.append(failed)

    def raise_first(self) -> None:
        """Raise what failed, if anything did."""
        if self._failed:
            raise min(self._failed, key=lambda failed: not isinstance(failed, CatchingUp))


async def for_each(things: Iterable[T], do: Callable[[T], Awaitable[object]]) -> None:
    """Do it for all of them, and then raise what failed."""
    others = CollectedFailures()
    await others.each(things, do)
    others.raise_first()
