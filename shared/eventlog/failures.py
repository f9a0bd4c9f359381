"""Do something for each of several things, so that one failure does not stop the others."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from eventlog.aggregate import CatchingUp
from eventlog.stores.documents import StoreUnavailable

T = TypeVar("T")


async def for_each(things: Iterable[T], do: Callable[[T], Awaitable[object]]) -> None:
    """Do it for all of them, then raise a failure if there was one, so that the caller tries all of them again.

    CatchingUp is raised before others: that try is repeated until the read model has come, and then the others are
    raised. StoreUnavailable is raised at once, as no other call would succeed.
    """
    failures: list[Exception] = []
    for thing in things:
        try:
            await do(thing)
        except StoreUnavailable:
            raise
        except Exception as failed:
            failures.append(failed)
    if failures:
        raise min(failures, key=lambda failed: not isinstance(failed, CatchingUp))
