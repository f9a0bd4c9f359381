"""What nobody here can tell yet waits by itself; all other entries of the mailbox are decided."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from coaching_events.events.mailbox import (
    DeliveryAttempted,
    DigestSent,
    Entry,
    NudgeDeferred,
    NudgeSent,
    NudgeWithdrawn,
)
from coaching_events.ids import StreamId
from eventlog import CatchingUp
from notifications.mailbox import rules
from notifications.mailbox.names import mailbox_id
from tests.rules.notifications.a_week import (
    ANNA,
    NEXT_MONDAY,
    TUESDAY,
    WITH_BEN,
    WITH_CARLA,
    WORLD,
    Story,
    World,
    attempted,
    deferred,
    last_message,
    left,
    local,
    mailbox,
    opening,
    planned,
    state_of,
    step,
    word,
)
from tests.rules.notifications.test_laws import START, Coming, Weeks, comings, worlds

AN_HOUR_LATER = local(1, 10, 15)


def without(world: World, *streams: StreamId) -> World:
    """The rows of these streams are missing or have a gap."""
    return World({stream: row for stream, row in world.rows.items() if stream not in streams})


def awaiting(entry: Entry, moment: datetime, cause: Any = "quiet-hours", **more: Any) -> NudgeDeferred:
    return deferred(entry, moment, cause, **{"awaits": entry.subject, **more})


def have_left(story: Story) -> list[Entry]:
    return [e for event in story.events if isinstance(event, NudgeSent | DigestSent) for e in event.entries]


def live(story: Story) -> list[Entry]:
    return [item.entry for item in state_of(story).live]


@pytest.mark.parametrize("unknown", [step(1, "lost"), opening("lost"), step(2, "lost", kind="check-ins")])
def test_the_other_reminders_leave_and_the_one_that_is_not_known_waits(unknown: Entry):
    known = step(1, "report")
    box = mailbox(WORLD.missed(known)).given(planned(unknown, TUESDAY), planned(known, TUESDAY)).woken().follows()
    assert have_left(box) == [known]
    assert live(box) == [unknown]
    assert box.wake_at == AN_HOUR_LATER


def test_it_says_for_what_it_waits_and_stays_a_reminder_that_leaves_by_itself():
    first = step(1)
    box = mailbox(WORLD).given(planned(first, TUESDAY)).woken().then(awaiting(first, AN_HOUR_LATER))
    assert (state_of(box).items[0].status, state_of(box).items[0].reason) == ("planned", "catching-up")
    after = box.knowing(WORLD.missed(first).reference_data).woken().follows()
    assert have_left(after) == [first]
    assert isinstance(after.events[-1], NudgeSent)


def test_one_partnership_that_is_not_known_holds_up_no_other():
    ours, theirs = step(1, "report"), step(1, "review", WITH_CARLA)
    world = without(WORLD.missed(ours).missed(theirs), WITH_BEN)
    box = mailbox(world).given(planned(ours, TUESDAY), planned(theirs, TUESDAY)).woken().follows()
    assert have_left(box) == [theirs]
    assert awaiting(ours, AN_HOUR_LATER, awaits=WITH_BEN) in box.events


def test_what_is_not_known_is_in_no_digest():
    known, unknown = step(1, "report"), step(1, "lost")
    full = WORLD.missed(known).missed(unknown).reminders(0)
    box = mailbox(full).given(planned(known, TUESDAY), planned(unknown, TUESDAY)).woken().follows()
    box = box.knowing(without(full, unknown.subject).reference_data).woken().follows()
    assert have_left(box) == [known]
    assert awaiting(unknown, local(2, 10), "digest") in box.events
    box = box.knowing(full.reference_data).woken().follows().woken().follows()
    assert have_left(box) == [known, unknown]
    assert isinstance(box.events[-1], DigestSent), "it had waited for a digest, and leaves in one"


def test_who_comes_back_gets_the_digest_of_all_that_is_known():
    known, unknown = step(1, "report"), step(1, "lost", WITH_CARLA)
    away = WORLD.missed(known).missed(unknown).anna((date(2026, 2, 2), date(2026, 2, 4)))
    box = mailbox(away).given(planned(known, TUESDAY), planned(unknown, TUESDAY)).woken().follows()
    box = box.knowing(without(away, unknown.subject).reference_data).woken().follows()
    assert have_left(box) == [known]
    assert live(box) == [unknown]


def test_a_word_whose_subject_is_not_known_still_waits_to_be_pushed():
    asked = word()
    evening, morning = local(0, 20), local(1, 9)
    box = mailbox(WORLD).when(rules.receive, person=ANNA, entry=asked, at=evening, moment=morning).follows()
    box = box.woken().then(awaiting(asked, local(1, 10)))
    assert have_left(box.knowing(WORLD.asked(asked).reference_data).woken().follows()) == [asked]


def test_it_goes_on_in_the_next_week_as_what_it_was():
    first = step(1)
    friday = local(4, 16, 30)
    moved = awaiting(first, local(7, 9, 15), into=mailbox_id(ANNA, NEXT_MONDAY))
    mailbox(WORLD).given(planned(first, friday)).woken().then(moved)
    goes_on = mailbox(WORLD.missed(first), NEXT_MONDAY).when(rules.go_on, deferred=moved, at=friday).follows()
    after = goes_on.woken().follows()
    assert have_left(after) == [first]
    assert isinstance(after.events[-1], NudgeSent)


def test_a_late_sweep_asks_again_later_and_not_at_once():
    first = step(1)
    late = TUESDAY + timedelta(hours=4)
    answer = mailbox(WORLD).given(planned(first, TUESDAY)).woken(now=late)
    assert answer.follows().wake_at == late + timedelta(hours=1)


def test_news_of_something_else_let_what_is_not_known_wait_until_its_moment():
    known, unknown = step(1, "report"), step(1, "lost")
    box = mailbox(WORLD.missed(known).said(known)).given(planned(known, TUESDAY), planned(unknown, TUESDAY))
    after = box.woken(at=local(0, 12)).follows()
    assert isinstance(after.events[-1], NudgeWithdrawn)
    assert live(after) == [unknown]
    assert after.wake_at == TUESDAY


def test_what_is_not_needed_is_withdrawn_also_while_the_persons_own_time_is_not_known():
    gone, due = step(1, "report"), step(1, "review")
    world = without(WORLD.missed(gone).missed(due).said(gone), ANNA)
    box = mailbox(world).given(planned(gone, TUESDAY), planned(due, TUESDAY)).woken().follows()
    assert live(box) == [due]
    state = box.state
    assert state is not None
    with pytest.raises(CatchingUp):
        box.aggregate.wake(state, at=TUESDAY, now=TUESDAY, reference_data=box.reference_data)


def test_a_delivery_is_tried_again_for_what_is_known_of_it():
    known, unknown = step(1, "report"), step(1, "lost")
    box = failed_delivery(known, unknown)
    box = box.knowing(WORLD.missed(known).reference_data).woken().follows()
    again = box.events[-1]
    assert isinstance(again, DeliveryAttempted)
    assert (again.outcome, again.attempt) == ("begun", 2)


def test_a_delivery_of_which_nothing_is_known_waits():
    box = failed_delivery(step(1, "report"), step(1, "lost"))
    box = box.knowing(WORLD.reference_data).woken().follows()
    waits = box.events[-1]
    assert isinstance(waits, DeliveryAttempted)
    assert (waits.outcome, waits.attempt, waits.reason) == ("failed", 1, "catching-up")
    assert box.wake_at == local(1, 11)


def failed_delivery(*entries: Entry) -> Story:
    """These left as one nudge at 9:15; a mail server was away, and is tried again at 10:00."""
    box = left(*entries)
    message = last_message(box).id
    return box.given(attempted(message, "failed", reason="unreachable", retry_at=local(1, 10)))


@given(worlds, comings)
@settings(max_examples=100)
def test_whatever_is_not_known_for_two_weeks_everything_else_leaves_and_the_rest_follows(
    world: World, story: list[Coming]
):
    """The first thing that comes is lost; after two weeks it is known. Nothing is left over, nothing in a loop."""
    weeks = Weeks(world)
    lost: dict[StreamId, Any] = {}
    for coming in sorted(story, key=lambda each: each.at):
        weeks.sweep(coming.at - timedelta(milliseconds=1))
        weeks.come(coming)
        if not lost:
            stream = next(stream for stream in weeks.world.rows if stream not in world.rows)
            lost[stream] = weeks.world.rows[stream]
            weeks.world = without(weeks.world, stream)
    weeks.sweep(START + timedelta(days=28))
    waiting = [item for box in weeks.boxes.values() for item in box.live]
    beyond = START + timedelta(days=28)
    assert all(item.entry.subject in lost or item.moment > beyond for item in waiting)
    weeks.world = replace(weeks.world, rows={**weeks.world.rows, **lost})
    weeks.sweep(START + timedelta(days=60))
    assert not any(box.live for box in weeks.boxes.values())
