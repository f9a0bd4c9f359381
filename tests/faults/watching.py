"""Looking at the suite from outside, past its own code: whether it is quiet, and who was consuming when."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from aiokafka.errors import KafkaError
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from eventlog.outbox import BrokerUnavailable
from service_kit.observability.lag_monitor import LagMonitor
from tests.faults.oracle.suite import ROWS_IN_USE, SERVICES

Json = dict[str, Any]
SETTLES_WITHIN = 120.0
"""Seconds in which something must have moved on the way to rest, once nothing is broken any more."""
PAUSE, LONGEST_PAUSE = 0.05, 0.5
"""Seconds between two looks for rest: looking takes the database's time from those who work."""
LOOKS_EVERY = 0.5
"""Seconds between two looks at the groups."""
A_BATCH = 2.0
"""Seconds that a batch may take: a group that has not moved on for longer, with something to read, is not consuming."""


class NotQuiet(Exception):
    """It never came to rest: what was left to do."""


@dataclass
class Watcher:
    """``planted`` says whether a dead letter is about something that the drill put there. ``rows``: their numbers."""

    kafka_url: str
    database: AsyncMongoClient[Json]
    prefix: str
    planted: Callable[[str], bool]
    rows: tuple[int, ...] = (ROWS_IN_USE,)
    _watches: list[LagMonitor] = field(init=False)

    def __post_init__(self) -> None:
        self._watches = [LagMonitor(self.kafka_url, each.listens, each.groups) for each in SERVICES]

    def follow(self, rows: int) -> None:
        """Wait for the rows of this number too, from now on."""
        self.rows = (*self.rows, rows)
        further = [replace(service, rows=rows, reactions=()) for service in SERVICES]
        self._watches += [LagMonitor(self.kafka_url, each.listens, each.groups) for each in further if each.groups]

    async def close(self) -> None:
        """Give the connections back."""
        for watch in self._watches:
            await watch.close()

    async def quiet(self, now: Callable[[], datetime]) -> None:
        """Wait until nothing is due, unpublished, unread or waiting, twice with the same ends; raises NotQuiet.

        The databases are asked only when nothing is unread.
        """
        moved, pause = time.monotonic(), PAUSE
        before, busy_before = None, None
        while True:
            look = await self.unread()
            busy = {group: unread for group, unread in look["unread"].items() if unread} or await self._left(now())
            if not busy and look == before:
                return
            if busy != busy_before or look != before:
                moved, before, busy_before = time.monotonic(), look, busy
            elif time.monotonic() > moved + SETTLES_WITHIN:
                raise NotQuiet(f"it does not come to rest: nothing has moved for {SETTLES_WITHIN:.0f} s: {busy}")
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, LONGEST_PAUSE)

    async def next_wake(self) -> datetime | None:
        """The earliest deadline of all services."""
        found: list[datetime] = []
        for service in SERVICES:
            streams = self.database[f"{self.prefix}_{service.name}"]["streams"]
            earliest = await streams.find_one({"wake_at": {"$exists": True}}, {"wake_at": 1}, sort=[("wake_at", 1)])
            if earliest is not None:
                found.append(earliest["wake_at"])
        return min(found, default=None)

    async def unread(self) -> Mapping[str, Any]:
        """The ends of the topics, and what each group has not read."""
        ends: dict[str, int] = {}
        unread: dict[str, int] = {}
        for of_these, left in await asyncio.gather(*(watch.look() for watch in self._watches)):
            ends |= of_these
            unread |= left
        return {"ends": ends, "unread": unread}

    async def _left(self, now: datetime) -> Mapping[str, Any]:
        """What the databases say is left to do."""
        looks = await asyncio.gather(*(self._left_in(service.name, now) for service in SERVICES))
        return {service.name: left for service, left in zip(SERVICES, looks, strict=True) if any(left.values())}

    async def _left_in(self, service: str, now: datetime) -> Mapping[str, Any]:
        kept = self.database[f"{self.prefix}_{service}"]
        due, unpublished, letters = await asyncio.gather(
            kept["streams"].count_documents({"wake_at": {"$lte": now}}),
            kept["streams"].count_documents({"outbox_since": {"$exists": True}}),
            kept["dead_letters"].find({"reason": {"$in": ["gap", "waiting"]}}, {"_id": 1}).to_list(None),
        )
        waiting = [letter["_id"] for letter in letters if not self.planted(letter["_id"])]
        return {"due": due, "unpublished": unpublished, "waiting": waiting[:5]}


@dataclass
class Consuming:
    """In which share of the time each group was consuming: it moved on, or there was nothing to read.

    Only the time counts in which broker and database were there, as ``there`` says.
    """

    watcher: Watcher
    there: Callable[[], bool]
    looks: Counter[str] = field(default_factory=Counter[str])
    consumed: Counter[str] = field(default_factory=Counter[str])
    most_unread: Counter[str] = field(default_factory=Counter[str])

    @property
    def shares(self) -> Mapping[str, float]:
        """By group, between 0 and 1."""
        return {group: self.consumed[group] / looks for group, looks in sorted(self.looks.items())}

    async def go_on(self) -> None:
        """Look until cancelled."""
        moved: dict[str, tuple[int, float]] = {}
        while True:
            await asyncio.sleep(LOOKS_EVERY)
            look, now = await self._look(), time.monotonic()
            if look is None:
                moved = {}
                continue
            for group, read in _read(look).items():
                unread = look["unread"][group]
                self.most_unread[group] = max(unread, self.most_unread[group])
                before, since = moved.get(group, (read, now))
                if unread == 0 or read > before or group not in moved:
                    moved[group] = (read, now)
                    since = now
                self.looks[group] += 1
                self.consumed[group] += now - since <= A_BATCH

    async def _look(self) -> Mapping[str, Any] | None:
        if not self.there():
            return None
        try:
            async with asyncio.timeout(5):
                look = await self.watcher.unread()
                return look if self.there() else None
        except (BrokerUnavailable, KafkaError, OSError, TimeoutError, PyMongoError):
            return None


def _read(look: Mapping[str, Any]) -> Mapping[str, int]:
    """How many records each group has behind it."""
    ends: Mapping[str, int] = look["ends"]
    found: dict[str, int] = {}
    for service in SERVICES:
        told = sum(end for partition, end in ends.items() if partition.rpartition("-")[0] in service.listens)
        for group in service.groups:
            found[group] = told - look["unread"][group]
    return found
