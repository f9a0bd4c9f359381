"""Laws of mailboxes, over any weeks of anybody: budgets, quiet hours, merging, signs of life, and no loss."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import DigestSent, Entry, MailboxEvent, NudgeDeferred, NudgeSent, NudgeWithdrawn
from coaching_events.ids import MailboxId, PartnershipId
from coaching_time import is_working_day, local_date, next_working_moment
from eventlog import Decision, Timed
from notifications.mailbox import mailboxes, rules
from notifications.mailbox.names import mailbox_id, monday_of
from notifications.mailbox.state import Mailbox
from tests.rules.notifications.a_week import ANNA, PARTNERS, WORLD, World, opening, step, word

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")
START = datetime(2026, 2, 2, tzinfo=UTC)
DAYS = timedelta(days=40)


@dataclass(frozen=True)
class Coming:
    """Something to tell Anna comes at an instant, and is to leave ``after`` it."""

    at: datetime
    kind: Literal["opening", "gentle", "what", "word"]
    partnership: PartnershipId
    number: int
    after: timedelta


instants = st.integers(0, 14 * 24 * 4).map(lambda quarter: START + quarter * timedelta(minutes=15))
comings = st.lists(
    st.builds(
        Coming,
        at=instants,
        kind=st.sampled_from(["opening", "gentle", "what", "word"]),
        partnership=st.sampled_from(sorted(PARTNERS)),
        number=st.integers(0, 3),
        after=st.sampled_from([0, 1, 9, 24, 60]).map(lambda hours: timedelta(hours=hours)),
    ),
    min_size=1,
    max_size=14,
)
absences = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 6)).map(
        lambda days: (date(2026, 2, 1) + timedelta(days[0]), date(2026, 2, 1) + timedelta(days[0] + days[1]))
    ),
    max_size=2,
)


def _world(zone: str, away: Sequence[tuple[date, date]], ceiling: int, reminders: Sequence[int]) -> World:
    world = WORLD.anna(*away, zone=zone).choosing(ceiling=ceiling)
    for partnership, number in zip(sorted(PARTNERS), reminders, strict=True):
        world = world.reminders(number, partnership)
    return world


worlds = st.builds(
    _world, st.sampled_from(ZONES), absences, st.integers(0, 5), st.lists(st.integers(0, 3), min_size=3, max_size=3)
)


def _entry(coming: Coming) -> Entry:
    name = f"{coming.number}-{coming.partnership[-3:]}"
    match coming.kind:
        case "opening":
            return opening(name, coming.partnership)
        case "gentle":
            return step(1, name, coming.partnership)
        case "what":
            return step(2, f"what-{name}", coming.partnership)
        case "word":
            return word(f"word-{name}", coming.partnership)


def _told(world: World, entry: Entry) -> World:
    if entry.sender is not None:
        return world.asked(entry)
    return world.opened(entry) if entry.step == 0 else world.missed(entry, START - timedelta(days=1))


@dataclass
class Weeks:
    """All mailboxes of Anna, driven as reactions and sweeps would drive them."""

    world: World
    boxes: dict[MailboxId, Mailbox] = field(default_factory=dict[MailboxId, Mailbox])
    versions: Counter[MailboxId] = field(default_factory=Counter[MailboxId])
    happened: list[tuple[datetime, MailboxEvent]] = field(default_factory=list[tuple[datetime, MailboxEvent]])

    @property
    def zone(self) -> str:
        return self.world.reference_data.person(ANNA).zone

    def come(self, coming: Coming) -> None:
        """A cause arrives; a second time it changes nothing."""
        entry = _entry(coming)
        self.world = _told(self.world, entry)
        for _ in range(2):
            before = len(self.happened)
            if any(entry.id in box.seen for box in self.boxes.values()):
                return
            if coming.kind == "word":
                self._receive(entry, coming.at)
            else:
                self._plan(entry, coming.at, coming.at + coming.after)
            assert len(self.happened) > before

    def sweep(self, until: datetime) -> None:
        """Let every deadline up to an instant come, in order."""
        while due := sorted((at, stream) for stream, at in self._deadlines() if at <= until):
            at, stream = due[0]
            box = self.boxes[stream]
            decided = mailboxes.wake(box, at=at, now=at, reference_data=self.world.reference_data)
            assert decided, "a wake at its moment decides something"
            self._append(stream, decided, at)
            after = mailboxes.wake_at(self.boxes[stream])
            assert after is None or after > at

    def news(self, at: datetime) -> None:
        for stream, box in list(self.boxes.items()):
            self._append(stream, mailboxes.wake(box, at=at, now=at, reference_data=self.world.reference_data), at)

    def of(self, *kinds: type[Any]) -> Iterator[tuple[datetime, Any]]:
        return ((at, event) for at, event in self.happened if isinstance(event, kinds))

    def _deadlines(self) -> Iterator[tuple[MailboxId, datetime]]:
        for stream, box in self.boxes.items():
            at = mailboxes.wake_at(box)
            if at is not None:
                yield stream, at

    def _plan(self, entry: Entry, at: datetime, moment: datetime) -> None:
        stream = self._mailbox(moment)
        box = self.boxes.get(stream)
        self._append(stream, rules.plan(box, person=ANNA, entry=entry, moment=moment, zone=self.zone), at)

    def _receive(self, entry: Entry, at: datetime) -> None:
        reference_data = self.world.reference_data
        moment = rules.received_at(reference_data.time(ANNA), at, ("inbox", "mail"))
        stream = self._mailbox(moment)
        box = self.boxes.get(stream)
        self._append(
            stream,
            rules.receive(box, person=ANNA, entry=entry, at=at, moment=moment, reference_data=reference_data),
            at,
        )

    def _mailbox(self, moment: datetime) -> MailboxId:
        return mailbox_id(ANNA, monday_of(local_date(self.zone, moment)))

    def _append(self, stream: MailboxId, decided: Decision[MailboxEvent], at: datetime) -> None:
        for decision in decided:
            event, when = (decision.event, decision.at) if isinstance(decision, Timed) else (decision, at)
            self.versions[stream] += 1
            recorded = Recorded(stream=stream, version=self.versions[stream], at=when, event=event)
            self.boxes[stream] = mailboxes.evolve(self.boxes.get(stream), recorded)
            self.happened.append((when, event))
            if isinstance(event, NudgeDeferred) and event.into is not None:
                self._append(event.into, rules.go_on(self.boxes.get(event.into), deferred=event), when)


def _lived(world: World, story: Sequence[Coming]) -> Weeks:
    weeks = Weeks(world)
    for coming in sorted(story, key=lambda each: each.at):
        weeks.sweep(coming.at - timedelta(milliseconds=1))
        weeks.come(coming)
    weeks.sweep(START + DAYS)
    return weeks


@given(worlds, comings)
@settings(max_examples=150)
def test_no_budget_is_ever_exceeded_and_a_merged_message_counts_once(world: World, story: list[Coming]) -> None:
    weeks = _lived(world, story)
    reference_data = weeks.world.reference_data
    ceilings: Counter[date] = Counter()
    pairs: Counter[tuple[date, PartnershipId]] = Counter()
    for _, nudge in weeks.of(NudgeSent):
        ceilings[nudge.week] += 1
        assert (
            nudge.ceiling.used == ceilings[nudge.week] <= nudge.ceiling.limit == reference_data.recipient(ANNA).ceiling
        )
        named = [budget.partnership for budget in nudge.budgets]
        assert sorted(named) == sorted({entry.partnership for entry in nudge.entries})
        for budget in nudge.budgets:
            pairs[nudge.week, budget.partnership] += 1
            reminders = reference_data.partnership(budget.partnership).terms.reminders
            assert budget.used == pairs[nudge.week, budget.partnership] <= budget.limit == reminders


@given(worlds, comings)
@settings(max_examples=150)
def test_nothing_is_pushed_in_quiet_hours(world: World, story: list[Coming]) -> None:
    weeks = _lived(world, story)
    anna = weeks.world.reference_data.time(ANNA)
    pushed = [message for box in weeks.boxes.values() for message in box.messages if message.pushes]
    assert all(next_working_moment(anna, message.at) == message.at for message in pushed)


@given(worlds, comings)
@settings(max_examples=150)
def test_there_is_at_most_one_digest_a_working_day_and_one_nudge_a_day_and_partnership(
    world: World, story: list[Coming]
) -> None:
    weeks = _lived(world, story)
    anna = weeks.world.reference_data.time(ANNA)
    digests = [(local_date(anna.zone, at), event) for at, event in weeks.of(DigestSent)]
    assert len({day for day, _ in digests}) == len(digests)
    assert all(event.entries and is_working_day(anna, day) for day, event in digests)
    told = [
        (local_date(anna.zone, at), partnership)
        for at, nudge in weeks.of(NudgeSent)
        for partnership in {entry.partnership for entry in nudge.entries}
    ]
    assert len(set(told)) == len(told)


@given(worlds, comings)
@settings(max_examples=150)
def test_everything_leaves_once_or_is_withdrawn_for_want_of_an_open_moment(world: World, story: list[Coming]) -> None:
    weeks = _lived(world, story)
    left = Counter(entry.id for _, event in weeks.of(NudgeSent, DigestSent) for entry in event.entries)
    settled = left + Counter(event.entry for _, event in weeks.of(NudgeWithdrawn))
    at_once = {m.entries[0] for box in weeks.boxes.values() for m in box.messages if m.kind == "word" and m.pushes}
    for entry in {_entry(coming).id for coming in story}:
        assert settled[entry] == (0 if entry in at_once else 1)


@given(worlds, comings, instants)
@settings(max_examples=150)
def test_a_sign_of_life_withdraws_everything_planned(world: World, story: list[Coming], when: datetime) -> None:
    weeks = Weeks(world)
    for coming in sorted((each for each in story if each.at <= when), key=lambda each: each.at):
        weeks.sweep(coming.at - timedelta(milliseconds=1))
        weeks.come(coming)
    weeks.sweep(when)
    for entry in {_entry(coming).id: _entry(coming) for coming in story if coming.at <= when}.values():
        weeks.world = weeks.world.said(entry)
    weeks.news(when)
    assert not any(box.live for box in weeks.boxes.values())
    before = len(weeks.happened)
    weeks.news(when)
    weeks.sweep(when + DAYS)
    assert len(weeks.happened) == before, "the same facts twice decide nothing"


@given(worlds, comings)
@settings(max_examples=100)
def test_the_order_of_causes_at_one_instant_changes_no_budget(world: World, story: list[Coming]) -> None:
    together = [replace(coming, at=START, after=timedelta(hours=10)) for coming in story]
    numbers = [_counted(_lived(world, order)) for order in (together, together[::-1])]
    assert numbers[0] == numbers[1]


def _counted(weeks: Weeks) -> Mapping[Any, int]:
    return Counter((event.week, entry.id) for _, event in weeks.of(NudgeSent) for entry in event.entries)
