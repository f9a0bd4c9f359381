"""What goes wrong inside a process, put around its store, outlet and inlets before it starts. For drills only.

A *fail point* ends the process with SIGKILL before or after the n-th call of a step. Besides, a process may be slow,
lose the answers of database and broker, hear its topics far apart, have a clock that is off, be unable to fold the
events of some streams, and be the next version, that stores states in another shape.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import wraps
from inspect import getmembers, iscoroutinefunction
from typing import Annotated, Any

from pydantic import PlainSerializer, PlainValidator, TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.ids import StreamId
from eventlog import AnyAggregate, clock
from eventlog.consumers import KafkaConsumer
from eventlog.consumers.consumer import Partition, Record
from eventlog.outbox import BrokerUnavailable, KafkaPublisher
from eventlog.projection import AnyProjection
from eventlog.service import Service
from eventlog.stores import ReadModel, StoreUnavailable
from eventlog.stores.mongo import MongoStore

Where = tuple[type[Any], str]

STEPS: Mapping[str, tuple[Where, ...]] = {
    "read": ((MongoStore, "read"),),
    "append": ((MongoStore, "append"), (MongoStore, "append_many")),
    "send": ((KafkaPublisher, "send"),),
    "acknowledge": ((MongoStore, "acknowledge"),),
    "find-rows": ((MongoStore, "read_models"),),
    "write-rows": ((MongoStore, "write_read_models"),),
    "claim": ((MongoStore, "due"),),
    "take-unpublished": ((MongoStore, "unpublished"),),
    "finish-batch": ((KafkaConsumer, "mark_processed"),),
    "commit": ((KafkaConsumer, "_commit"),),
}
"""The steps of writing, publishing, projecting, sweeping and reacting, and the methods that take them."""


@dataclass(frozen=True, slots=True)
class FailPoint:
    """``when`` is before or after; ``call`` counts from 1; ``group`` is how a consumer group's name ends."""

    step: str
    when: str
    call: int = 1
    group: str = ""

    def __str__(self) -> str:
        return f"{self.when} {self.step}{f' of {self.group}' if self.group else ''}"

    def told(self) -> dict[str, Any]:
        """As the forkserver is told."""
        return {"step": self.step, "when": self.when, "call": self.call, "group": self.group}


def install(fault: Mapping[str, Any] | None, service: Service) -> None:
    """Put a fault into this process of a service; none: leave it as it is."""
    match fault:
        case {"step": str(step), "when": str(when), "call": int(call), "group": str(group)}:
            _fail_at(FailPoint(step, when, call, group))
        case {"slow": float(seconds)}:
            _slow_down(seconds)
        case {"unsure": float(share)}:
            _lose_answers(share)
        case {"clock_off": float(seconds)}:
            _set_clock_off(seconds)
        case {"apart": float(seconds)}:
            _hear_topics_apart(seconds)
        case {"reshaped": True}:
            for aggregate in service.aggregates:
                _reshape(aggregate)
        case {"cannot_fold": [*streams]}:
            for projection in service.projections:
                _break_fold(projection, frozenset(streams))
        case _:
            return


def _fail_at(point: FailPoint) -> None:
    calls = 0

    def count(owner: Any) -> None:
        nonlocal calls
        if not point.group or str(getattr(owner, "group", "")).endswith(point.group):
            calls += 1
            if calls == point.call:
                os.kill(os.getpid(), signal.SIGKILL)

    def nothing(_: Any) -> None: ...

    before, after = (count, nothing) if point.when == "before" else (nothing, count)
    for owner, method in STEPS[point.step]:
        _around(owner, method, before, after)


def _around(owner: type[Any], method: str, before: Callable[[Any], None], after: Callable[[Any], None]) -> None:
    plain = getattr(owner, method)

    @wraps(plain)
    async def awaited(self: Any, *args: Any, **kwargs: Any) -> Any:
        before(self)
        answer = await plain(self, *args, **kwargs)
        after(self)
        return answer

    @wraps(plain)
    def called(self: Any, *args: Any, **kwargs: Any) -> Any:
        before(self)
        answer = plain(self, *args, **kwargs)
        after(self)
        return answer

    setattr(owner, method, awaited if iscoroutinefunction(plain) else called)


def _lose_answers(share: float) -> None:
    """So many of all calls fail: half of them before anything was done, half after it was done and confirmed."""

    def fail(error: type[Exception], why: str) -> Callable[[Any], None]:
        def perhaps(_: Any) -> None:
            if random.random() < share / 2:
                raise error(why)

        return perhaps

    for name, _ in getmembers(MongoStore, iscoroutinefunction):
        if name != "prepare" and not name.startswith("_"):
            _around(MongoStore, name, fail(StoreUnavailable, "not asked"), fail(StoreUnavailable, "answer lost"))
    _around(KafkaPublisher, "send", fail(BrokerUnavailable, "not sent"), fail(BrokerUnavailable, "not acknowledged"))


def _slow_down(seconds: float) -> None:
    plain = MongoStore.read_models

    async def rows(self: MongoStore, streams: Collection[StreamId]) -> dict[StreamId, ReadModel]:
        await asyncio.sleep(seconds)
        return await plain(self, streams)

    MongoStore.read_models = rows


def _set_clock_off(seconds: float) -> None:
    """Shift what this process takes for the time: for everybody, also for who has been given the function already."""
    by = timedelta(seconds=seconds)

    class Off(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # pyright: ignore[reportIncompatibleMethodOverride]
            return datetime.now(tz) + by

    setattr(clock, "datetime", Off)  # noqa: B010 (a plain assignment is refused by the type of the module)


def _hear_topics_apart(seconds: float) -> None:
    """Topic after topic is not heard for so long, with as long in between, while others come by few records or many."""
    plain, begun = KafkaConsumer.poll, time.monotonic() - random.uniform(0, 100)

    async def take(self: KafkaConsumer, partition: Partition, limit: int, wait: float) -> Sequence[Record]:
        turn, gone = divmod(time.monotonic() - begun, seconds)
        which, is_held = divmod(int(turn), 2)
        is_held_back = is_held and self.topics[which % len(self.topics)] == partition.topic
        await asyncio.sleep(seconds - gone if is_held_back else random.choice((0.0, 0.1, 0.5)))
        return await plain(self, partition, random.choice((1, 2, 5, limit)), wait)

    KafkaConsumer.poll = take


def _break_fold(projection: AnyProjection, streams: Collection[StreamId]) -> None:
    """As a bug in a fold would: it raises for every event of these streams, and for no other."""
    plain = projection.evolve

    def evolve(value: Any, recorded: Recorded[Any]) -> Any:
        if recorded.stream in streams:
            raise RuntimeError("the drill broke this fold")
        return plain(value, recorded)

    object.__setattr__(projection, "evolve", evolve)  # frozen, and known by name all over its service


def _reshape(aggregate: AnyAggregate) -> None:
    """What it stores is read by nobody who expects the shape before, nor the other way round; but for the indexes."""
    plain = aggregate.states

    def dump(state: Any) -> dict[str, Any]:
        stored = plain.dump_python(state, mode="json")
        names = {name for each in aggregate.indexes for name in ((each,) if isinstance(each, str) else each)}
        indexed = {name: stored[name] for name in names if name in stored}
        return {**indexed, "reshaped": True, "all": stored}

    def load(stored: Any) -> Any:
        return plain.validate_python(stored["all"])

    reshaped = TypeAdapter[Any](Annotated[Any, PlainValidator(load), PlainSerializer(dump)])
    object.__setattr__(aggregate, "states", reshaped)  # frozen, and known by name all over its service
    object.__setattr__(aggregate, "schema_version", aggregate.schema_version + 1)
