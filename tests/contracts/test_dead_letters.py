"""What a person can do about a record that could not be taken: replay it, or go on without it."""

import asyncio

import pytest

from coaching_events.envelope import Recorded
from coaching_events.ids import StreamId
from eventlog.clock import EPOCH, wall_in, wall_now
from eventlog.dead_letters import CannotBeDone, DeadLetters, masked
from eventlog.decide import EventLog
from eventlog.memory import MemoryStore
from eventlog.projection import Projections
from eventlog.reaction import Reaction, Reactions
from eventlog.store import Row, Store
from eventlog.sweep import Deadlines
from tests.contracts.store_samples import NOON
from tests.contracts.toys import ANNA, BROKEN, TOYS, ToyMoved, command, move, path, record, toy_log, toy_rows

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
    reactions = Reactions(log, [Reaction("follow", (ToyMoved,), refuse if broken else accept)], frozenset())
    return DeadLetters("toys", store, Projections(HANDLER, store, [toy_rows(broken)]), reactions)


async def five_moves_the_second_broken(store: Store) -> DeadLetters:
    letters = letters_of(store)
    broken = record(TOY, 2, ToyMoved(by=ANNA, to=BROKEN))
    await letters.projections.take([record(TOY, 1), broken, *(record(TOY, version) for version in (3, 4, 5))])
    return letters


async def row(store: Store) -> Row:
    return (await store.rows([TOY]))[TOY]


async def test_a_record_is_replayed_after_a_fix_and_what_waited_behind_it_follows(store: Store):
    await five_moves_the_second_broken(store)
    fixed = letters_of(store, broken=False)
    assert "is taken" in await fixed.replay(f"{HANDLER}|{TOY}@2")
    assert await row(store) == Row(TOY, 5, {"path": [100, BROKEN, 300, 400, 500]})
    assert await fixed.kept() == []


async def test_a_record_that_still_fails_stays_with_all_that_waits(store: Store):
    letters = await five_moves_the_second_broken(store)
    with pytest.raises(CannotBeDone, match="cannot be taken yet: RuntimeError"):
        await letters.replay(f"{HANDLER}|{TOY}@2")
    assert len(await letters.kept()) == 4
    assert (await row(store)).at == 1


async def test_a_discarded_record_keeps_the_value_and_what_waited_behind_it_follows(store: Store):
    letters = await five_moves_the_second_broken(store)
    assert f"{TOY} goes on after 2" in await letters.discard(f"{HANDLER}|{TOY}@2", by="rosa", why="sent by mistake")
    assert await row(store) == Row(TOY, 5, {"path": [100, 300, 400, 500]})
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
    assert await row(store) == Row(TOY, 2, {"path": [200]})


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
    assert await row(store) == Row(TOY, 1, path(1))


async def test_a_reaction_is_replayed_after_a_fix(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eventlog.reaction.TRIES", 1)
    letters = letters_of(store)
    await letters.reactions.take([record(TOY, 1, ToyMoved(by=ANNA, to=BROKEN))])
    (letter,) = await letters.kept()
    with pytest.raises(CannotBeDone, match="still fails: RuntimeError"):
        await letters.replay(letter.id)
    assert [kept.tries for kept in await letters.kept()] == [letter.tries + 1]
    assert "has had its effect" in await letters_of(store, broken=False).replay(letter.id)
    assert await letters.kept() == []


async def test_a_reaction_is_discarded(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eventlog.reaction.TRIES", 1)
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
    await Deadlines(log, Noon()).sweep()
    (letter,) = await letters.kept(handler="toys.deadlines")
    assert await store.due(NOON, wall_now(), wall_in(30), 10) == []
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
    reactions = Reactions(toy_log(store), [Reaction("follow", (ToyMoved,), accept)], frozenset({"toy"}))
    async with asyncio.timeout(3):
        await reactions.take([record(TOY, 3)])
    (letter,) = await store.dead_letters(reason="waiting")
    assert (letter.handler, letter.version) == ("toys.reactions.follow", 3)
