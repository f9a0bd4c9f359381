"""Wait until a backing service really answers: Kafka a metadata request, MongoDB as a primary that accepts writes."""

import asyncio
import logging
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pymongo
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError
from pymongo.errors import PyMongoError
from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from coaching_events.kafka.security import KafkaSecurity
from deploy.local.server import CannotStart

SECONDS_TO_START = 60.0
SECONDS_BETWEEN_PROBES = 0.1


class NotYet(Exception):
    """The server does not answer correctly yet."""


def nothing_to_check() -> None:
    """No check, for a server without a known process."""


def wait_for_kafka(url: str, check_alive: Callable[[], None] = nothing_to_check) -> None:
    """Return when a broker answers a metadata request with itself in it. Raises CannotStart after a minute."""
    wait_until(f"Kafka at {url}", lambda: _probe_kafka(url), check_alive)


def wait_for_mongo(url: str, check_alive: Callable[[], None] = nothing_to_check) -> None:
    """Return when the server says that it accepts writes. Raises CannotStart after a minute."""
    wait_until(f"MongoDB at {_without_password(url)}", lambda: _probe_mongo(url), check_alive)


def wait_until(what: str, probe: Callable[[], None], check_alive: Callable[[], None]) -> None:
    """Probe until there is no NotYet. Raises CannotStart after a minute."""
    attempts = Retrying(
        stop=stop_after_delay(SECONDS_TO_START),
        wait=wait_fixed(SECONDS_BETWEEN_PROBES),
        retry=retry_if_exception_type(NotYet),
    )
    try:
        for attempt in attempts:
            with attempt:
                check_alive()
                probe()
    except RetryError as gave_up:
        reason = gave_up.last_attempt.exception()
        raise CannotStart(f"{what} does not answer after {SECONDS_TO_START:.0f} seconds: {reason}") from None


def _probe_kafka(url: str) -> None:
    host, _, port = url.split(",")[0].rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
    except OSError as refused:
        raise NotYet(refused) from None
    # A separate loop, because the caller may run in one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(_ask_kafka(url))).result()


async def _ask_kafka(url: str) -> None:
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    connection = KafkaSecurity.from_environment().connection
    admin = AIOKafkaAdminClient(bootstrap_servers=url, request_timeout_ms=5000, **connection)
    try:
        await admin.start()
        cluster: dict[str, Any] = await admin.describe_cluster()
    except KafkaError as error:
        raise NotYet(error) from None
    finally:
        await admin.close()
    if not cluster["brokers"]:
        raise NotYet("no broker has joined")


def _probe_mongo(url: str) -> None:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url, serverSelectionTimeoutMS=300)
    try:
        answer = client.admin.command("hello")
    except PyMongoError as error:
        raise NotYet(error) from None
    finally:
        client.close()
    if not answer.get("isWritablePrimary"):
        raise NotYet("it takes no writes yet")


def _without_password(url: str) -> str:
    return url.rpartition("@")[2]
