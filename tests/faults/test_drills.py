"""A short selection of the drills, on real processes: whatever is broken, nothing is lost, doubled or late.

``make drill`` plays all of them for as long as it takes; here one suite lives through three of them.
"""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy.local import backing_services
from tests.faults.drills import DRILLS, Drill
from tests.faults.drills.duplicates import send_again
from tests.faults.drills.poison import poison
from tests.faults.playing import played
from tests.faults.report import Report
from tests.faults.scene import Scene, Setting, backing, scene

SEED = 7
SHORT = Setting(serves=2, couples=6, pace=0.6, aftermath=timedelta(days=1))


@pytest.fixture(scope="module")
async def there() -> AsyncGenerator[Scene]:
    """A suite over a Kafka and a database of its own: groups are named by their service alone."""
    with TemporaryDirectory(prefix="tandem-drills-") as name:
        folder = Path(name)
        with backing_services(backing(folder), say=_say_nothing, prefer_docker=False, environment={}) as services:
            async with scene(services, folder, SEED, SHORT) as prepared:
                yield prepared


def _say_nothing(line: str) -> None: ...


def nothing_was_lost(report: Report) -> None:
    """What was to be broken was, and nothing was found. ``make drill`` asks besides how long each group consumed."""
    assert not report.findings, "\n".join(report.lines())
    assert not report.shortcomings, "\n".join(report.lines())
    assert report.verdict.commands > 100, "people went on with what they do"


async def test_any_process_may_be_killed_at_any_time(there: Scene):
    report = await played(DRILLS["kill"], there, SEED, 40)
    nothing_was_lost(report)
    assert sum(report.kills.values()) >= 12


async def test_a_process_may_die_between_any_two_steps(there: Scene):
    nothing_was_lost(await played(DRILLS["failpoints"], there, SEED, 20))


async def test_poison_and_duplicates_change_nothing(there: Scene):
    async def poison_and_everything_again(scene: Scene, seconds: float) -> None:
        await poison(scene, seconds)
        assert await send_again(scene) > 1000

    drill = Drill("poison and duplicates", "both", poison_and_everything_again, SHORT)
    report = await played(drill, there, SEED, 15)
    nothing_was_lost(report)
    assert report.verdict.duplicates > 1000
