"""Tells open pages that something has changed: one Server-Sent-Events stream for each browser.

Every process follows the topics from their ends, without a consumer group. An event on a topic has the id of its
partnership or person as its key. Browsers of these people are told this key, and nothing else: a page then asks the
services again, with the token of the person. The keys of the last minute are remembered, for what happens between the
making of a page and the begin of its stream.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator, Iterable, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from eventlog import pauses

log = structlog.stdlib.get_logger(__name__)

MOST_WAITING: Final = 100
"""Keys that wait for one browser. Further ones are dropped: any of them makes a page read everything again."""
HEARTBEAT: Final = 20.0
"""Seconds between two signs of life on a quiet stream, so that proxies keep it open."""


REMEMBERED: Final = 60.0
"""Seconds for which a process remembers what has changed."""
SKEW: Final = 1.0
"""Seconds by which the clocks of two processes may differ."""


@dataclass(eq=False)
class Listener:
    """One browser. ``keys`` are the ids of its person and of their partnerships."""

    keys: set[str]
    waiting: "asyncio.Queue[str | None]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def tell(self, key: str | None) -> None:
        """Add a key, unless so many wait that the browser reads everything again anyway. None ends the stream."""
        with suppress(asyncio.QueueFull):
            self.waiting.put_nowait(key)

    def tell_any(self) -> None:
        """Something may have changed, and its key is not known."""
        self.tell(next(iter(self.keys), ""))


@dataclass
class Changes:
    """The browsers that listen to this process, and what has changed of late. Times are Unix time in seconds."""

    _listeners: dict[str, set[Listener]] = field(default_factory=dict[str, set[Listener]])
    _all: set[Listener] = field(default_factory=set[Listener])
    _latest: dict[str, float] = field(default_factory=dict[str, float])
    _heard_from: float = float("inf")

    @contextmanager
    def listening(self, keys: Iterable[str]) -> Generator[Listener]:
        """A browser, for the time of its stream."""
        listener = Listener(set())
        self._all.add(listener)
        self.add(listener, keys)
        try:
            yield listener
        finally:
            self._all.remove(listener)
            for key in listener.keys:
                self._listeners[key].discard(listener)
                if not self._listeners[key]:
                    del self._listeners[key]

    def add(self, listener: Listener, keys: Iterable[str]) -> None:
        """Tell a browser of further keys."""
        for key in keys:
            listener.keys.add(key)
            self._listeners.setdefault(key, set()).add(listener)

    def tell(self, key: str) -> None:
        """Something happened under this key."""
        now = time.time()
        self._latest.pop(key, None)
        self._latest[key] = now  # at the end: the oldest is the first
        while (oldest := next(iter(self._latest))) and self._latest[oldest] < now - REMEMBERED:
            del self._latest[oldest]
        for listener in self._listeners.get(key, ()):
            listener.tell(key)

    def begin(self) -> None:
        """The topics are followed from now on. What happened before is not known."""
        self._heard_from = time.time()
        for listener in self._all:
            listener.tell_any()

    def may_have_changed(self, keys: Iterable[str], since: float) -> bool:
        """Whether something may have happened under these keys since then."""
        if since - SKEW < max(self._heard_from, time.time() - REMEMBERED):
            return True
        return any(self._latest.get(key, 0.0) >= since - SKEW for key in keys)

    def end(self) -> None:
        """End all streams. Browsers connect again after a moment, to a process that runs."""
        for listener in self._all:
            while listener.waiting.full():
                listener.waiting.get_nowait()
            listener.tell(None)


async def follow(changes: Changes, bootstrap: str, topics: Iterable[str], connection: Mapping[str, Any]) -> None:
    """Follow the topics from their ends, for ever. While the broker is away, pages stay as they are."""
    for pause in pauses(0.2, 5.0):
        consumer: Any = AIOKafkaConsumer(
            *topics, bootstrap_servers=bootstrap, group_id=None, auto_offset_reset="latest", **connection
        )
        try:
            await consumer.start()
            changes.begin()
            async for record in consumer:
                key: bytes | None = record.key
                if key:
                    changes.tell(key.decode(errors="replace"))
        except (KafkaError, OSError) as away:
            log.warning("broker away, trying again", error=type(away).__name__)
        finally:
            await consumer.stop()
        await asyncio.sleep(pause)


async def stream(listener: Listener) -> AsyncGenerator[str]:
    """What a browser reads: the keys of what has changed, each once in what it has not read yet."""
    yield "retry: 2000\n\n"
    while True:
        try:
            async with asyncio.timeout(HEARTBEAT):
                keys = {await listener.waiting.get()}
        except TimeoutError:
            yield ": still here\n\n"
            continue
        while not listener.waiting.empty():
            keys.add(listener.waiting.get_nowait())
        yield "".join(f"event: changed\ndata: {key}\n\n" for key in sorted(filter(None, keys)))
        if None in keys:
            return
