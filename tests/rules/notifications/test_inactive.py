"""To somebody who is not active in the directory nothing is pushed; what waits leaves when they are back."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from coaching_events.events.mailbox import DigestSent, Entry, NudgeDeferred
from notifications.mailbox import rules
from notifications.mailbox.rules import delivery
from notifications.mailbox.rules.quiet_hours import LONGEST_WAIT
from tests.rules.notifications.a_week import (
    ANNA,
    TUESDAY,
    WORLD,
    Story,
    World,
    attempted,
    deferred,
    last_message,
    left,
    local,
    mailbox,
    missed,
    person,
    planned,
    state_of,
    step,
    withdrawn,
    word,
)


def gone(world: World) -> World:
    """The directory counts Anna as inactive."""
    return world.knowing(ANNA, replace(person(), active=False))


def until_back(entry: Entry, at: Any = TUESDAY) -> NudgeDeferred:
    return deferred(entry, at + LONGEST_WAIT, inactive=True)


def waiting(*entries: Entry) -> tuple[World, Story]:
    """What was to leave on Tuesday, while Anna was not there."""
    world = missed(*entries)
    return world, left(*entries, world=gone(world))


def test_a_reminder_waits_until_they_are_back() -> None:
    first = step(1)
    box = mailbox(gone(WORLD.missed(first))).given(planned(first, TUESDAY)).woken().then(until_back(first))
    assert (state_of(box).items[0].status, state_of(box).items[0].reason) == ("waiting", "inactive")


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
    box.woken().then(withdrawn(first, "no-open-moment", by="no-open-moment"))


def test_a_mail_to_who_has_left_meanwhile_is_not_sent() -> None:
    box = left(step(1))
    mail = attempted(last_message(box).id, "failed", reason="inactive")
    after = (
        box.knowing(gone(missed(step(1))).reference_data)
        .when(delivery.begin, message=mail.message, channel="mail")
        .then(mail)
    )
    assert after.wake_at is None


def test_a_mail_that_failed_is_not_sent_again_to_who_has_left_meanwhile() -> None:
    box = left(step(1))
    message, retry_at = last_message(box).id, TUESDAY + timedelta(minutes=1)
    failed = box.given(
        attempted(message, "begun"), attempted(message, "failed", reason="unreachable", retry_at=retry_at)
    )
    after = failed.knowing(gone(missed(step(1))).reference_data).woken()
    after = after.then(attempted(message, "failed", by="try-again", reason="inactive"))
    assert after.wake_at is None
