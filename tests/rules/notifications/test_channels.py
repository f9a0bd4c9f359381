"""Mail and chat: each has its own delivery and its own switches, and both have the same quiet hours."""

from datetime import timedelta
from typing import Any

import pytest

from coaching_events.events.mailbox import DigestSent, Entry, MessageReceived, NudgeSent
from coaching_events.events.recipient import MessageKind, PushChannel, Switch
from notifications.mailbox.rules import delivery, is_wanted_over
from tests.rules.notifications.a_week import (
    ANNA,
    EVERY,
    TUESDAY,
    WORLD,
    Story,
    World,
    attempted,
    last_message,
    left,
    local,
    missed,
    received,
    state_of,
    step,
    word,
)

NIGHT, MORNING = local(1, 22), local(2, 9)


def off(kind: MessageKind, channel: PushChannel = "chat") -> Switch:
    return Switch(kind=kind, channel=channel)


def asked(*switches: Switch, at: Any = TUESDAY) -> Story:
    """A question of the partner to Anna, who has mail and a chat."""
    return received(word(), at, TUESDAY if at == TUESDAY else MORNING, WORLD.asked(word()).chatting(*switches))


def pushed(box: Story) -> dict[str, str]:
    return {push.channel: push.status for push in last_message(box).pushes}


def a_nudge(world: World | None = None) -> Story:
    return left(step(1), world=world or missed(step(1)).chatting())


def begun(box: Story, channel: PushChannel) -> Story:
    return box.when(delivery.begin, message=last_message(box).id, channel=channel).follows()


def ended(box: Story, channel: PushChannel, outcome: delivery.Outcome, **more: Any) -> Story:
    given: dict[str, Any] = {"attempt": 1, "outcome": outcome, "reason": None, **more}
    return box.when(delivery.end, message=last_message(box).id, channel=channel, **given).follows()


def retry_at(box: Story) -> Any:
    push = last_message(box).push("chat")
    assert push is not None
    return push.retry_at


def test_a_reminder_leaves_over_each_channel_and_counts_once() -> None:
    box = a_nudge()
    assert pushed(box) == {"mail": "due", "chat": "due"}
    (sent,) = [event for event in box.events if isinstance(event, NudgeSent)]
    assert (sent.ceiling.used, sent.channels) == (1, EVERY)


def test_a_kind_that_is_off_over_a_channel_is_sent_over_the_other() -> None:
    assert pushed(a_nudge(missed(step(1)).chatting(off("reminders")))) == {"mail": "due"}
    assert pushed(a_nudge(missed(step(1)).chatting(off("reminders", "mail")))) == {"chat": "due"}
    assert pushed(a_nudge(missed(step(1)).chatting(off("answers")))) == {"mail": "due", "chat": "due"}


def test_each_channel_has_its_own_attempts_and_none_waits_for_the_other() -> None:
    box = ended(begun(a_nudge(), "mail"), "mail", "failed", reason="unreachable")
    assert pushed(box) == {"mail": "failed", "chat": "due"}
    box = ended(begun(box, "chat"), "chat", "delivered")
    assert pushed(box) == {"mail": "failed", "chat": "delivered"}
    box = box.woken().then(attempted(last_message(box).id, "begun", 2, by="try-again"))
    assert pushed(box) == {"mail": "due", "chat": "delivered"}


def test_an_attempt_that_was_cut_off_over_one_channel_says_nothing_of_the_other() -> None:
    box = begun(a_nudge(), "chat")
    message = last_message(box).id
    box.when(delivery.cut_off, message=message, channel="mail").nothing()
    box = box.when(delivery.cut_off, message=message, channel="chat").follows()
    assert pushed(box) == {"mail": "due", "chat": "uncertain"}


@pytest.mark.parametrize(("wanted", "waits"), [(None, 60), (30, 60), (3600, 3600)])
def test_the_next_attempt_is_never_before_the_receiver_takes_it(wanted: int | None, waits: int) -> None:
    after = None if wanted is None else timedelta(seconds=wanted)
    box = ended(begun(a_nudge(), "chat"), "chat", "failed", reason="http-429", retry_after=after)
    assert retry_at(box) == TUESDAY + timedelta(seconds=waits)


def test_a_wait_that_ends_in_quiet_hours_goes_on_until_the_next_morning() -> None:
    box = ended(begun(a_nudge(), "chat"), "chat", "failed", retry_after=timedelta(hours=12))
    assert retry_at(box) == local(2, 9, 15)


def test_nothing_is_tried_over_a_chat_that_refused_and_mail_goes_on() -> None:
    box = a_nudge()
    message = last_message(box).id
    gone = box.knowing(missed(step(1)).chatting(refused="http-404").reference_data)
    failed = attempted(message, "failed", reason="address-refused", channel="chat")
    after = gone.when(delivery.begin, message=message, channel="chat").then(failed)
    after.when(delivery.begin, message=message, channel="mail").then(attempted(message, "begun"))


def test_a_question_of_the_night_waits_for_the_digest_over_both() -> None:
    box = asked(at=NIGHT)
    assert pushed(box) == {}
    box = box.woken().follows()
    assert isinstance(box.events[-1], DigestSent)
    assert pushed(box) == {"mail": "due", "chat": "due"}


def test_a_question_of_the_night_is_pushed_alone_over_a_channel_without_digests() -> None:
    box = asked(off("digests"), at=NIGHT)
    (came,) = box.events
    assert isinstance(came, MessageReceived)
    assert (came.alone, came.alone_over) == (False, ("chat",))
    assert pushed(box) == {"chat": "later"}
    message = last_message(box).id
    box = box.woken().follows()
    assert pushed(box) == {"mail": "due"}, "the digest"
    question = state_of(box).message(message)
    assert question is not None
    assert [(push.channel, push.status) for push in question.pushes] == [("chat", "due")]


def test_a_question_without_any_digest_is_pushed_alone_over_all() -> None:
    box = asked(off("digests"), off("digests", "mail"), at=NIGHT)
    (came,) = box.events
    assert isinstance(came, MessageReceived)
    assert (came.alone, came.alone_over) == (True, ())
    assert pushed(box) == {"mail": "later", "chat": "later"}


def test_a_digest_is_not_sent_over_a_channel_where_all_of_it_is_off() -> None:
    assert pushed(asked(off("questions"), at=NIGHT).woken().follows()) == {"mail": "due"}


@pytest.mark.parametrize(
    ("entry", "switch", "wanted"),
    [
        (word(), off("questions"), False),
        (word(), off("questions", "mail"), True),
        (word(), off("answers"), True),
        (step(1), off("reminders"), True),
    ],
)
def test_a_digest_over_a_channel_has_no_question_of_a_kind_that_is_off_there(
    entry: Entry, switch: Switch, wanted: bool
) -> None:
    choices = WORLD.chatting(switch).reference_data.recipient(ANNA)
    assert is_wanted_over(entry, "chat", choices) is wanted
