"""What a person can do about a record that could not be taken: replay it, or go on without it."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest

from coaching_events.envelope import Recorded
from coaching_events.ids import StreamId
from eventlog import EPOCH, wall_in, wall_now
from eventlog.commands import EventLog
from eventlog.consumers import (
    CannotBeDone,
    DeadLetters,
    NoSuchLetter,
    OthersStream,
    Projections,
    Reaction,
    Reactions,
    masked,
)
from eventlog.stores import ReadModel, Store, StoreUnavailable
from eventlog.stores.memory import MemoryPublisher, MemoryStore
from eventlog.timers import Deadlines
from tests.contracts import store_samples
from tests.contracts.interference import Happening, interfered
from tests.contracts.store_samples import NOON
from tests.contracts.toys import (
    ANNA,
    BROKEN,
    TOPIC,
    TOYS,
    ToyMoved,
    command,
    move,
    no_rows,
    path,
    record,
    toy_log,
    toy_rows,
)

TOY = StreamId("toy_a")
HANDLER = "toys.projections"


class Noon:
    async def now(self):
        return NOON


async def refuse(recorded: Recorded[ToyMoved], log: EventLog) -> None:
    if recorded.event.to == BROKEN:
        raise RuntimeError("a word of somebody")


async def accept(recorded: Recorded[ToyMoved], log: EventLog) -> None: ...


def letters_of(store: Store, *, broken: bool = True) -> DeadLetters:
    log = toy_log(store)
    reactions = Reactions(log, [Reaction("follow", (ToyMoved,), refuse if broken else accept)], no_rows(store))
    return DeadLetters("toys", store, Projections(HANDLER, store, [toy_rows(broken)]), reactions)


async def five_moves_the_second_broken(store: Store) -> DeadLetters:
    letters = letters_of(store)
    broken = record(TOY, 2, ToyMoved(by=ANNA, to=BROKEN))
    await letters.projections.take([record(TOY, 1), broken, *(record(TOY, version) for version in (3, 4, 5))])
    return letters


async def row(store: Store) -> ReadModel:
    return (await store.read_models([TOY]))[TOY]


async def test_a_record_is_replayed_after_a_fix_and_what_waited_behind_it_follows(store: Store):
    await five_moves_the_second_broken(store)
    fixed = letters_of(store, broken=False)
    assert "is taken" in await fixed.replay(f"{HANDLER}|{TOY}@2")
    assert await row(store) == ReadModel(TOY, 5, {"path": [100, BROKEN, 300, 400, 500]})
    assert await fixed.kept() == []


async def test_a_replay_that_meets_another_broken_record_has_taken_what_came_before_it(store: Store):
    moves = [record(TOY, 1), record(TOY, 2, ToyMoved(by=ANNA, to=BROKEN)), record(TOY, 3), record(TOY, 4, value=b"{")]
    await letters_of(store).projections.take([*moves, record(TOY, 5)])
    fixed = letters_of(store, broken=False)
    assert "is at 3" in await fixed.replay(f"{HANDLER}|{TOY}@2")
    after = await row(store)
    assert (after.at, after.value, bool(after.gaps)) == (3, {"path": [100, BROKEN, 300]}, True)
    assert [(each.version, each.reason) for each in await fixed.kept()] == [(4, "undecodable"), (5, "gap")]


async def replay_or_discard(store: Store, what: str) -> None:
    letters, id = letters_of(store, broken=what == "discard"), f"{HANDLER}|{TOY}@2"
    await (letters.replay(id) if what == "replay" else letters.discard(id, by="rosa", why="sent by mistake"))


@pytest.mark.parametrize("happening", ["away", "lost"])
@pytest.mark.parametrize("what", ["replay", "discard"])
async def test_what_is_cut_off_at_any_step_loses_nothing_and_is_whole_when_it_is_done_again(
    what: str, happening: Happening
):
    for steps in range(100):
        store = MemoryStore()
        await five_moves_the_second_broken(store)
        try:
            await replay_or_discard(interfered(store, [*[0] * steps, happening]), what)
        except StoreUnavailable:
            at, aside = (await row(store)).at, {each.version for each in await store.dead_letters()}
            assert {*range(at + 1, 6)} <= aside, "what the row has not taken is still set aside"
        else:
            assert steps > 4, "it has so many steps, and was cut off at each"
            return
        with suppress(NoSuchLetter):
            await replay_or_discard(store, what)
        assert await row(store) == ReadModel(
            TOY, 5, {"path": [100, *([BROKEN] if what == "replay" else []), 300, 400, 500]}
        )
        assert await store.dead_letters() == []


async def test_a_record_that_still_fails_stays_with_all_that_waits(store: Store):
    letters = await five_moves_the_second_broken(store)
    with pytest.raises(CannotBeDone, match="cannot be taken yet: RuntimeError"):
        await letters.replay(f"{HANDLER}|{TOY}@2")
    assert len(await letters.kept()) == 4
    assert (await row(store)).at == 1


async def test_a_discarded_record_keeps_the_value_and_what_waited_behind_it_follows(store: Store):
    letters = await five_moves_the_second_broken(store)
    assert f"{TOY} goes on after 2" in await letters.discard(f"{HANDLER}|{TOY}@2", by="rosa", why="sent by mistake")
    assert await row(store) == ReadModel(TOY, 5, {"path": [100, 300, 400, 500]})
    assert await letters.kept() == []
    (decision,) = await store.discards([f"{HANDLER}|{TOY}@2"])
    assert (decision.by, decision.why) == ("rosa", "sent by mistake")


async def test_a_rebuild_applies_a_discard_again(store: Store):
    letters = await five_moves_the_second_broken(store)
    await letters.discard(f"{HANDLER}|{TOY}@2", by="rosa", why="sent by mistake")
    elsewhere = StreamId("toy_b")
    await letters.projections.take([record(elsewhere, 1)])
    rebuilt = MemoryStore()
    for decision in await store.discards([f"{HANDLER}|{TOY}@2"]):
        await rebuilt.discard(decision)
    await five_moves_the_second_broken(rebuilt)
    assert await row(rebuilt) == await row(store)


async def test_the_first_event_of_a_stream_can_be_discarded(store: Store):
    letters = letters_of(store)
    await letters.projections.take([record(TOY, 1, ToyMoved(by=ANNA, to=BROKEN)), record(TOY, 2)])
    await letters.discard(f"{HANDLER}|{TOY}@1", by="rosa", why="sent by mistake")
    assert await row(store) == ReadModel(TOY, 2, {"path": [200]})


async def test_what_waits_behind_another_is_not_discarded_before_it(store: Store):
    letters = await five_moves_the_second_broken(store)
    with pytest.raises(CannotBeDone, match="waits behind event 2"):
        await letters.discard(f"{HANDLER}|{TOY}@4", by="rosa", why="sent by mistake")
    assert await store.discards([f"{HANDLER}|{TOY}@4"]) == []
    assert len(await letters.kept()) == 4


async def test_a_record_without_a_readable_envelope_can_only_be_discarded(store: Store):
    letters = letters_of(store)
    await letters.projections.take([record(TOY, 1, offset=7, changed={"ce_id": b"nonsense"}), record(TOY, 1)])
    (letter,) = await letters.kept()
    with pytest.raises(CannotBeDone, match="discard it"):
        await letters.replay(letter.id)
    await letters.discard(letter.id, by="rosa", why="not ours")
    assert await letters.kept() == []
    assert await row(store) == ReadModel(TOY, 1, path(1))


async def test_a_reaction_is_replayed_after_a_fix(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eventlog.consumers.reactions.TRIES", 1)
    letters = letters_of(store)
    await letters.reactions.take([record(TOY, 1, ToyMoved(by=ANNA, to=BROKEN))])
    (letter,) = await letters.kept()
    with pytest.raises(CannotBeDone, match="still fails: RuntimeError"):
        await letters.replay(letter.id)
    assert [kept.tries for kept in await letters.kept()] == [letter.tries + 1]
    assert "has had its effect" in await letters_of(store, broken=False).replay(letter.id)
    assert await letters.kept() == []


async def test_a_reaction_is_discarded(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eventlog.consumers.reactions.TRIES", 1)
    letters = letters_of(store)
    await letters.reactions.take([record(TOY, 1, ToyMoved(by=ANNA, to=BROKEN))])
    (letter,) = await letters.kept()
    await letters.discard(letter.id, by="rosa", why="told by phone")
    assert await letters.kept() == []
    assert len(await store.discards([letter.id])) == 1


async def test_a_deadline_is_given_back_to_the_sweep_and_never_discarded(store: Store):
    letters = letters_of(store)
    log = letters.reactions.log
    await log.decide(TOYS, TOY, command("move"), move(1, rings_at=NOON, mood="raises"))
    before = wall_now()
    await Deadlines(log, Noon()).sweep()
    (letter,) = await letters.kept(handler="toys.deadlines")
    assert await store.due(NOON, before, wall_in(30), 10) == []
    with pytest.raises(CannotBeDone, match="stays due"):
        await letters.discard(letter.id, by="rosa", why="no")
    assert "given back" in await letters.replay(letter.id)
    assert await letters.kept() == []
    assert [document.stream for document in await store.due(NOON, wall_now(), wall_in(30), 10)] == [TOY]


async def test_a_letter_that_is_not_there_says_so(store: Store):
    with pytest.raises(CannotBeDone, match="There is no dead letter"):
        await letters_of(store).replay(f"{HANDLER}|{TOY}@9")


async def test_a_letter_is_shown_without_what_people_wrote(store: Store):
    letters = letters_of(store)
    await letters.projections.take([record(TOY, 1, value=b'{"by": "person_anna", "to": "a word of somebody"}')])
    (letter,) = await letters.kept(HANDLER, "undecodable")
    shown = masked(letter)
    assert (shown["position"], shown["type"], shown["reason"]) == (f"{TOY}@1", "toy-moved", "undecodable")
    assert shown["error"] == "ValidationError"
    assert "word" not in str(shown)
    assert letter.since > EPOCH


async def test_a_reaction_does_not_wait_for_a_row_that_a_person_has_to_heal(store: Store):
    await five_moves_the_second_broken(store)
    reactions = Reactions(toy_log(store), [Reaction("follow", (ToyMoved,), accept)], letters_of(store).projections)
    async with asyncio.timeout(3):
        await reactions.take([record(TOY, 3)])
    (letter,) = await store.dead_letters(reason="waiting")
    assert (letter.handler, letter.version) == ("toys.reactions.follow", 3)


async def test_a_stream_is_published_again_and_the_good_record_takes_the_place_of_the_broken_one(store: Store):
    publisher = MemoryPublisher()
    source = toy_log(MemoryStore(TOPIC), publisher)
    await source.decide(TOYS, TOY, command("move"), move(100, 200, 300))
    await source.relay.drain()
    first = [*publisher.topics[TOPIC]]
    letters = letters_of(store)
    await letters.projections.take([first[0], replace(first[1], value=b"{"), first[2]])
    assert [each.reason for each in await letters.kept()] == ["undecodable", "gap"]

    assert await source.relay.resend(TOY) == 3
    again = publisher.topics[TOPIC][3:]
    assert [(each.value, each.headers) for each in again] == [(each.value, each.headers) for each in first]
    await letters.projections.take(again)
    assert (await row(store), await letters.kept()) == (ReadModel(TOY, 3, path(3)), [])
    assert await source.relay.resend(StreamId("toy_none")) == 0
    await source.relay.drain()


async def test_only_its_own_service_publishes_a_stream_again(store: Store):
    letters = letters_of(store)
    kite = replace(store_samples.letter(2, stream=StreamId("kite_1")), headers={"ce_source": "/kites"})
    nowhere = replace(store_samples.letter(3, stream=StreamId("kite_1")), headers={"ce_source": "nowhere at all"})
    nameless = replace(store_samples.letter(stream=None), id=f"{HANDLER}|t-0-5", version=None)
    await store.put_dead_letters([kite, nowhere, nameless, store_samples.letter(3)])
    with pytest.raises(OthersStream, match="python -m kites resend kite_1"):
        await letters.resend(kite.id)
    with pytest.raises(CannotBeDone, match="does not say which service"):
        await letters.resend(nowhere.id)
    with pytest.raises(CannotBeDone, match="of which stream"):
        await letters.resend(nameless.id)
    with pytest.raises(CannotBeDone, match="no stream toy_1 here"):
        await letters.resend(store_samples.letter(3).id)
    assert len(await letters.kept()) == 4
