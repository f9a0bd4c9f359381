"""The oracle itself: of a sound suite it has nothing to say, and whatever is damaged it finds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.faults import damage
from tests.faults.in_memory import Standing, SuiteInMemory
from tests.faults.load import Crowd, Doors
from tests.faults.load.people import settle_in
from tests.faults.oracle import Evidence, judge

TUESDAY = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
"""Half past eight in Berlin."""
DAY = timedelta(days=1)
SEEDS = range(5)


async def lived_through(seed: int, couples: int, rounds: int) -> Evidence:
    """Some days of a few couples in a suite that nothing happens to."""
    suite = SuiteInMemory(Standing(TUESDAY))
    crowd = Crowd(Doors(suite.clients()), Random(seed), seed)
    soon = timedelta(minutes=40)
    pairs = await settle_in(crowd, suite.issuer, couples, suite.settles, suite.clock.now, soon)
    await suite.comes(TUESDAY + DAY)
    for _ in range(rounds):
        for pair in pairs:
            await suite.during(pair.act())
        suite.clock.at += timedelta(minutes=5)
    await suite.settles()
    await suite.comes(TUESDAY + 5 * DAY)
    assert not crowd.strange
    return await suite.evidence(crowd.answers)


@pytest.fixture(scope="module")
async def sound() -> Evidence:
    return await lived_through(seed=1, couples=2, rounds=40)


@pytest.mark.parametrize("seed", [2, 3])
async def test_of_a_sound_suite_there_is_nothing_to_say(seed: int):
    evidence = await lived_through(seed, couples=3, rounds=25)
    verdict = judge(evidence)
    assert verdict.findings == ()
    assert verdict.commands > 40
    assert verdict.records >= verdict.events > 200
    assert verdict.rows > 50


async def test_a_topic_that_is_delivered_twice_is_sound(sound: Evidence):
    verdict = judge(replace(sound, records=[*sound.records, *sound.records]))
    assert verdict.findings == ()
    assert verdict.duplicates == 2 * len(sound.records) - verdict.events


@pytest.mark.parametrize("what", damage.ALL)
async def test_whatever_is_damaged_is_found(sound: Evidence, what: str):
    for seed in SEEDS:
        assert judge(damage.ALL[what](sound, Random(seed))).findings, f"{what} with seed {seed} was not seen"


@pytest.mark.parametrize("what", [name for name in damage.ALL if "row" in name])
async def test_rows_of_each_number_are_held_against_the_topics(sound: Evidence, what: str):
    def beside(further: Evidence) -> Evidence:
        rows = [*sound.rows, *(replace(row, number=2) for row in further.rows)]
        return replace(sound, rows=rows, numbers=(1, 2))

    assert judge(beside(sound)).findings == ()
    assert judge(beside(damage.ALL[what](sound, Random(1)))).findings
