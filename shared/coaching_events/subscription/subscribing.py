"""Listen to coaching events from Kafka: typed, in order for each stream, at least once."""

import asyncio
import logging
import signal
from collections.abc import Collection, Iterable, Mapping, Set
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from types import TracebackType, UnionType
from typing import Any, Generic, NoReturn, TypeVar, cast, overload

from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from coaching_events.event import Event
from coaching_events.kafka.security import KafkaSecurity
from coaching_events.subscription.choosing import Wanted, sources_of, wanted
from coaching_events.subscription.deliveries import Deliveries
from coaching_events.subscription.delivery import Delivery, OnPoison, Poison, Seen
from coaching_events.subscription.starting import LEAVING, Start, begin_at, check, opened
from coaching_events.subscription.stopping import stopped_by

__all__ = ["Deliveries", "Delivery", "Poison", "Seen", "Subscription", "TopicMissing", "subscribe"]

E = TypeVar("E", bound=Event)
E_co = TypeVar("E_co", bound=Event, covariant=True)

STOP_ON = (signal.SIGTERM, signal.SIGINT)
LONGEST_WORK_MS = 300_000
"""How long one event may be in hand, while others of the group wait for their partitions."""
OURS = frozenset({"bootstrap_servers", "group_id", "enable_auto_commit", "auto_offset_reset"})


class TopicMissing(LookupError):
    """The topic does not exist. It is not made by asking: it would get the wrong number of partitions."""


@overload
def subscribe(
    *,
    types: Iterable[type[E]],
    group: str,
    bootstrap: str,
    topics: Mapping[str, str] | None = None,
    start: Start = "earliest",
    seen: Seen | None = None,
    on_poison: OnPoison | None = None,
    stop_on: Collection[signal.Signals] = STOP_ON,
    connection: Mapping[str, Any] | KafkaSecurity | None = None,
) -> "Subscription[E]": ...


@overload
def subscribe(
    *,
    types: Iterable[type[Event] | UnionType | str],
    group: str,
    bootstrap: str,
    topics: Mapping[str, str] | None = None,
    start: Start = "earliest",
    seen: Seen | None = None,
    on_poison: OnPoison | None = None,
    stop_on: Collection[signal.Signals] = STOP_ON,
    connection: Mapping[str, Any] | KafkaSecurity | None = None,
) -> "Subscription[Event]": ...


def subscribe(
    *,
    types: Iterable[Any],
    group: str,
    bootstrap: str,
    topics: Mapping[str, str] | None = None,
    start: Start = "earliest",
    seen: Seen | None = None,
    on_poison: OnPoison | None = None,
    stop_on: Collection[signal.Signals] = STOP_ON,
    connection: Mapping[str, Any] | KafkaSecurity | None = None,
) -> "Subscription[Any]":
    """The events of ``types``, for ever, shared among all members of ``group``.

    Use it as ``async with subscribe(…) as deliveries`` and iterate over ``deliveries``: whatever ends the block, the
    group is left at once. A signal of ``stop_on`` ends the iteration after the event in hand, unless the program
    handles that signal itself.

    ``types`` are classes of events, unions of them such as ``CommitmentEvent``, or kinds of streams such as
    ``"commitment"``. They decide the topics; ``topics`` names others for services that have moved, as in
    ``{"goals": "coaching.goals.v2"}``. ``start`` is where a group begins that has committed nothing. With ``seen``,
    what was committed before is dropped. A record that is no event is given to ``on_poison``, by default a line in the
    log, and passed over. ``connection`` is a KafkaSecurity, or what is handed to AIOKafkaConsumer as it is.

    An event may come first, may come twice, and may be superseded. Those of one stream come in order. Events of other
    types and of a newer contract are passed over.

    Raises TypeError or ValueError at once for what can never be. Entering raises TopicMissing where a topic does not
    exist, and aiokafka's KafkaError where no broker answers.
    """
    check(start)
    chosen = wanted(types)
    given = connection.connection if isinstance(connection, KafkaSecurity) else connection or {}
    settings = {"max_poll_interval_ms": LONGEST_WORK_MS, **given}
    if ours := sorted(OURS & settings.keys()):
        raise TypeError(f"connection has {', '.join(ours)}, which subscribe decides itself")
    return Subscription(
        chosen,
        sources_of(chosen, topics or {}),
        group,
        start,
        seen,
        on_poison or _log,
        tuple(stop_on),
        # Others wait for their partitions as long as the work on one event may take.
        {"rebalance_timeout_ms": settings["max_poll_interval_ms"], **settings, "bootstrap_servers": bootstrap},
    )


@dataclass(frozen=True, slots=True)
class Subscription(Generic[E_co]):
    """What ``subscribe`` gives, before it has begun."""

    _wanted: Wanted
    _sources: Mapping[str, str]
    _group: str
    _start: Start
    _seen: Seen | None
    _on_poison: OnPoison
    _stop_on: Collection[signal.Signals]
    _settings: Mapping[str, Any] = field(repr=False)
    _closing: AsyncExitStack = field(default_factory=AsyncExitStack, init=False, repr=False)

    async def __aenter__(self) -> Deliveries[E_co]:
        """Join the group."""
        async with AsyncExitStack() as closing:
            consumer = await closing.enter_async_context(opened(group_id=self._group, **self._settings))
            topics = {*self._sources.values()}
            await self._check_topics(consumer, topics)
            await begin_at(self._start, topics, self._group, self._settings)
            deliveries = Deliveries[E_co](
                consumer,
                cast("Mapping[tuple[str, str], type[E_co]]", self._wanted),
                sources=self._sources,
                seen=self._seen,
                on_poison=self._on_poison,
            )
            closing.push_async_callback(_close, deliveries)
            closing.enter_context(stopped_by(self._stop_on, deliveries.stop))
            consumer.subscribe([*topics], listener=_Rebalance(deliveries))
            self._closing.push_async_exit(closing.pop_all())
            return deliveries
        raise AssertionError("unreachable")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the group."""
        await self._closing.__aexit__(kind, error, trace)

    def __aiter__(self) -> NoReturn:
        raise TypeError("a subscription is entered first: async with subscribe(…) as deliveries: async for …")

    async def _check_topics(self, consumer: Any, topics: Set[str]) -> None:
        if missing := sorted(topics - await consumer.topics()):
            raise TopicMissing(f"there is no topic {', '.join(missing)} at {self._settings['bootstrap_servers']}")


async def _close(deliveries: Deliveries[Any]) -> None:
    with suppress(KafkaError, TimeoutError):
        async with asyncio.timeout(LEAVING):
            await deliveries.close()


class _Rebalance(ConsumerRebalanceListener):
    """aiokafka awaits what these return, though its types say that they return nothing."""

    def __init__(self, deliveries: Deliveries[Any]) -> None:
        self._deliveries = deliveries

    async def on_partitions_revoked(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, revoked: Iterable[TopicPartition]
    ) -> None:
        with suppress(KafkaError):
            await self._deliveries.revoke()

    async def on_partitions_assigned(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, assigned: Iterable[TopicPartition]
    ) -> None: ...


def _log(poison: Poison) -> None:
    logging.getLogger(__name__).warning(
        "passed over a record that is no event: %s [%d] offset %d: %s",
        poison.topic,
        poison.partition,
        poison.offset,
        poison.why,
    )
