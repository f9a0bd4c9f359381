"""A store and an outlet between which and the caller something happens: another task, a failure, a lost answer."""

import asyncio
from collections.abc import Iterable, Iterator
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, Literal, cast

from hypothesis import strategies as st

from eventlog.outbox import BrokerUnavailable
from eventlog.stores import Store, StoreUnavailable
from eventlog.stores.memory import MemoryPublisher

Happening = int | Literal["away", "lost"]
"""So many other tasks' turns first; refused before anything happened; done, but the answer was lost."""

QUIET: st.SearchStrategy[Happening] = st.integers(0, 4)
ANYTHING: st.SearchStrategy[Happening] = st.one_of(QUIET, st.sampled_from(("away", "lost")))


def happenings(each: st.SearchStrategy[Happening] = ANYTHING, most: int = 40) -> st.SearchStrategy[list[Happening]]:
    return st.lists(each, max_size=most)


class _Interfered:
    def __init__(self, store: Store, plan: Iterable[Happening], only: str) -> None:
        self._store = store
        self._plan = iter(plan)
        self._only = only

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)
        if not iscoroutinefunction(method) or self._only not in ("", name):
            return method

        @wraps(method)
        async def asked(*args: Any, **kwargs: Any) -> Any:
            happening = await _before(self._plan, StoreUnavailable)
            answer = await method(*args, **kwargs)
            if happening == "lost":
                raise StoreUnavailable("the answer was lost")
            return answer

        return asked


def interfered(store: Store, plan: Iterable[Happening], *, only: str = "") -> Store:
    """The store, with what happens at each call (of one method, if named) until the plan ends."""
    return cast(Store, _Interfered(store, plan, only))


class InterferedOutlet(MemoryPublisher):
    """An outlet with what happens at each record until the plan ends."""

    def __init__(self, plan: Iterable[Happening]) -> None:
        super().__init__()
        self._plan = iter(plan)

    async def send(self, topic: str, key: str, value: bytes, record_headers: dict[str, str]) -> None:
        happening = await _before(self._plan, BrokerUnavailable)
        await super().send(topic, key, value, record_headers)
        if happening == "lost":
            raise BrokerUnavailable("the acknowledgement was lost")


async def _before(plan: Iterator[Happening], unavailable: type[Exception]) -> Happening:
    happening = next(plan, 0)
    if happening == "away":
        raise unavailable("nothing answers")
    for _ in range(happening if isinstance(happening, int) else 0):
        await asyncio.sleep(0)
    return happening
