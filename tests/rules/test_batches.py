"""Who waits until nothing is half done gets that, and nothing begins meanwhile."""

import asyncio

from eventlog.consumers.drain_gate import DrainGate


async def test_it_waits_for_all_that_are_in_flight_and_lets_none_begin() -> None:
    batches, ends, begun = DrainGate(), [asyncio.Event(), asyncio.Event()], list[int]()

    async def one(number: int, end: asyncio.Event) -> None:
        async with batches.batch():
            begun.append(number)
            await end.wait()

    in_flight = [asyncio.create_task(one(number, end)) for number, end in enumerate(ends)]
    await asyncio.sleep(0)
    shutting = asyncio.create_task(batches.drain())
    ends[0].set()
    await in_flight[0]
    late = asyncio.create_task(one(2, ends[0]))
    await asyncio.sleep(0)
    assert begun == [0, 1]
    assert not shutting.done()

    ends[1].set()
    await shutting
    assert begun == [0, 1]

    batches.open()
    await late
    assert begun == [0, 1, 2]
