"""What somebody says about the messages in their inbox, and as what each can be switched off."""

from typing import Any

import pytest

from coaching_events.events.mailbox import MessageId, MessageRead
from coaching_events.events.recipient import Switch
from eventlog import NotFound
from notifications.mailbox import mailboxes, rules
from notifications.mailbox.rules.merging import kind_of_message
from notifications.recipient.state import Recipient, recipient_id
from tests.rules.notifications.a_week import (
    ANNA,
    BEN,
    MONDAY,
    TUESDAY,
    WITH_BEN,
    WORLD,
    Story,
    last_message,
    left,
    local,
    missed,
    opening,
    planned,
    received,
    state_of,
    step,
    word,
)


def one_reminder() -> Story:
    return left(step(1))


def read(message: MessageId, *, read: bool = True) -> MessageRead:
    return MessageRead(by=ANNA, person=ANNA, week=MONDAY, message=message, read=read)


def marking(box: Story, message: MessageId, *, read: bool, read_until: Any = None, at: Any = None) -> Any:
    return box.when(rules.mark, by=ANNA, message=message, read=read, read_until=read_until, at=at)


def test_a_message_is_unread_until_its_person_says_that_they_read_it_and_again_changes_nothing() -> None:
    box = one_reminder()
    message = last_message(box).id
    marking(box, message, read=False).nothing()
    seen = marking(box, message, read=True).then(read(message))
    assert last_message(seen).is_read(None)
    marking(seen, message, read=True).nothing()
    again = marking(seen, message, read=False).then(read(message, read=False))
    assert not last_message(again).is_read(None)


def test_what_had_come_when_somebody_read_everything_counts_as_read() -> None:
    box = one_reminder()
    assert last_message(box).is_read(TUESDAY)
    assert not last_message(box).is_read(local(1, 9))
    marking(box, last_message(box).id, read=True, read_until=TUESDAY).nothing()


def test_of_two_words_about_one_message_the_later_one_counts() -> None:
    box = one_reminder()
    message = last_message(box).id
    unread = marking(box, message, read=False, read_until=TUESDAY, at=local(1, 12)).then(read(message, read=False))
    assert not last_message(unread).is_read(local(1, 11)), "it was marked after everything was read"
    assert last_message(unread).is_read(local(1, 13)), "everything was read after it was marked"


def test_a_message_of_somebody_else_is_not_found() -> None:
    with pytest.raises(NotFound):
        marking(one_reminder(), MessageId("another"), read=True)


def a_word() -> Story:
    return received(word(), local(1, 11))


def some_news() -> Story:
    thanks = word().model_copy(update={"news": "answer", "about": "commitment-made", "sender": BEN})
    return received(thanks, local(1, 11))


def a_digest() -> Story:
    return left(step(1), world=missed(step(1)).reminders(0)).woken().follows()


def an_opening(*others: Any) -> Story:
    return left(opening(), *others, world=missed(*others).opened(opening()))


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
    assert kind_of_message(state_of(box), last_message(box)) == kind


@pytest.mark.parametrize(("off", "channels"), [("check-ins-open", ("inbox",)), ("reminders", ("inbox", "mail"))])
def test_what_is_switched_off_is_in_the_inbox_all_the_same(off: Any, channels: Any) -> None:
    opens = opening()
    chosen = Recipient(person=ANNA, switched_off=(Switch(kind=off, channel="mail"),))
    box = left(opens, world=WORLD.opened(opens).knowing(recipient_id(ANNA), chosen))
    assert bool(last_message(box).pushes) is ("mail" in channels)


def test_its_sweep_knows_of_what_it_has_to_ask() -> None:
    """Facts are read for what is still to leave and for what is sent again, and for nothing that has left."""
    waits, gone = step(1, "review"), step(1)
    assert mailboxes.required_reads is not None
    later = left(gone, world=missed(gone, waits)).given(planned(waits, local(3, 9, 15)))
    assert [*mailboxes.required_reads(state_of(later))] == [ANNA, waits.subject, WITH_BEN]
