"""Of several that are woken or told together, one that fails stops no other, and is tried again with all of them."""

import pytest

from coaching_events.envelope import Recorded
from coaching_events.ids import StreamId
from eventlog import CatchingUp
from eventlog.failures import for_each
from eventlog.stores import StoreUnavailable
from eventlog.stores.memory import MemoryStore
from tests.contracts.store_samples import NOON, seconds
from tests.contracts.toys import ANNA, TOYS, Mood, ToyMoved, command, move, toy_log

NEWS = Recorded(stream=StreamId("toy_news"), version=1, at=NOON + seconds(60), event=ToyMoved(by=ANNA, to=1))


@pytest.mark.parametrize(("mood", "error"), [("behind", CatchingUp), ("raises", RuntimeError)])
async def test_one_that_cannot_decide_stops_no_other(mood: Mood, error: type[Exception]):
    log = toy_log(MemoryStore())
    toys: dict[StreamId, Mood] = {StreamId(f"toy_{number}"): "well" for number in range(1, 4)}
    toys[StreamId("toy_0")] = mood
    for toy, its_mood in toys.items():
        await log.decide(TOYS, toy, command(toy), move(1, rings_at=NOON, mood=its_mood))
    for _ in range(2):
        with pytest.raises(error):
            await log.wake(TOYS, {}, NEWS)
        rang = {found.stream: found.state.rang for found in await log.find(TOYS, {})}
        assert rang == {toy: 0 if mood == its_mood else 1 for toy, its_mood in toys.items()}


async def test_what_needs_a_row_is_told_before_what_fails_as_it_is_tried_again_by_itself():
    behind = StreamId("person_slow")
    tried: list[Exception] = []

    async def fail(failure: Exception) -> None:
        tried.append(failure)
        raise failure

    with pytest.raises(CatchingUp):
        await for_each([RuntimeError("broken"), CatchingUp(behind), RuntimeError("broken as well")], fail)
    assert len(tried) == 3


async def test_a_database_that_is_away_is_told_at_once():
    tried: list[str] = []

    async def away(name: str) -> None:
        tried.append(name)
        raise StoreUnavailable(name)

    with pytest.raises(StoreUnavailable):
        await for_each(["one", "other"], away)
    assert tried == ["one"]
