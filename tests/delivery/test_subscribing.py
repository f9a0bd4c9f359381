"""Subscribers outside the suite on a real broker: members that come and go, and programs that end in every way."""

# aiokafka annotates only in part.
# pyright: reportUnknownMemberType=false

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from coaching_events import (
    CommitmentEvent,
    Deliveries,
    Delivery,
    Event,
    StreamId,
    Subscription,
    TopicMissing,
    subscribe,
)
from deploy.local import BackingServices
from deploy.local.ports import free_ports
from tests.benchmarks.topics import filled, fresh_group, fresh_topic

WORK = 0.01
"""Seconds for one event."""
LIMIT = 60
"""Seconds after which a test gives up waiting."""
PROGRAM = """
import asyncio, os, sys
from coaching_events import subscribe

async def main():
    async with subscribe(
        types=["commitment"], topics={"goals": os.environ["TOPIC"]}, group=os.environ["GROUP"],
        bootstrap=os.environ["KAFKA_URL"],
    ) as deliveries:
        async for delivery in deliveries:
            print(delivery.position, flush=True)
            await delivery.commit()
            WHAT
    print("left", flush=True)

asyncio.run(main())
"""


class Heard:
    """What the members of a group were given, in the order in which they were."""

    def __init__(self) -> None:
        self.by: list[str] = []
        self.positions: list[str] = []
        self.furthest: dict[StreamId, int] = {}
        self.back: list[str] = []
        self._more = asyncio.Event()

    def note(self, member: str, delivery: Delivery[Event]) -> None:
        self.by.append(member)
        self.positions.append(delivery.position)
        if delivery.version <= self.furthest.get(delivery.stream, 0):
            self.back.append(delivery.position)
        self.furthest[delivery.stream] = delivery.version
        self._more.set()

    async def until(self, enough: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not enough():
                self._more.clear()
                await self._more.wait()


def to(services: BackingServices, topic: str, group: str, **more: Any) -> Subscription[Event]:
    return subscribe(
        types=[CommitmentEvent], topics={"goals": topic}, group=group, bootstrap=services.kafka_url, **more
    )


async def work(
    member: str,
    subscription: Subscription[Event],
    heard: Heard,
    until: Callable[[], bool],
    pause: Callable[[], float] = lambda: WORK,
) -> None:
    async with subscription as deliveries:
        async for delivery in deliveries:
            heard.note(member, delivery)
            await asyncio.sleep(pause())
            await delivery.commit()
            if until():
                break


async def test_members_that_join_and_leave_get_each_event_once_and_in_order(services: BackingServices) -> None:
    events = 1200
    topic, group, heard = await filled(services.kafka_url, events), fresh_group(), Heard()

    def all_done() -> bool:
        return len(heard.positions) >= events

    # The first member alone would need longer than LIMIT, so most events are left when the others have joined.
    def slow_until_the_third_has_joined() -> float:
        return WORK if "third" in heard.by else 2 * LIMIT / events

    first = asyncio.create_task(
        work("first", to(services, topic, group), heard, all_done, slow_until_the_third_has_joined)
    )
    await heard.until(lambda: len(heard.positions) > 20)
    second = asyncio.create_task(
        work("second", to(services, topic, group), heard, lambda: heard.by.count("second") > 150)
    )
    third = asyncio.create_task(work("third", to(services, topic, group), heard, all_done))
    await heard.until(all_done)
    for each in (first, second, third):
        each.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)
    assert heard.by.count("second") > 100
    assert heard.by.count("third") > 100
    assert (len(heard.positions), len({*heard.positions}), heard.back) == (events, events, [])


async def test_a_slow_subscriber_stays_in_its_group(services: BackingServices) -> None:
    topic, group, heard = await filled(services.kafka_url, 40), fresh_group(), Heard()
    brief = {"max_poll_interval_ms": 2500, "session_timeout_ms": 6000, "heartbeat_interval_ms": 200}
    async with to(services, topic, group, connection=brief) as deliveries, asyncio.timeout(LIMIT):
        begun = monotonic()
        while monotonic() - begun < 4:
            delivery = await anext(deliveries)
            heard.note("one", delivery)
            await asyncio.sleep(0.3)
            await delivery.commit()
            assert await members(services, group) == 1
    assert heard.back == []


@pytest.mark.parametrize("end", ["break", "error", "cancel", "stop"])
async def test_whatever_ends_the_iteration_leaves_the_group_at_once(services: BackingServices, end: str) -> None:
    topic, group = await filled(services.kafka_url, 8), fresh_group()
    in_hand = asyncio.Event()

    async def run(deliveries: Deliveries[Event]) -> None:
        async for delivery in deliveries:
            in_hand.set()
            match end:
                case "break":
                    break
                case "error":
                    raise ZeroDivisionError
                case "stop":
                    deliveries.stop()
                case _:
                    await asyncio.Event().wait()
            assert delivery

    async def whole() -> None:
        async with to(services, topic, group) as deliveries:
            await run(deliveries)

    task = asyncio.create_task(whole())
    await asyncio.wait_for(in_hand.wait(), LIMIT)
    if end == "cancel":
        task.cancel()
    (ended,) = await asyncio.gather(task, return_exceptions=True)
    assert type(ended) is {"error": ZeroDivisionError, "cancel": asyncio.CancelledError}.get(end, type(None))
    assert await members(services, group) == 0


async def test_a_group_begins_where_it_is_told_to_once(services: BackingServices) -> None:
    topic = await filled(services.kafka_url, 8, partitions=1)
    group, later = fresh_group(), fresh_group()
    async with to(services, topic, group, start="latest") as deliveries:
        pass
    between = datetime.now(UTC)
    await _again(services, topic)
    for each, start in ((group, "latest"), (later, between)):
        async with to(services, topic, each, start=start) as deliveries, asyncio.timeout(LIMIT):
            first = await anext(deliveries)
            assert first.offset == 8
            await first.commit()
        async with to(services, topic, each, start="earliest") as deliveries, asyncio.timeout(LIMIT):
            assert (await anext(deliveries)).offset == 9
    future = between + timedelta(days=1)
    async with to(services, topic, fresh_group(), start=future) as deliveries:
        waiting = asyncio.create_task(anext(deliveries))
        await _again(services, topic)
        assert (await asyncio.wait_for(waiting, LIMIT)).offset > 8


async def test_a_missing_topic_is_told_and_not_made(services: BackingServices) -> None:
    topic = fresh_topic()
    for _ in range(2):
        with pytest.raises(TopicMissing, match=topic):
            async with to(services, topic, fresh_group()):
                raise AssertionError


async def test_a_signal_ends_the_program_after_the_event_in_hand_without_a_word(services: BackingServices) -> None:
    topic, group = await filled(services.kafka_url, 8), fresh_group()
    for number in (signal.SIGTERM, signal.SIGINT):
        async with program(services, topic, group) as (process, line):
            if number == signal.SIGTERM:
                assert len({await line() for _ in range(8)}) == 8
            else:
                await _again(services, topic)
                await line()
            process.send_signal(number)
            assert await _rest(process, line) == (0, "")
            assert await members(services, group) == 0


@pytest.mark.parametrize("what", ["break", "raise SystemExit(0)", "asyncio.current_task().cancel()"])
async def test_a_program_that_ends_says_nothing_of_unclosed_things(services: BackingServices, what: str) -> None:
    topic, group = await filled(services.kafka_url, 8), fresh_group()
    async with program(services, topic, group, what) as (process, line):
        await line()
        _, said = await _rest(process, line)
        assert "nclosed" not in said
        assert "never retrieved" not in said
        assert "destroyed" not in said
        assert said == "" or what != "break"
        assert await members(services, group) == 0


@pytest.mark.parametrize("wrong", ["topic", "broker"])
async def test_a_program_that_cannot_begin_says_why_and_nothing_else(services: BackingServices, wrong: str) -> None:
    (port,) = free_ports(1)
    url = services.kafka_url if wrong == "topic" else f"127.0.0.1:{port}"
    async with program(services, fresh_topic(), fresh_group(), KAFKA_URL=url) as (process, line):
        code, said = await _rest(process, line)
    assert code == 1
    assert said.count("Traceback") == 1
    assert "nclosed" not in said
    assert (
        said.strip()
        .splitlines()[-1]
        .startswith(
            "coaching_events.subscription.subscribing.TopicMissing"
            if wrong == "topic"
            else "aiokafka.errors.KafkaConnectionError"
        )
    )


async def test_a_restart_is_quick(services: BackingServices, capsys: pytest.CaptureFixture[str]) -> None:
    topic, group = await filled(services.kafka_url, 400), fresh_group()
    async with program(services, topic, group) as (process, line):
        await line()
        process.send_signal(signal.SIGTERM)
        await _rest(process, line)
    begun = monotonic()
    async with to(services, topic, group) as deliveries, asyncio.timeout(LIMIT):
        first = await anext(deliveries)
    with capsys.disabled():
        sys.stdout.write(f"\nfrom a restart to the first event: {monotonic() - begun:.2f} s\n")
    assert first.position


async def members(services: BackingServices, group: str) -> int:
    """How many the broker counts now."""
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=services.kafka_url)
    await admin.start()
    try:
        (answer,) = await admin.describe_consumer_groups([group])
        return len(answer.groups[0][5])
    finally:
        await admin.close()


async def _again(services: BackingServices, topic: str) -> None:
    """Eight events more."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=services.kafka_url)
    source = await filled(services.kafka_url, 8, partitions=1)
    await producer.start()
    try:
        async with to(services, source, fresh_group()) as deliveries:
            for _ in range(8):
                delivery = await anext(deliveries)
                await producer.send_and_wait(
                    topic, delivery.event.model_dump_json().encode(), key=b"k", headers=[*delivery.headers]
                )
    finally:
        await producer.stop()


@asynccontextmanager
async def program(
    services: BackingServices, topic: str, group: str, what: str = "", **more: str
) -> AsyncGenerator[tuple[Process, Callable[[], Awaitable[str]]]]:
    """A subscriber as a process of its own, and the next line that it prints."""
    settings = {"KAFKA_URL": services.kafka_url, "TOPIC": topic, "GROUP": group, "PYTHONDEVMODE": "1"}
    # A job in the background is started with SIGINT ignored, and so would be its children.
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM.replace("WHAT", what),
        stdout=PIPE,
        stderr=PIPE,
        env={**os.environ, **settings, **more},
        cwd=Path(__file__).parents[2],
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    out = process.stdout
    assert out is not None

    async def line() -> str:
        return (await asyncio.wait_for(out.readline(), LIMIT)).decode().strip()

    try:
        yield process, line
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _rest(process: Process, line: Callable[[], Awaitable[str]]) -> tuple[int, str]:
    """How it ends, and what it said on the way to that; a broker that has just begun may lack its coordinator."""
    assert process.stderr is not None
    said = await asyncio.wait_for(process.stderr.read(), LIMIT)
    lines = [line for line in said.decode().splitlines() if "oordinator" not in line]
    return await asyncio.wait_for(process.wait(), LIMIT), "\n".join(lines)
