"""What /metrics tells of things that stand still: how many, and for how long."""

from collections.abc import Mapping

import pytest

from coaching_events.ids import StreamId
from eventlog import wall_now
from eventlog.stores import Store
from eventlog.stores.memory import MemoryStore
from service_kit.observability.metrics import update_gauges
from tests.contracts.store_samples import NOON, TOY, first, letter, seconds
from tests.contracts.toy_http_service import ToyHttpService
from tests.contracts.toys import TOPIC, TOYS, command, move, toy_log


async def shown(*names: str) -> Mapping[str, float]:
    """The figures that a process shows whose names begin like this."""
    async with ToyHttpService().client() as client:
        lines = (await client.get("/metrics")).text.splitlines()
    told = [line.rpartition(" ") for line in lines if line.startswith(names)]
    return {name: float(figure) for name, _, figure in told}


async def test_what_is_set_aside_is_counted_by_reason_and_gets_older(store: Store):
    await store.put_dead_letters([letter(1), letter(2, since=NOON + seconds(5)), letter(3, reason="failed")])
    await update_gauges(store, NOON + seconds(60))
    figures = await shown("tandem_dead_letters{", "tandem_dead_letters_oldest_seconds{")
    assert figures == {
        'tandem_dead_letters{reason="undecodable"}': 0,
        'tandem_dead_letters_oldest_seconds{reason="undecodable"}': 0,
        'tandem_dead_letters{reason="failed"}': 1,
        'tandem_dead_letters_oldest_seconds{reason="failed"}': 60,
        'tandem_dead_letters{reason="gap"}': 2,
        'tandem_dead_letters_oldest_seconds{reason="gap"}': 60,
        'tandem_dead_letters{reason="waiting"}': 0,
        'tandem_dead_letters_oldest_seconds{reason="waiting"}': 0,
        'tandem_dead_letters{reason="other-content"}': 0,
        'tandem_dead_letters_oldest_seconds{reason="other-content"}': 0,
    }
    await store.drop_dead_letters([letter(1).id, letter(2).id, letter(3).id])
    await update_gauges(store, NOON + seconds(60))
    assert set((await shown("tandem_dead_letters{", "tandem_dead_letters_oldest_seconds{")).values()) == {0}


async def test_what_kafka_does_not_have_gets_older_however_often_it_is_tried(store: Store):
    await store.append(first())
    await store.unpublished(wall_now() + seconds(9), wall_now() + seconds(100), 10)
    await update_gauges(store, wall_now() + seconds(60))
    assert 60 <= (await shown("tandem_unpublished_oldest_seconds "))["tandem_unpublished_oldest_seconds"] < 90
    await store.acknowledge(TOPIC, {TOY: 1})
    await update_gauges(store, wall_now() + seconds(60))
    assert (await shown("tandem_unpublished_oldest_seconds "))["tandem_unpublished_oldest_seconds"] == 0


async def test_a_write_to_a_history_over_half_of_its_limit_is_counted(monkeypatch: pytest.MonkeyPatch):
    name = "tandem_long_history_writes_total"
    log, toy = toy_log(MemoryStore()), StreamId("toy_long")
    counted = (await shown(name))[name]
    await log.decide(TOYS, toy, command("short"), move(1))
    assert (await shown(name))[name] == counted
    monkeypatch.setattr("eventlog.commands.LONG_HISTORY", 50)
    await log.decide(TOYS, toy, command("long"), move(2))
    assert (await shown(name))[name] == counted + 1
    await log.relay.drain()
