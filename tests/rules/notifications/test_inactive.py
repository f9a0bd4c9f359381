"""To somebody who is not active in the directory nothing is pushed; what waits leaves when they are back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from coaching_events.mailbox import DeliveryAttempted, DigestSent, Entry, NudgeDeferred, NudgeWithdrawn
from notifications.mailbox import delivery, rules
from notifications.mailbox.quiet_hours import LONGEST_WAIT
from tests.rules.notifications.a_week import (
    ANNA,
    MONDAY,
    WORLD,
    Story,
    World,
    local,
    mailbox,
    nobody,
    person,
    planned,
    step,
    word,
)

TUESDAY = local(1, 9, 15)


def gone(world: World) -> World:
    """The directory counts Anna as inactive."""
    return world.knowing(ANNA, replace(person(), active=False))


def until_back(entry: Entry, at: Any = TUESDAY) -> NudgeDeferred:
    return NudgeDeferred(
        by=nobody("waits"),
        person=ANNA,
        week=MONDAY,
        entry=entry,
        moment=at + LONGEST_WAIT,
        cause="quiet-hours",
        inactive=True,
    )


def waiting(*entries: Entry) -> tuple[World, Story]:
    """What was to leave on Tuesday, while Anna was not there."""
    world = WORLD
    for entry in entries:
        world = world.missed(entry)
    return world, mailbox(gone(world)).given(*(planned(entry, TUESDAY) for entry in entries)).woken().follows()


def test_a_reminder_waits_until_they_are_back() -> None:
    first = step(1)
    box = mailbox(gone(WORLD.missed(first))).given(planned(first, TUESDAY)).woken().then(until_back(first))
    assert box.state is not None
    assert (box.state.items[0].status, box.state.items[0].reason) == ("waiting", "inactive")


def test_a_partners_word_waits_until_they_are_back() -> None:
    asked = word()
    evening, morning = local(0, 20), local(1, 9)
    world = gone(WORLD.asked(asked))
    box = mailbox(world).when(rules.receive, person=ANNA, entry=asked, at=evening, moment=morning).follows()
    box.woken().then(until_back(asked, morning))


def test_who_is_back_gets_what_waited_with_the_next_digest() -> None:
    first, second = step(1, "report"), step(2, "review")
    world, box = waiting(first, second)
    box = box.knowing(world.reference_data).woken(at=local(2, 11)).follows()
    assert box.wake_at == local(3, 9)
    told = box.woken().follows().events[-1]
    assert isinstance(told, DigestSent)
    assert told.entries == (second, first)


def test_what_waited_for_sixty_days_is_withdrawn() -> None:
    first = step(1)
    _, box = waiting(first)
    box.woken().then(
        NudgeWithdrawn(by=nobody("no-open-moment"), person=ANNA, week=MONDAY, entry=first.id, cause="no-open-moment")
    )


def attempted(box: Story, outcome: Any, attempt: int = 1, *, by: str = "delivery", **more: Any) -> DeliveryAttempted:
    assert box.state is not None
    return DeliveryAttempted(
        by=nobody(by),
        person=ANNA,
        week=MONDAY,
        message=box.state.messages[0].id,
        channel="mail",
        attempt=attempt,
        outcome=outcome,
        **more,
    )


def left() -> tuple[World, Story]:
    """A reminder that left on Tuesday and is to be sent by mail."""
    first = step(1)
    world = WORLD.missed(first)
    return world, mailbox(world).given(planned(first, TUESDAY)).woken().follows()


def test_a_mail_to_who_has_left_meanwhile_is_not_sent() -> None:
    world, box = left()
    mail = attempted(box, "failed", reason="inactive")
    after = box.knowing(gone(world).reference_data).when(delivery.begin, message=mail.message).then(mail)
    assert after.wake_at is None


def test_a_mail_that_failed_is_not_sent_again_to_who_has_left_meanwhile() -> None:
    world, box = left()
    retry_at = TUESDAY + timedelta(minutes=1)
    failed = box.given(attempted(box, "begun"), attempted(box, "failed", reason="unreachable", retry_at=retry_at))
    after = (
        failed.knowing(gone(world).reference_data)
        .woken()
        .then(attempted(box, "failed", by="try-again", reason="inactive"))
    )
    assert after.wake_at is None
