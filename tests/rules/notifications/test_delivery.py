"""How a message gets out over a channel: recorded before it is tried, and what follows when it fails or is cut off."""

from datetime import timedelta
from typing import Any

from coaching_events.events.mailbox import DeliveryUncertain, MessageId, MessageReceived
from notifications.mailbox.rules import delivery
from notifications.recipient.state import Recipient, recipient_id
from tests.rules.notifications.a_week import (
    ANNA,
    MONDAY,
    TUESDAY,
    WORLD,
    Story,
    attempted,
    last_message,
    left,
    local,
    nobody,
    received,
    step,
    word,
)

MINUTE = timedelta(minutes=1)


def uncertain(message: MessageId, attempt: int = 1) -> DeliveryUncertain:
    return DeliveryUncertain(
        by=nobody("delivery"), person=ANNA, week=MONDAY, message=message, channel="mail", attempt=attempt
    )


def a_nudge() -> tuple[Story, MessageId]:
    box = left(step(1))
    return box, last_message(box).id


def a_word() -> tuple[Story, MessageId]:
    box = received(word(), TUESDAY)
    return box, last_message(box).id


def test_a_partners_word_is_in_the_inbox_at_once_and_leaves_over_the_channels_that_the_reader_chose() -> None:
    asked = word()
    (came,) = received(asked, TUESDAY).events
    assert isinstance(came, MessageReceived)
    assert (came.entry, came.moment, came.channels) == (asked, TUESDAY, ("inbox", "mail"))


def ended(box: Story, message: MessageId, outcome: delivery.Outcome, attempt: int = 1, **more: Any) -> Any:
    given: dict[str, Any] = {
        "message": message,
        "channel": "mail",
        "attempt": attempt,
        "outcome": outcome,
        "reason": None,
        **more,
    }
    return box.when(delivery.end, **given)


def test_it_is_recorded_before_it_is_tried_and_afterwards() -> None:
    box, nudge = a_nudge()
    box = box.when(delivery.begin, message=nudge, channel="mail").then(attempted(nudge, "begun"))
    box = ended(box, nudge, "delivered").then(attempted(nudge, "delivered"))
    box.when(delivery.begin, message=nudge, channel="mail").nothing()
    ended(box, nudge, "delivered").nothing()


def test_it_is_begun_once() -> None:
    box, nudge = a_nudge()
    box.when(delivery.begin, message=nudge, channel="mail").follows().when(
        delivery.begin, message=nudge, channel="mail"
    ).nothing()


def test_it_is_not_tried_at_an_address_that_was_refused() -> None:
    box, nudge = a_nudge()
    refused = Recipient(person=ANNA, channels=("inbox",), refused="one")
    world = WORLD.missed(step(1)).knowing(recipient_id(ANNA), refused)
    box.knowing(world.reference_data).when(delivery.begin, message=nudge, channel="mail").then(
        attempted(nudge, "failed", reason="address-refused")
    )


def test_a_failed_one_is_tried_again_with_longer_and_longer_pauses_and_at_last_not_any_more() -> None:
    box, nudge = a_nudge()
    waited: list[Any] = []
    for attempt in range(1, len(delivery.PAUSES) + 2):
        box = box.when(delivery.begin, message=nudge, channel="mail").then(attempted(nudge, "begun", attempt))
        before = box.last
        box = ended(box, nudge, "failed", attempt, reason="unreachable").follows()
        if box.wake_at is not None:
            waited.append(box.wake_at - before)
            box = box.woken().then(attempted(nudge, "begun", attempt + 1, by="try-again"))
    assert waited[:4] == [1 * MINUTE, 5 * MINUTE, 15 * MINUTE, 60 * MINUTE]
    assert len(waited) == len(delivery.PAUSES)
    assert box.wake_at is None


def test_news_of_something_else_try_nothing_again_before_its_moment() -> None:
    box, nudge = a_nudge()
    box = box.when(delivery.begin, message=nudge, channel="mail").follows()
    box = ended(box, nudge, "failed", reason="unreachable").follows()
    box.woken(at=TUESDAY).nothing()
    box.woken(at=TUESDAY + MINUTE).then(attempted(nudge, "begun", 2, by="try-again"))


def test_a_refused_one_is_not_tried_again() -> None:
    box, nudge = a_nudge()
    box = box.when(delivery.begin, message=nudge, channel="mail").follows()
    box = ended(box, nudge, "refused", reason="no-address").then(attempted(nudge, "failed", reason="no-address"))
    assert box.wake_at is None


def test_what_is_not_needed_any_more_is_not_tried_again() -> None:
    box, nudge = a_nudge()
    box = box.when(delivery.begin, message=nudge, channel="mail").follows()
    box = ended(box, nudge, "failed", reason="unreachable").follows()
    said = WORLD.missed(step(1)).said(step(1)).reference_data
    box = box.knowing(said).woken().then(attempted(nudge, "failed", by="try-again", reason="no-longer-needed"))
    assert box.wake_at is None


def test_a_channel_that_was_late_does_not_push_in_quiet_hours() -> None:
    box, nudge = a_nudge()
    box = box.when(delivery.begin, message=nudge, channel="mail", at=local(1, 22))
    late = box.then(attempted(nudge, "failed", reason="quiet-hours", retry_at=local(2, 9, 15)))
    late.woken().then(attempted(nudge, "begun", 2, by="try-again")).when(
        delivery.begin, message=nudge, channel="mail"
    ).then(attempted(nudge, "begun", 2))


def test_a_nudge_that_was_cut_off_is_uncertain_and_let_be() -> None:
    box, nudge = a_nudge()
    box = box.when(delivery.begin, message=nudge, channel="mail").follows()
    box = box.when(delivery.cut_off, message=nudge, channel="mail").then(uncertain(nudge))
    assert box.wake_at is None
    box.when(delivery.cut_off, message=nudge, channel="mail").nothing()
    ended(box, nudge, "failed").nothing()
    ended(box, nudge, "delivered").then(attempted(nudge, "delivered"))


def test_a_partners_word_that_was_cut_off_is_sent_again_as_the_same_message() -> None:
    box, asked = a_word()
    box = box.when(delivery.begin, message=asked, channel="mail").follows()
    box = box.when(delivery.cut_off, message=asked, channel="mail").then(uncertain(asked), attempted(asked, "begun", 2))
    ended(box, asked, "delivered", 2).then(attempted(asked, "delivered", 2))


def test_a_connection_lost_in_the_middle_leaves_a_nudge_uncertain_and_repeats_a_word() -> None:
    box, nudge = a_nudge()
    box = box.when(delivery.begin, message=nudge, channel="mail").follows()
    ended(box, nudge, "cut-off").then(uncertain(nudge))
    box, asked = a_word()
    box = box.when(delivery.begin, message=asked, channel="mail").follows()
    retry_at = TUESDAY + MINUTE
    again = attempted(asked, "failed", reason="cut-off", retry_at=retry_at)
    ended(box, asked, "cut-off", reason="cut-off").then(uncertain(asked), again)


def test_of_an_unknown_message_nothing_follows() -> None:
    box, _ = a_nudge()
    other = MessageId("another")
    box.when(delivery.begin, message=other, channel="mail").nothing()
    box.when(delivery.cut_off, message=other, channel="mail").nothing()
    ended(box, other, "delivered").nothing()
