"""What somebody says about the messages in their inbox, and as what each can be switched off."""

from typing import Any

import pytest

from coaching_events.mailbox import MessageId, MessageRead
from coaching_events.recipient import Switch
from eventlog import NotFound
from notifications.mailbox import mailboxes, rules
from notifications.mailbox.merging import kind_of_message
from notifications.mailbox.state import Message
from notifications.recipient.state import Recipient, recipient_id
from tests.rules.notifications.a_week import (
    ANNA,
    BEN,
    MONDAY,
    WITH_BEN,
    WORLD,
    Story,
    local,
    mailbox,
    opening,
    planned,
    step,
    word,
)

TUESDAY = local(1, 9, 15)


def told(box: Story) -> Message:
    """The last message of the mailbox."""
    assert box.state is not None
    return box.state.messages[-1]


def one_reminder() -> Story:
    first = step(1)
    return mailbox(WORLD.missed(first)).given(planned(first, TUESDAY)).woken().follows()


def read(message: MessageId, *, read: bool = True) -> MessageRead:
    return MessageRead(by=ANNA, person=ANNA, week=MONDAY, message=message, read=read)


def marking(box: Story, message: MessageId, *, read: bool, read_until: Any = None, at: Any = None) -> Any:
    return box.when(rules.mark, by=ANNA, message=message, read=read, read_until=read_until, at=at)


def test_a_message_is_unread_until_its_person_says_that_they_read_it_and_again_changes_nothing() -> None:
    box = one_reminder()
    message = told(box).id
    marking(box, message, read=False).nothing()
    seen = marking(box, message, read=True).then(read(message))
    assert told(seen).is_read(None)
    marking(seen, message, read=True).nothing()
    again = marking(seen, message, read=False).then(read(message, read=False))
    assert not told(again).is_read(None)


def test_what_had_come_when_somebody_read_everything_counts_as_read() -> None:
    box = one_reminder()
    assert told(box).is_read(TUESDAY)
    assert not told(box).is_read(local(1, 9))
    marking(box, told(box).id, read=True, read_until=TUESDAY).nothing()


def test_of_two_words_about_one_message_the_later_one_counts() -> None:
    box = one_reminder()
    message = told(box).id
    unread = marking(box, message, read=False, read_until=TUESDAY, at=local(1, 12)).then(read(message, read=False))
    assert not told(unread).is_read(local(1, 11)), "it was marked after everything was read"
    assert told(unread).is_read(local(1, 13)), "everything was read after it was marked"


def test_a_message_of_somebody_else_is_not_found() -> None:
    with pytest.raises(NotFound):
        marking(one_reminder(), MessageId("another"), read=True)


def a_word() -> Story:
    asked = word()
    at = local(1, 11)
    return mailbox(WORLD.asked(asked)).when(rules.receive, person=ANNA, entry=asked, at=at, moment=at).follows()


def some_news() -> Story:
    thanks = word().model_copy(update={"news": "answer", "about": "commitment-made", "sender": BEN})
    at = local(1, 11)
    return mailbox().when(rules.receive, person=ANNA, entry=thanks, at=at, moment=at).follows()


def a_digest() -> Story:
    first = step(1)
    box = mailbox(WORLD.missed(first).reminders(0)).given(planned(first, TUESDAY)).woken().follows()
    return box.woken().follows()


def an_opening(*others: Any) -> Story:
    opens = opening()
    world = WORLD.opened(opens)
    for other in others:
        world = world.missed(other)
    return mailbox(world).given(*(planned(each, TUESDAY) for each in (opens, *others))).woken().follows()


@pytest.mark.parametrize(
    ("box", "kind"),
    [
        (one_reminder(), "reminders"),
        (an_opening(), "check-ins-open"),
        (an_opening(step(1)), "reminders"),
        (a_word(), "questions"),
        (some_news(), "answers"),
        (a_digest(), "digests"),
    ],
)
def test_every_message_can_be_switched_off_by_its_kind(box: Story, kind: str) -> None:
    assert box.state is not None
    assert kind_of_message(box.state, told(box)) == kind


@pytest.mark.parametrize(("off", "channels"), [("check-ins-open", ("inbox",)), ("reminders", ("inbox", "mail"))])
def test_what_is_switched_off_is_in_the_inbox_all_the_same(off: Any, channels: Any) -> None:
    opens = opening()
    chosen = Recipient(person=ANNA, switched_off=(Switch(kind=off, channel="mail"),))
    world = WORLD.opened(opens).knowing(recipient_id(ANNA), chosen)
    box = mailbox(world).given(planned(opens, TUESDAY)).woken().follows()
    assert (told(box).push is not None) is ("mail" in channels)


def test_its_sweep_knows_of_what_it_has_to_ask() -> None:
    """Facts are read for what is still to leave and for what is sent again, and for nothing that has left."""
    waits, left = step(1, "review"), step(1)
    assert mailboxes.required_reads is not None
    box = mailbox(WORLD.missed(left).missed(waits)).given(planned(left, TUESDAY)).woken().follows()
    later = box.given(planned(waits, local(3, 9, 15)))
    assert later.state is not None
    assert [*mailboxes.required_reads(later.state)] == [ANNA, waits.subject, WITH_BEN]
