"""Tells open pages that something has changed: one Server-Sent-Events stream for each browser.

Every process follows the topics from their ends, without a consumer group. An event on a topic has the id of its
partnership or person as its key. Browsers of these people are told this key, and nothing else: a page then asks the
services again, with the token of the person.
"""

import asyncio
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


@dataclass(eq=False)
class Listener:
    """One browser. ``keys`` are the ids of its person and of their partnerships."""

    keys: set[str]
    waiting: "asyncio.Queue[str | None]" = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))

    def tell(self, key: str | None) -> None:
        """Add a key, unless so many wait that the browser reads everything again anyway. None ends the stream."""
        with suppress(asyncio.QueueFull):
            self.waiting.put_nowait(key)


@dataclass
class Changes:
    """The browsers that listen to this process."""

    _listeners: dict[str, set[Listener]] = field(default_factory=dict[str, set[Listener]])
    _all: set[Listener] = field(default_factory=set[Listener])

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
        for listener in self._listeners.get(key, ()):
            listener.tell(key)

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
