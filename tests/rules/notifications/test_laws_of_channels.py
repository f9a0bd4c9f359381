"""Laws of deliveries over mail and chat: quiet hours, switches, and each message once, whatever fails."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_events.events.mailbox import DeliveryAttempted, MailboxEvent, NudgeSent
from coaching_events.events.recipient import MessageKind, Switch
from coaching_events.ids import MailboxId
from coaching_time import next_working_moment
from eventlog import Decision
from notifications.mailbox.rules import delivery
from notifications.mailbox.rules.merging import kind_of_message
from notifications.recipient.state import PUSH_CHANNELS
from tests.rules.notifications.a_week import ANNA, PARTNERS, WORLD, World
from tests.rules.notifications.test_laws import DAYS, START, ZONES, Coming, Weeks, absences, comings

EVERY_SWITCH = [Switch(kind=kind, channel=channel) for kind in get_args(MessageKind) for channel in PUSH_CHANNELS]
switches = st.sets(st.sampled_from(range(len(EVERY_SWITCH)))).map(lambda chosen: [EVERY_SWITCH[n] for n in chosen])


def _world(zone: str, away: Any, ceiling: int, reminders: Sequence[int], off: Sequence[Switch]) -> World:
    world = WORLD.anna(*away, zone=zone).chatting(*off, ceiling=ceiling)
    for partnership, number in zip(sorted(PARTNERS), reminders, strict=True):
        world = world.reminders(number, partnership)
    return world


budgets = st.lists(st.integers(0, 3), min_size=3, max_size=3)
worlds = st.builds(_world, st.sampled_from(ZONES), absences, st.integers(0, 5), budgets, switches)


@dataclass
class Delivered(Weeks):
    """The same, with every delivery. ``outcomes`` are those of the attempts; then all arrive."""

    outcomes: list[delivery.Outcome] = field(default_factory=list[delivery.Outcome])

    def _append(self, stream: MailboxId, decided: Decision[MailboxEvent], at: datetime) -> None:
        super()._append(stream, decided, at)
        due = [(told, push) for told in self.boxes[stream].messages for push in told.pushes if push.status == "due"]
        for told, push in due:
            if told.replaced_by is None:
                self._deliver(stream, told.id, push.channel, max(at, told.at))

    def _deliver(self, stream: MailboxId, message: Any, channel: Any, at: datetime) -> None:
        given: dict[str, Any] = {"message": message, "channel": channel, "at": at}
        given["reference_data"] = self.world.reference_data
        super()._append(stream, delivery.begin(self.boxes[stream], **given), at)
        told = self.boxes[stream].message(message)
        push = None if told is None else told.push(channel)
        if push is not None and push.status == "begun":
            outcome = self.outcomes.pop() if self.outcomes else "delivered"
            ended = delivery.end(self.boxes[stream], attempt=push.attempt, outcome=outcome, reason=None, **given)
            super()._append(stream, ended, at)


def lived(world: World, story: Sequence[Coming], outcomes: Sequence[delivery.Outcome] = ()) -> Delivered:
    weeks = Delivered(world, outcomes=[*outcomes])
    for coming in sorted(story, key=lambda each: each.at):
        weeks.sweep(coming.at)
        weeks.come(coming)
    weeks.sweep(START + DAYS)
    return weeks


outcomes = st.lists(st.sampled_from(get_args(delivery.Outcome)), max_size=30)


@given(worlds, comings, outcomes)
@settings(max_examples=100)
def test_nothing_is_sent_over_any_channel_in_quiet_hours(world: World, story: list[Coming], fails: Any) -> None:
    weeks = lived(world, story, fails)
    anna = weeks.world.reference_data.time(ANNA)
    for at, attempt in weeks.of(DeliveryAttempted):
        if attempt.by == delivery.DELIVERY and attempt.outcome == "begun":
            assert next_working_moment(anna, at) == at


@given(worlds, comings, outcomes)
@settings(max_examples=100)
def test_each_message_arrives_at_most_once_over_a_channel_and_every_delivery_ends(
    world: World, story: list[Coming], fails: Any
) -> None:
    weeks = lived(world, story, fails)
    arrived = Counter(
        (attempt.message, attempt.channel)
        for _, attempt in weeks.of(DeliveryAttempted)
        if attempt.outcome == "delivered"
    )
    assert all(times == 1 for times in arrived.values())
    pushes = [push for box in weeks.boxes.values() for told in box.messages for push in told.pushes]
    assert all(push.status in ("delivered", "failed", "uncertain") for push in pushes)


@given(worlds, comings)
@settings(max_examples=100)
def test_a_kind_that_is_off_over_a_channel_is_never_sent_there(world: World, story: list[Coming]) -> None:
    weeks = lived(world, story)
    choices = world.reference_data.recipient(ANNA)
    for box in weeks.boxes.values():
        for told in box.messages:
            wanted = choices.channels_for(kind_of_message(box, told))
            assert all(push.channel in wanted for push in told.pushes)


@given(st.sampled_from(ZONES), absences, st.integers(0, 5), budgets, comings)
@settings(max_examples=100)
def test_a_further_channel_changes_nothing_that_leaves(
    zone: str, away: Any, ceiling: int, reminders: list[int], story: list[Coming]
) -> None:
    both = _world(zone, away, ceiling, reminders, ())
    mail = _world(zone, away, ceiling, reminders, ())
    mail = mail.chatting(channels=("inbox", "mail"), ceiling=ceiling)
    left = [
        [(at, nudge.message, nudge.budgets, nudge.ceiling) for at, nudge in lived(world, story).of(NudgeSent)]
        for world in (both, mail)
    ]
    assert left[0] == left[1]
