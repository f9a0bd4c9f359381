"""A worker whose consumer hangs ends by itself, with one line that says why, so that another can be started."""

import asyncio

import pytest

from tests.delivery.toy_process import ToyWorker


@pytest.mark.parametrize(("hanging", "group"), [("projections", "toys.projections.1"), ("reactions", "toys.reactions")])
async def test_a_worker_whose_consumer_hangs_ends_itself_and_says_why(toys: ToyWorker, hanging: str, group: str):
    process = await toys.start(TOYS_HANG=hanging, WATCHDOG_SECONDS="5")
    await toys.becomes("ready")
    sending = asyncio.create_task(toys.more_and_more())
    try:
        async with asyncio.timeout(60):
            assert await process.wait() == 1
    finally:
        sending.cancel()
    lines = toys.log.read_text().splitlines()
    (line,) = [line for line in lines if "[critical" in line]
    assert "part=watchdog" in line
    assert f"{group} has been at offset 0 of {toys.topic}-0 for" in line
    assert not [line for line in lines if "Traceback" in line or line.startswith("  File")]
