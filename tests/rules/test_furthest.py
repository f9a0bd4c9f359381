"""What a process knows of how far streams have come, and whom that spares a question."""

import asyncio

import pytest

from coaching_events.envelope import Recorded
from coaching_events.ids import StreamId
from eventlog.commands import EventLog
from eventlog.consumers import Projections, Reaction, Reactions
from eventlog.outbox import high_water_marks as furthest
from eventlog.outbox.high_water_marks import HighWaterMarks
from eventlog.stores.memory import MemoryStore
from tests.contracts.store_samples import TOY
from tests.contracts.toys import TOPIC, ToyMoved, record, toy_log, toy_rows

OTHER = StreamId("toy_other")


def test_a_stream_does_not_go_back() -> None:
    reached = HighWaterMarks()
    assert reached.of(TOY) == 0
    reached.note({TOY: 3, OTHER: 1})
    reached.note({TOY: 2})
    assert (reached.of(TOY), reached.of(OTHER)) == (3, 1)


def test_those_that_moved_last_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(furthest, "REMEMBERED", 2)
    reached = HighWaterMarks()
    for stream in ("toy_1", "toy_2", "toy_1", "toy_3"):
        reached.note({StreamId(stream): 1})
    assert [reached.of(StreamId(stream)) for stream in ("toy_1", "toy_2", "toy_3")] == [1, 0, 1]


async def test_all_who_wait_hear_of_a_move_and_what_does_not_come_is_told() -> None:
    reached = HighWaterMarks()
    waiting = [asyncio.create_task(reached.lacking({TOY: 2}, 30)) for _ in range(3)]
    impatient = asyncio.create_task(reached.lacking({TOY: 1, OTHER: 1}, 0.05))
    await asyncio.sleep(0)
    reached.note({TOY: 1})
    assert await impatient == {OTHER: 1}
    reached.note({TOY: 2})
    async with asyncio.timeout(5):
        assert await asyncio.gather(*waiting) == [{}, {}, {}]
    assert await reached.lacking({OTHER: 1}, 0) == {OTHER: 1}


async def test_a_reaction_does_not_ask_for_a_row_that_its_own_process_has_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = MemoryStore(TOPIC)
    rows = Projections("toys.projections", store, [toy_rows()])
    heard: list[int] = []

    async def listen(recorded: Recorded[ToyMoved], log: EventLog) -> None:
        heard.append(recorded.version)

    taking = asyncio.create_task(
        Reactions(toy_log(store), [Reaction("listen", (ToyMoved,), listen)], rows).take([record(TOY, 1)])
    )
    await rows.take([record(TOY, 1)])

    async def asked(_: object) -> None:
        pytest.fail("it was asked for")

    monkeypatch.setattr(store, "read_models", asked)
    await taking
    assert heard == [1]
