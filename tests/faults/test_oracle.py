"""The oracle itself: of a sound suite it has nothing to say, and whatever is damaged it finds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from tests.faults import damage
from tests.faults.in_memory import Standing, SuiteInMemory
from tests.faults.load import Crowd, Doors
from tests.faults.load.couple import Couple
from tests.faults.load.crowd import Json
from tests.faults.load.people import settle_in
from tests.faults.oracle import Evidence, judge
from tests.faults.oracle.outcomes import histories

TUESDAY = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
"""Half past eight in Berlin."""
DAY = timedelta(days=1)
SEEDS = range(5)
MOST_REQUESTS = 5
"""Open at the same time in one direction."""


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
    for pair in pairs:
        await they_meet(suite, pair)
    await suite.comes(TUESDAY + 5 * DAY)
    assert not crowd.strange
    return await suite.evidence(crowd.answers, crowd.sealed)


async def they_meet(suite: SuiteInMemory, pair: Couple) -> None:
    """A session with more follow-ups than can be asked for; afterwards both look back."""
    start = suite.clock.at + timedelta(minutes=10)
    offer: Json = {"start": start.isoformat(), "minutes": 5}
    offered = await pair.one.does("sessions", f"{pair.here}/sessions", offer)
    assert offered is not None
    session = f"/sessions/{offered['id']}"
    await pair.other.does("sessions", f"{session}/accept")
    for owner in ("me", *(1 + MOST_REQUESTS) * ["partner"]):
        due = {"at": (start + DAY).isoformat()}
        await pair.one.does("sessions", f"{session}/follow-ups", {"text": "Write", "owner": owner, "due": due})
    await suite.comes(start + timedelta(minutes=30))
    for person in (pair.one, pair.other):
        words = person.crowd.next_sealed()
        await person.does("sessions", f"{session}/reflection", {"heard": 4, "useful": 5, "line": words})
    await suite.settles()


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


@pytest.mark.parametrize(("rule", "what"), [(rule, what) for rule, all in damage.SEEN_BY.items() for what in all])
async def test_each_rule_sees_what_is_its_own(sound: Evidence, rule: damage.Rule, what: damage.Damage):
    assert [*rule(sound, histories(sound))] == []
    for seed in SEEDS:
        damaged = what(sound, Random(seed))
        assert [*rule(damaged, histories(damaged))], f"{what} with seed {seed} was not seen"


@pytest.mark.parametrize("what", [name for name in damage.ALL if "row" in name])
async def test_rows_of_each_number_are_held_against_the_topics(sound: Evidence, what: str):
    def beside(further: Evidence) -> Evidence:
        rows = [*sound.rows, *(replace(row, number=2) for row in further.rows)]
        return replace(sound, rows=rows, numbers=(1, 2))

    assert judge(beside(sound)).findings == ()
    assert judge(beside(damage.ALL[what](sound, Random(1)))).findings
