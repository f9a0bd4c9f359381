"""Invitations to sessions, as a real mail server gets them and another package than the writing one reads them."""

import re
from collections.abc import AsyncGenerator
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from ics import Calendar, Event

from coaching_events.events.session import SessionCancelled, SessionPlaceChanged, SessionRescheduled, SessionScheduled
from coaching_events.ids import PersonId, RuleName, StreamId, position
from eventlog.stores import StoreUnavailable
from notifications.channels.mail_channel import MailConfig
from service_kit.calendars import uid_of
from tests.contracts.notified import ANNA, BEN, WITH_BEN, Notified
from tests.delivery.test_email import (
    Crashing,
    Postbox,
    body,
    killed_and_restarted,
    links,
    mail_config,
    part,
    postbox,
    pushes,
)
from tests.rules.notifications.a_week import local

__all__ = ["postbox"]

SESSION = StreamId("session_one")
MEETINGS = StreamId("meetings_one")
HOUR = timedelta(hours=1)
RHYTHM, THE_END = RuleName("rule:meeting-rhythm"), RuleName("rule:partnership-ended")
LATER = local(8, 11)
"""Farther away than the next two working days."""


@pytest.fixture
async def suite(postbox: Postbox) -> AsyncGenerator[Notified]:
    """Monday, 10:00 in Munich, and both partners want invitations."""
    suite = Notified()
    suite.post.config = mail_config(postbox.port, suite.clock)
    await suite.knows_the_pairs()
    for name in ("anna", "ben"):
        await chooses(suite, name, opt_ins=["invitations"])
    await suite.comes(local(0, 10))
    yield suite
    assert await suite.dead_letters() == []


async def chooses(suite: Notified, name: str = "anna", **chosen: Any) -> None:
    async with suite.client(name) as client:
        answer = await client.put("/recipients/me", json=chosen)
    assert answer.status_code == 200, answer.text


def between(by: PersonId | RuleName) -> dict[str, Any]:
    return {"by": by, "partnership": WITH_BEN, "people": (BEN, ANNA)}


async def agrees(
    suite: Notified, start: datetime = LATER, by: PersonId | RuleName = ANNA, title: str | None = None, **more: Any
) -> None:
    """A session is agreed on; without a rule it is Anna who accepts."""
    scheduled = SessionScheduled(
        **between(by), proposal=position(MEETINGS, 1), start=start, end=start + HOUR, title=title, **more
    )
    await suite.hears(SESSION, scheduled)


async def moves(suite: Notified, start: datetime, by: PersonId = ANNA) -> None:
    moved = SessionRescheduled(
        **between(by), proposal=position(SESSION, 1), start=start, end=start + HOUR, place="Café", previous_start=LATER
    )
    await suite.hears(SESSION, moved)


async def cancels(suite: Notified, by: PersonId | RuleName = ANNA) -> None:
    cause = "ended" if by == THE_END else "partner"
    await suite.hears(SESSION, SessionCancelled(**between(by), start=LATER, cause=cause, late_notice=False))


def mails_to(postbox: Postbox, name: str) -> list[EmailMessage]:
    return [mail for mail in postbox.mails if mail["To"] == f"{name}@example.com"]


def calendar(mail: EmailMessage) -> EmailMessage | None:
    """The calendar part: the last one, in the alternatives."""
    assert mail.get_content_type() == "multipart/alternative"
    parts = [*mail.iter_parts()]
    found = [each for each in parts if each.get_content_type() == "text/calendar"]
    if not found:
        return None
    assert found == parts[2:], "it is one, and the last one"
    assert found[0].get_content_disposition() is None, "it is no attachment"
    assert isinstance(found[0], EmailMessage)
    return found[0]


def lines(mail: EmailMessage) -> list[str]:
    """The unfolded lines of the calendar part."""
    found = calendar(mail)
    assert found is not None
    return re.sub(r"\r?\n[ \t]", "", str(found.get_content())).splitlines()


def event(mail: EmailMessage) -> Event:
    found = calendar(mail)
    assert found is not None
    (only,) = Calendar(str(found.get_content())).events
    return only


def invited(postbox: Postbox, name: str = "anna") -> list[tuple[str, int]]:
    """The method and the version of each invitation that somebody got."""
    found: list[tuple[str, int]] = []
    for mail in mails_to(postbox, name):
        given = calendar(mail)
        if given is not None:
            said = lines(mail)
            method = given["Content-Type"].params["method"]
            assert said.index(f"METHOD:{method}") < said.index("BEGIN:VEVENT"), "the method is that of the calendar"
            (version,) = (int(line.removeprefix("SEQUENCE:")) for line in said if line.startswith("SEQUENCE:"))
            found.append((method, version))
    return found


async def test_both_get_a_session_and_its_changes_under_one_uid_with_growing_versions(
    suite: Notified, postbox: Postbox
):
    await agrees(suite, title="Plans", place="Room 5")
    await moves(suite, LATER + HOUR)
    await suite.hears(SESSION, SessionPlaceChanged(**between(BEN), start=LATER + HOUR, place="https://meet.example/a"))
    await cancels(suite, BEN)
    for name in ("anna", "ben"):
        assert invited(postbox, name) == [("REQUEST", 1), ("REQUEST", 2), ("REQUEST", 3), ("CANCEL", 4)]
        read = [event(mail) for mail in mails_to(postbox, name)]
        assert {each.uid for each in read} == {uid_of(SESSION)} == {f"{SESSION}@tandem"}
        assert [each.name for each in read] == ["Plans"] * 4
        assert [each.begin.datetime for each in read] == [LATER, LATER + HOUR, LATER + HOUR, LATER + HOUR]
        assert [each.end.datetime - each.begin.datetime for each in read] == [HOUR] * 4
        assert [each.location for each in read] == ["Room 5", "Café", *["https://meet.example/a"] * 2]
        assert [each.status for each in read] == [*["CONFIRMED"] * 3, "CANCELLED"]
        assert all(each.classification == "PRIVATE" for each in read)


async def test_the_organizer_is_the_sender_and_nobody_is_asked_for_an_answer(suite: Notified, postbox: Postbox):
    await agrees(suite)
    (mail,) = mails_to(postbox, "anna")
    assert mail["From"].addresses[0].addr_spec == "tandem@example.org"
    assert "ORGANIZER:mailto:tandem@example.org" in lines(mail)
    (attendee,) = (line for line in lines(mail) if line.startswith("ATTENDEE"))
    name, *parameters = attendee.removesuffix(":mailto:anna@example.com").split(";")
    assert (name, {*parameters}) == ("ATTENDEE", {"PARTSTAT=ACCEPTED", "RSVP=FALSE"})
    assert not any("TZID" in line or "ben@" in line for line in lines(mail))


async def test_each_reads_what_happened_and_in_their_language_what_the_date_is(suite: Notified, postbox: Postbox):
    await agrees(suite, note="Looking forward")
    to_anna, to_ben = mails_to(postbox, "anna")[0], mails_to(postbox, "ben")[0]
    assert to_anna["Subject"] == to_ben["Subject"] == "A session in your calendar"
    assert "Your next session with Ben is on Tuesday 10 February, 11:00." in body(to_anna)
    assert "Looking forward" not in body(to_anna), "it is her own note"
    assert "Anna agrees: you meet on Tuesday 10 February, 11:00." in body(to_ben)
    assert "Anna writes: “Looking forward”" in body(to_ben)
    assert "Because you asked for invitations to your sessions." in part(to_ben, "html")
    assert event(to_ben).name == "Session with Anna"
    assert "Your answer to this invitation reaches nobody." in str(event(to_ben).description)


async def test_a_german_gets_it_in_german(postbox: Postbox):
    suite = Notified()
    suite.post.config = mail_config(postbox.port, suite.clock)
    await suite.knows_the_pairs("de-DE")
    await chooses(suite, opt_ins=["invitations"])
    await suite.comes(local(0, 10))
    await agrees(suite)
    (mail,) = mails_to(postbox, "anna")
    assert (mail["Subject"], event(mail).name) == ("Ein Treffen in Ihrem Kalender", "Treffen mit Ben")
    assert "Eine Antwort auf diese Einladung liest niemand." in str(event(mail).description)


async def test_who_did_not_ask_for_them_gets_the_usual_mails(suite: Notified, postbox: Postbox):
    await chooses(suite, "ben")
    await agrees(suite)
    await cancels(suite)
    assert [calendar(mail) for mail in mails_to(postbox, "ben")] == [None, None]
    assert invited(postbox, "anna") == [("REQUEST", 1), ("CANCEL", 2)]


async def test_a_rhythm_and_the_end_of_a_partnership_tell_both(suite: Notified, postbox: Postbox):
    await agrees(suite, by=RHYTHM)
    await cancels(suite, by=THE_END)
    for name in ("anna", "ben"):
        assert invited(postbox, name) == [("REQUEST", 1), ("CANCEL", 2)]
        assert "does not take place." in body(mails_to(postbox, name)[1])


async def test_who_was_not_sent_an_invitation_is_sent_no_cancellation(suite: Notified, postbox: Postbox):
    for name in ("anna", "ben"):
        await chooses(suite, name)
    await agrees(suite)
    for name in ("anna", "ben"):
        await chooses(suite, name, opt_ins=["invitations"])
    await cancels(suite)
    assert mails_to(postbox, "anna") == [], "she knows what she did herself"
    assert [calendar(mail) for mail in mails_to(postbox, "ben")] == [None, None]


async def test_who_asks_for_them_later_gets_the_session_when_it_changes(suite: Notified, postbox: Postbox):
    await chooses(suite)
    await agrees(suite)
    await chooses(suite, opt_ins=["invitations"])
    await moves(suite, LATER + HOUR)
    await cancels(suite)
    assert invited(postbox) == [("REQUEST", 2), ("CANCEL", 3)]


async def test_the_link_in_the_mail_ends_invitations_and_no_other_mails(suite: Notified, postbox: Postbox):
    await agrees(suite)
    (mail,) = mails_to(postbox, "ben")
    (stop,) = links(mail, "stop")
    assert mail["List-Unsubscribe"] == f"<https://tandem.example.org{stop}>"
    off = [{"kind": "invitations", "channel": "mail"}]
    await chooses(suite, "ben", opt_ins=["invitations"], switched_off=off)
    await cancels(suite)
    assert invited(postbox, "ben") == [("REQUEST", 1)]
    assert [mail["Subject"] for mail in mails_to(postbox, "ben")] == [
        "A session in your calendar",
        "News of your partnership",
    ]


async def test_an_invitation_of_the_night_waits_for_the_morning_and_is_the_present_one(
    suite: Notified, postbox: Postbox
):
    await suite.comes(local(0, 21))
    await agrees(suite)
    await moves(suite, LATER + HOUR)
    await suite.comes(local(1, 8, 59))
    assert postbox.mails == []
    await suite.comes(local(1, 12))
    for name in ("anna", "ben"):
        assert invited(postbox, name) == [("REQUEST", 2)], "the first one was out of date"


async def test_what_was_agreed_and_cancelled_in_the_same_night_is_in_no_calendar(suite: Notified, postbox: Postbox):
    await suite.comes(local(0, 21))
    await agrees(suite)
    await cancels(suite)
    await suite.comes(local(2, 12))
    assert invited(postbox, "anna") == invited(postbox, "ben") == []


async def test_a_cancellation_follows_an_invitation_that_may_have_arrived(suite: Notified, postbox: Postbox):
    postbox.hangs_up = 2
    await agrees(suite)
    await cancels(suite)
    await suite.comes(local(0, 12))
    for name in ("anna", "ben"):
        assert invited(postbox, name) == [("REQUEST", 1), ("CANCEL", 2)]


async def test_no_cancellation_follows_an_invitation_that_never_left(suite: Notified, postbox: Postbox):
    await postbox.close()
    await agrees(suite)
    await cancels(suite)
    await postbox.open()
    await suite.comes(local(1, 12))
    assert invited(postbox, "anna") == invited(postbox, "ben") == []


async def test_an_invitation_that_was_cut_off_is_sent_again_as_the_same(suite: Notified, postbox: Postbox):
    await chooses(suite, "ben")
    postbox.hangs_up = 1
    await agrees(suite, by=RHYTHM)
    await suite.comes(local(0, 12))
    first, second = mails_to(postbox, "anna")
    assert (first["Message-ID"], lines(first)) == (second["Message-ID"], lines(second))
    assert await pushes(suite) == [("delivered", 2)]


async def test_an_invitation_that_a_crash_cut_off_is_sent_again(suite: Notified, postbox: Postbox):
    await chooses(suite, "ben")
    suite.post.config = MailConfig(
        server=Crashing(""), clock=suite.clock, sender="tandem@example.org", public_url="https://tandem.example.org"
    )
    with pytest.raises(StoreUnavailable):
        await agrees(suite)
    fresh = await killed_and_restarted(suite, postbox)
    await fresh.again(fresh.heard[SESSION])
    assert invited(postbox) == [("REQUEST", 1)]


async def test_the_same_events_again_send_nothing_again(suite: Notified, postbox: Postbox):
    await agrees(suite)
    await cancels(suite)
    before = len(postbox.mails)
    await suite.again(suite.heard[SESSION])
    await suite.again(suite.said())
    assert (before, len(postbox.mails)) == (4, 4)


HOSTILE = "Plans; at, 5\\\r\nEND:VEVENT\r\nMETHOD:CANCEL\nATTENDEE:mailto:eve@example.com\u202e\x00"


async def test_texts_of_a_partner_add_nothing_to_an_invitation(suite: Notified, postbox: Postbox):
    await agrees(suite, title=HOSTILE, place=HOSTILE)
    for name in ("anna", "ben"):
        assert invited(postbox, name) == [("REQUEST", 1)]
        (mail,) = mails_to(postbox, name)
        said = lines(mail)
        assert [line for line in said if line.startswith(("ATTENDEE", "METHOD"))] == [
            "METHOD:REQUEST",
            f"ATTENDEE;PARTSTAT=ACCEPTED;RSVP=FALSE:mailto:{name}@example.com",
        ]
        assert said.count("END:VEVENT") == 1
        seen = "Plans; at, 5\\ END:VEVENT METHOD:CANCEL ATTENDEE:mailto:eve@example.com"
        assert (event(mail).name, event(mail).location) == (seen, seen)
