"""What one sender says of the same thing again and again: one message a day, few mails, and a bounded mailbox."""

from datetime import datetime
from typing import Any

import pytest

from coaching_events.events.mailbox import DigestSent, Entry, Why
from coaching_events.ids import PersonId, StreamId, position
from notifications.mailbox import rules
from notifications.mailbox.names import entry_id
from notifications.mailbox.rules.repeating import AT_ONCE, LONGEST_NOTE, MORE, MOST_OF_ONE, bounded, waits_for_a_digest
from notifications.mailbox.state import Item, Mailbox
from tests.rules.notifications.a_week import ANNA, BEN, CARLA, MONDAY, WITH_BEN, WORLD, Story, local, mailbox, state_of

BERLIN = "Europe/Berlin"


def asked(
    number: int, about: str = "renegotiation-proposed", name: str = "report", sender: PersonId | None = BEN, **more: Any
) -> Entry:
    """Ben's word number so much about a promise."""
    subject = StreamId(f"commitment_{name}")
    cause = position(subject, number)
    return Entry(
        id=entry_id(cause, ANNA, "word"),
        partnership=WITH_BEN,
        subject=subject,
        about=about,
        why=Why(rule="word-from-your-partner", based_on=cause),
        sender=sender,
        **more,
    )


def received(box: Story, entry: Entry, at: datetime, moment: datetime | None = None, **more: Any) -> Story:
    asking = box.knowing(WORLD.asked(entry).reference_data)
    return asking.when(rules.receive, person=ANNA, entry=entry, at=at, moment=moment or at, **more).follows()


def shown(box: Story) -> list[Entry]:
    """What stands in the inbox."""
    state = state_of(box)
    return [state.entries_of(each)[0] for each in state.messages if each.replaced_by is None]


def test_the_later_word_about_one_thing_takes_the_place_of_the_earlier_of_the_day() -> None:
    first, second, third = asked(2), asked(4), asked(6)
    box = received(received(mailbox(), first, local(1, 10)), second, local(1, 11))
    assert shown(box) == [second]
    assert state_of(box).earlier(second.id) == 1
    box = received(box, third, local(1, 12))
    assert shown(box) == [third]
    assert state_of(box).earlier(third.id) == 2


@pytest.mark.parametrize("more", [{}, {"about": "commitment-kept", "news": "answer"}], ids=["question", "news"])
def test_what_was_to_be_pushed_of_the_earlier_word_is_not_pushed_any_more(more: Any) -> None:
    first, second = asked(2, **more), asked(4, **more)
    evening, morning = local(1, 20), local(2, 9)
    box = received(received(mailbox(), first, evening, morning), second, local(1, 21), morning)
    told = box.woken().follows().events[-1]
    assert isinstance(told, DigestSent)
    assert told.entries == (second,)


@pytest.mark.parametrize(
    ("other", "at"),
    [
        (asked(4), local(2, 10)),
        (asked(4, name="review"), local(1, 11)),
        (asked(4, "renegotiation-withdrawn"), local(1, 11)),
        (asked(4, sender=CARLA), local(1, 11)),
        (asked(4, sender=None), local(1, 11)),
    ],
    ids=["of another day", "about another thing", "another word", "of another sender", "of a rule"],
)
def test_nothing_else_takes_its_place(other: Entry, at: datetime) -> None:
    box = received(received(mailbox(), asked(2), local(1, 10)), other, at)
    assert shown(box) == [asked(2), other]
    assert not waits_for_a_digest(state_of(received(mailbox(), asked(2), local(1, 10))), other, at.date(), BERLIN)


def test_what_takes_a_word_of_the_other_is_told_each_time() -> None:
    first, second = asked(2, "commitment-requested"), asked(4, "commitment-requested")
    assert shown(received(received(mailbox(), first, local(1, 10)), second, local(1, 11))) == [first, second]


def test_a_word_that_answers_the_reader_stands_beside_the_one_before() -> None:
    box = received(received(mailbox(), asked(2), local(1, 10)), asked(4), local(1, 11), answers=True)
    assert shown(box) == [asked(2), asked(4)]


def test_what_was_told_today_is_pushed_with_a_digest() -> None:
    box = state_of(received(mailbox(), asked(2), local(1, 10)))
    assert waits_for_a_digest(box, asked(4), local(1).date(), BERLIN)
    assert not waits_for_a_digest(box, asked(4), local(2).date(), BERLIN)
    assert not waits_for_a_digest(None, asked(4), local(1).date(), BERLIN)


def full(number: int, sender: PersonId | None = BEN) -> Mailbox:
    """A mailbox with so many entries of one sender."""
    told = (asked(each, name=f"number-{each}", sender=sender) for each in range(1, number + 1))
    return Mailbox(
        person=ANNA, week=MONDAY, items=tuple(Item(entry=each, moment=local(0), status="left") for each in told)
    )


def test_of_a_sender_who_told_much_this_week_nothing_is_pushed_at_once_and_notes_are_short() -> None:
    today = local(1).date()
    long, short = asked(2, note="n" * (LONGEST_NOTE + 1)), asked(2, note="n" * LONGEST_NOTE)
    assert not waits_for_a_digest(full(AT_ONCE - 1), long, today, BERLIN)
    assert bounded(full(AT_ONCE - 1), long, ANNA) == long
    assert waits_for_a_digest(full(AT_ONCE), long, today, BERLIN)
    taken = bounded(full(AT_ONCE), long, ANNA)
    assert taken is not None
    assert taken.note == f"{'n' * LONGEST_NOTE}…"
    assert bounded(full(AT_ONCE), short, ANNA) == short


def test_in_place_of_what_is_too_much_it_is_said_once_that_there_is_more() -> None:
    assert bounded(full(MOST_OF_ONE - 1), asked(2), ANNA) == asked(2)
    more = bounded(full(MOST_OF_ONE), asked(2), ANNA)
    assert more is not None
    assert (more.about, more.subject, more.sender, more.note) == (MORE, WITH_BEN, BEN, None)
    assert bounded(full(MOST_OF_ONE + 1), asked(2), ANNA) is None


def test_what_one_sender_told_bounds_neither_others_nor_rules() -> None:
    beyond = full(MOST_OF_ONE + 1, CARLA)
    for entry in (asked(2), asked(2, sender=None)):
        assert bounded(beyond, entry, ANNA) == entry
        assert not waits_for_a_digest(beyond, entry, local(1).date(), BERLIN)
    decided = asked(2, sender=None)
    assert bounded(full(MOST_OF_ONE + 1, sender=None), decided, ANNA) == decided
