"""A connection to Kafka that uvloop has closed is a broken one. aiokafka alone would take it for a fault of its own."""

import asyncio
from typing import Any

import pytest
import uvloop
from aiokafka import conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from coaching_events.kafka.closed_connections import survive_closed_connections
from deploy.local import BackingServices


async def written_after_it_closed(broker: str) -> BaseException | None:
    """What a request raises on a connection whose end aiokafka has not heard of yet."""
    host, _, port = broker.rpartition(":")
    connection: Any = await conn.create_conn(host, int(port))  # pyright: ignore[reportUnknownMemberType]
    connection._writer.transport.abort()
    await asyncio.sleep(0)
    assert connection._writer is not None
    try:
        await connection.send(MetadataRequest([]))
    except (KafkaConnectionError, RuntimeError) as raised:
        return raised
    finally:
        connection.close()
    return None


def on_uvloop(broker: str) -> BaseException | None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(written_after_it_closed(broker))


async def test_a_write_to_a_closed_connection_says_that_the_broker_is_away(
    services: BackingServices, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(conn, "AIOKafkaConnection", conn.AIOKafkaConnection)  # as it was, after this test
    survive_closed_connections()
    raised = await asyncio.to_thread(on_uvloop, services.kafka_url)
    assert isinstance(raised, KafkaConnectionError)
    assert isinstance(raised.__cause__, RuntimeError)
