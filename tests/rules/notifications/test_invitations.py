"""Sessions as invitations by mail: for whom, when, and when one is out of date."""

from datetime import timedelta
from typing import Any

import pytest

from coaching_events.events.mailbox import Entry, MessageReceived, Why
from coaching_events.events.recipient import OptIn, Switch
from coaching_events.events.session import RescheduleProposed, SessionCancelled, SessionPlaceChanged
from coaching_events.ids import PersonId, Position, StreamId, position
from notifications.mailbox.names import entry_id
from notifications.mailbox.rules import delivery
from notifications.mailbox.rules.invitations import may_have_arrived
from notifications.mailbox.rules.merging import kind_of_message
from notifications.mailbox.rules.needed import NoLongerNeeded, no_longer_needed
from notifications.projections import SessionReadModel, session
from notifications.recipient.state import Chat, Recipient, recipient_id
from tests.rules.notifications.a_week import (
    ANNA,
    BEN,
    CHAT,
    EVERY,
    TUESDAY,
    WITH_BEN,
    WORLD,
    Story,
    World,
    attempted,
    last_message,
    local,
    received,
    state_of,
)
from tests.rules.notifications.test_delivery import ended, uncertain
from tests.rules.notifications.test_rows import ANOTHER_TIME, MOVED, OFFER, PEOPLE, told
from tests.rules.notifications.test_rows import ANSWERS_TO_AN_OFFER as ANSWERS

SESSION = StreamId("session_one")
AGREED = ANSWERS[0]
ELSEWHERE = SessionPlaceChanged(**PEOPLE, start=local(3), place="Café")
CANCELLED = SessionCancelled(**PEOPLE, start=local(3), cause="partner", late_notice=False)
OPTED: tuple[OptIn, ...] = ("invitations",)


def invitation(version: int = 2, sender: PersonId | None = BEN) -> Entry:
    cause = position(SESSION, version)
    return Entry(
        id=entry_id(cause, ANNA, "news"),
        partnership=WITH_BEN,
        subject=SESSION,
        about="session-scheduled",
        why=Why(rule="invitation", based_on=cause),
        sender=sender,
        due=local(3),
        news="answer",
        invites=True,
    )


def knowing(*dated: int, **chosen: Any) -> World:
    """Anna wants invitations, and these versions were about the date of the session."""
    last = position(SESSION, dated[-1])
    row = SessionReadModel(
        partnership=WITH_BEN,
        people=(BEN, ANNA),
        start=local(3),
        end=local(3, 10),
        last=last,
        dated=tuple(position(SESSION, version) for version in dated),
    )
    choices: dict[str, Any] = {"opt_ins": OPTED, **chosen}
    return WORLD.knowing(SESSION, row).knowing(recipient_id(ANNA), Recipient(person=ANNA, **choices))


def invited(sender: PersonId | None = BEN, **chosen: Any) -> Story:
    return received(invitation(sender=sender), TUESDAY, world=knowing(2, **chosen))


def pushed(box: Story) -> list[str]:
    return [push.channel for push in last_message(box).pushes]


def dates_of(*events: Any) -> tuple[Position, ...]:
    return told(session.evolve, SESSION, OFFER, *events).dated


def test_the_row_of_a_session_knows_which_events_were_about_its_date() -> None:
    assert dates_of() == dates_of(ELSEWHERE) == (), "nothing is agreed"
    assert dates_of(AGREED, ANOTHER_TIME) == (position(SESSION, 2),), "the agreed time holds"
    after = [position(SESSION, version) for version in (2, 4, 5, 6)]
    assert dates_of(AGREED, ANOTHER_TIME, MOVED, ELSEWHERE, CANCELLED) == tuple(after)
    many = dates_of(AGREED, *[ELSEWHERE] * 50)
    assert (len(many), many[-1]) == (20, position(SESSION, 52))


def test_the_row_of_a_session_has_its_present_time_and_place() -> None:
    offered = OFFER.model_copy(update={"title": "Plans", "place": "Room 5"})
    row = told(session.evolve, SESSION, offered, AGREED.model_copy(update={"title": "Plans", "place": "Room 5"}))
    assert (row.start, row.end, row.title, row.place) == (local(3), local(3, 10), "Plans", "Room 5")
    elsewhere = told(session.evolve, SESSION, offered, AGREED, ELSEWHERE)
    assert elsewhere.place == "Café"
    another = RescheduleProposed(**PEOPLE, start=local(5), end=local(5, 10), place="Park", answer_by=local(3))
    moved = MOVED.model_copy(update={"place": "Park"})
    after = told(session.evolve, SESSION, offered, AGREED, another, moved)
    assert (after.start, after.end, after.title, after.place) == (local(5), local(5, 10), "Plans", "Park")


@pytest.mark.parametrize(
    ("chosen", "wanted"),
    [
        ({}, False),
        ({"opt_ins": OPTED}, True),
        ({"opt_ins": OPTED, "channels": ("inbox", "chat")}, False),
        ({"opt_ins": OPTED, "switched_off": (Switch(kind="invitations", channel="mail"),)}, False),
        ({"opt_ins": OPTED, "switched_off": (Switch(kind="answers", channel="mail"),)}, True),
    ],
)
def test_they_are_for_people_who_opted_in_and_have_mail(chosen: Any, wanted: bool) -> None:
    assert Recipient(person=ANNA, **chosen).is_invited is wanted
    everywhere: dict[str, Any] = {**chosen, "channels": EVERY}
    assert "chat" not in Recipient(person=ANNA, **everywhere).channels_for("invitations")


def test_one_is_a_mail_of_its_own_and_in_a_chat_only_what_the_partner_did() -> None:
    chat: Any = {"channels": EVERY, "chat": Chat(address=CHAT)}
    assert pushed(invited(**chat)) == ["mail", "chat"]
    assert pushed(invited(None, **chat)) == ["mail"]
    without_answers = (Switch(kind="answers", channel="mail"), Switch(kind="answers", channel="chat"))
    assert pushed(invited(**chat, switched_off=without_answers)) == ["mail"]
    box = invited(**chat)
    kinds = [kind_of_message(state_of(box), last_message(box), channel) for channel in ("mail", "chat")]
    assert kinds == ["invitations", "answers"]


def test_in_quiet_hours_it_waits_for_the_morning_and_leaves_alone() -> None:
    box = received(invitation(), local(1, 22), local(2, 9), knowing(2))
    (came,) = box.events
    assert isinstance(came, MessageReceived)
    assert (came.moment, came.alone) == (local(2, 9), True)
    mail = last_message(box).pushes[0]
    assert (mail.status, mail.retry_at) == ("later", local(2, 9))


def test_a_later_one_of_the_same_session_replaces_it() -> None:
    for dated, needed in (((2,), True), ((2, 5), False)):
        why = no_longer_needed(invitation(), TUESDAY, ANNA, knowing(*dated).reference_data)
        assert why == (None if needed else NoLongerNeeded("sign-of-life", position(SESSION, 5)))
    box = received(invitation(), local(1, 22), local(2, 9), knowing(2)).knowing(knowing(2, 5).reference_data)
    (message,) = state_of(box).messages
    said = attempted(message.id, "failed", by="try-again", reason="no-longer-needed")
    box.woken().then(said)


def test_one_that_was_cut_off_is_sent_again() -> None:
    message = last_message(invited()).id
    box = invited().when(delivery.begin, message=message, channel="mail").follows()
    again = attempted(message, "failed", reason="lost", retry_at=TUESDAY + timedelta(minutes=1))
    lost = ended(box, message, "cut-off", reason="lost").then(uncertain(message), again)
    assert may_have_arrived(state_of(lost), SESSION)
    crashed = box.when(delivery.cut_off, message=message, channel="mail")
    crashed.then(uncertain(message), attempted(message, "begun", 2))


def test_only_what_left_may_have_arrived() -> None:
    box = invited()
    message = last_message(box).id
    assert not may_have_arrived(state_of(box), SESSION)
    begun = box.when(delivery.begin, message=message, channel="mail").follows()
    assert may_have_arrived(state_of(begun), SESSION)
    assert not may_have_arrived(state_of(begun), StreamId("session_other"))
    assert not may_have_arrived(state_of(ended(begun, message, "failed", reason="away").follows()), SESSION)
    assert may_have_arrived(state_of(ended(begun, message, "delivered").follows()), SESSION)
    usual = received(invitation().model_copy(update={"invites": False}), TUESDAY, world=knowing(2))
    sent = usual.when(delivery.begin, message=last_message(usual).id, channel="mail").follows()
    assert not may_have_arrived(state_of(sent), SESSION), "it had no calendar part"
