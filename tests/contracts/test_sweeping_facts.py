"""One document whose facts cannot be read stops no other of its batch."""

from collections.abc import Sequence
from dataclasses import replace

from coaching_events.ids import StreamId
from eventlog import ReferenceData
from eventlog.stores.memory import MemoryStore
from eventlog.timers import Deadlines
from tests.contracts.notified import Standing
from tests.contracts.store_samples import NOON
from tests.contracts.toys import TOYS, NoReferenceData, Toy, command, move, toy_log

BROKEN = StreamId("person_0")


class OneIsBroken(NoReferenceData):
    """A row whose value this process cannot read."""

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        if BROKEN in streams:
            raise ValueError("a row of another version")
        return {}


def needs(toy: Toy) -> list[StreamId]:
    return [StreamId(f"person_{toy.path[0]}")]


async def test_one_row_that_cannot_be_read_stops_only_who_needs_it():
    log = toy_log(MemoryStore())
    needing = replace(TOYS, required_reads=needs)
    log.aggregates, log.reference_source = {"toy": needing}, OneIsBroken()
    for number in range(3):
        toy = StreamId(f"toy_{number}")
        await log.decide(needing, toy, command(toy), move(number, rings_at=NOON))
    assert await Deadlines(log, Standing(NOON)).sweep() == 3
    assert [found.state.rang for found in await log.find(needing, {})] == [0, 1, 1]
    assert [letter.stream for letter in await log.store.dead_letters()] == ["toy_0"]
