"""A worker whose clock differs from the database server's is not ready, and says why."""

from tests.delivery.toy_process import ToyWorker


async def test_a_worker_whose_clock_is_ahead_is_not_ready_and_says_by_how_much(toys: ToyWorker):
    await toys.start(TOYS_AHEAD="5")
    told = await toys.becomes("not ready", "clock")
    assert told["why"]["clock"].startswith("it is 5.")
    assert "ahead of the database server's clock; CLOCK_TOLERANCE is 2 s" in told["why"]["clock"]
    assert 4 < await toys.figure("tandem_clock_ahead_seconds") < 6
    assert "this clock is unreliable" in toys.log.read_text()


async def test_more_may_be_tolerated(toys: ToyWorker):
    await toys.start(TOYS_AHEAD="5", CLOCK_TOLERANCE="60")
    await toys.becomes("ready")
