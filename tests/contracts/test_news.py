"""Answers are heard: in the inbox at once, pushed at an open moment, with the note, and never to who is inactive."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from coaching_events.event import Cipher
from coaching_events.events.commitment import (
    CommitmentKept,
    CommitmentMade,
    CommitmentRequestDeclined,
    CommitmentRequestLapsed,
    CommitmentRequestWithdrawn,
)
from coaching_events.events.mailbox import DeliveryAttempted
from coaching_events.events.partnership import PartnershipEnded, PartnershipPaused, TermsLapsed, TermsProposed
from coaching_events.events.person import PersonDeactivated, PersonReactivated
from coaching_events.events.recipient import Channel
from coaching_events.events.session import (
    RescheduleLapsed,
    RescheduleProposed,
    SessionCancelled,
    SessionLapsed,
    SessionProposed,
    SessionRescheduled,
    SessionScheduled,
)
from coaching_events.ids import RuleName, StreamId, position
from eventlog.commands import CommandContext
from notifications.channels.mail_channel import MailChannel
from notifications.mailbox import mailboxes
from tests.contracts.notified import ANNA, BEN, WITH_BEN, WITH_CARLA, Notified, owned
from tests.rules.notifications.a_week import local, terms

SESSION = StreamId("session_one")


class Full(MailChannel):
    """Mail exists, and nobody sends it: what is pushed stays due."""

    def channels(self) -> tuple[Channel, ...]:
        return ("mail",)


@pytest.fixture
async def suite() -> AsyncGenerator[Notified]:
    """Friday 30 January, 17:00 in Munich."""
    suite = Notified(post=Full())
    await suite.knows_the_pairs()
    yield suite
    assert await suite.dead_letters() == []


async def inbox(suite: Notified, name: str = "anna", **query: Any) -> list[Any]:
    return (await suite.get("/inbox", name, **query))["items"]


async def texts(suite: Notified, name: str = "anna", **query: Any) -> list[str]:
    return [message["text"] for message in await inbox(suite, name, **query)]


def asked_by_ben(by: Any = ANNA) -> dict[str, Any]:
    return {**owned(WITH_BEN), "by": by}


async def declines(suite: Notified, promise: StreamId, note: Any = None) -> None:
    await suite.hears(promise, CommitmentRequestDeclined(**asked_by_ben(), note=note))


def session(by: Any, **more: Any) -> dict[str, Any]:
    return {"by": by, "partnership": WITH_BEN, "people": (BEN, ANNA), **more}


async def agrees_to_meet(suite: Notified, start: Any) -> None:
    offer = SessionProposed(**session(BEN), start=start, end=start + timedelta(hours=1), answer_by=start)
    await suite.hears(SESSION, offer)
    await suite.hears(
        SESSION,
        SessionScheduled(**session(ANNA), proposal=position(SESSION, 1), start=start, end=start + timedelta(hours=1)),
    )


async def test_an_answer_at_work_is_in_the_inbox_and_pushed_at_once_with_its_note(suite: Notified):
    await suite.comes(local(0, 10))
    asked = await suite.is_asked("slides")
    await declines(suite, asked, "Too much\non my plate")
    (message,) = await inbox(suite, "ben")
    assert (message["kind"], message["subject"]) == ("news", "News of your partnership")
    assert message["text"] == "Anna does not promise “the slides” this time.\nAnna writes:\n> Too much\n> on my plate"
    (entry,) = message["entries"]
    assert (entry["news"], entry["note"], entry["sender"]) == ("answer", "Too much\non my plate", ANNA)
    assert (entry["cause"], entry["rule"], entry["actions"]) == (f"{asked}@2", "answer", [])
    assert message["pushes"][0]["status"] == "due"


async def test_an_answer_at_night_is_in_the_inbox_at_once_and_pushed_in_the_morning(suite: Notified):
    await suite.comes(local(0, 22))
    asked = await suite.is_asked()
    await declines(suite, asked)
    (message,) = await inbox(suite, "ben")
    assert message["pushes"] == []
    await suite.comes(local(1, 12))
    digest, _ = await inbox(suite, "ben")
    assert (digest["kind"], digest["at"]) == ("digest", "2026-02-03T08:00:00.000Z")
    assert digest["text"] == message["text"]


async def test_a_note_that_only_a_cipher_is_left_of_is_told_in_general_terms(suite: Notified):
    asked = await suite.is_asked()
    await declines(suite, asked, Cipher(key="k", cipher="AAAA"))
    (message,) = await inbox(suite, "ben")
    assert message["text"].endswith("\nAnna left a note with it.")
    assert message["entries"][0]["note"] is None


async def test_what_was_not_asked_for_is_in_the_inbox_only(suite: Notified):
    await suite.comes(local(0, 10))
    due = local(3, 17)
    await suite.hears(StreamId("commitment_free"), CommitmentMade(**asked_by_ben(), due=due, grace_end=due))
    (message,) = await inbox(suite, "ben")
    assert (message["entries"][0]["news"], message["pushes"]) == ("other", [])
    await suite.comes(local(4))
    assert len(await inbox(suite, "ben")) == 1


async def test_who_wants_that_gets_it_with_the_next_digest(suite: Notified):
    async with suite.client("ben") as ben:
        await ben.put("/recipients/me", json={"news_in_digest": True})
    await suite.comes(local(0, 10))
    due = local(3, 17)
    await suite.hears(StreamId("commitment_free"), CommitmentMade(**asked_by_ben(), due=due, grace_end=due))
    await suite.comes(local(4))
    assert [message["kind"] for message in await inbox(suite, "ben")] == ["digest", "news"]


async def test_a_session_that_is_cancelled_for_tomorrow_leaves_in_the_morning_as_a_message_of_its_own(suite: Notified):
    await agrees_to_meet(suite, local(1, 11))
    await suite.comes(local(0, 22))
    cancelled = SessionCancelled(**session(BEN), start=local(1, 11), cause="partner", late_notice=True, note="Ill")
    await suite.hears(SESSION, cancelled)
    await suite.is_asked()
    told = (await inbox(suite, kind="news"))[0]
    assert (told["subject"], told["entries"][0]["news"]) == ("A change in your next days", "changes-my-days")
    assert told["text"] == "Ben cancelled your session on Tuesday 3 February, 11:00.\nBen writes: “Ill”"
    assert (told["pushes"][0]["status"], told["pushes"][0]["retry_at"]) == ("later", "2026-02-03T08:00:00.000Z")
    await suite.comes(local(1, 12))
    digest, *_ = await inbox(suite, kind="digest")
    assert [entry["about"] for entry in digest["entries"]] == ["commitment-requested"]
    (again,) = await inbox(suite, kind="news", since=told["at"])
    assert again["pushes"][0]["status"] == "due"


async def test_a_session_far_ahead_that_is_cancelled_is_an_answer(suite: Notified):
    await agrees_to_meet(suite, local(9, 11))
    await suite.comes(local(0, 10))
    await suite.hears(SESSION, SessionCancelled(**session(BEN), start=local(9, 11), cause="partner", late_notice=False))
    assert (await inbox(suite))[0]["entries"][0]["news"] == "answer"


async def suggests_another_time(suite: Notified, start: Any) -> StreamId:
    await agrees_to_meet(suite, local(1, 11))
    await suite.comes(local(0, 10))
    end = start + timedelta(hours=1)
    await suite.hears(SESSION, RescheduleProposed(**session(BEN), start=start, end=end, answer_by=local(1, 11)))
    return SESSION


async def test_another_time_is_a_question_that_is_answered_in_one_step(suite: Notified):
    await suggests_another_time(suite, local(9, 11))
    message = (await inbox(suite, kind="word"))[0]
    assert message["text"] == (
        "Ben suggests another time for your session: Wednesday 11 February, 11:00. The time that you have holds unless "
        "you agree."
    )
    paths = [action["path"].rpartition("/")[2] for action in message["entries"][0]["actions"]]
    assert paths == ["accept", "propose-time", "decline"]


async def test_a_session_that_moves_away_from_tomorrow_is_a_message_of_its_own(suite: Notified):
    await suggests_another_time(suite, local(9, 11))
    start, end = local(9, 11), local(9, 12)
    moved = SessionRescheduled(
        **session(ANNA), proposal=position(SESSION, 3), start=start, end=end, previous_start=local(1, 11)
    )
    await suite.hears(SESSION, moved)
    told = (await inbox(suite, "ben", kind="news"))[0]
    assert (told["subject"], told["entries"][0]["news"]) == ("A change in your next days", "changes-my-days")
    assert told["text"] == "Anna agrees to the other time: you meet on Wednesday 11 February, 11:00."
    assert (await inbox(suite, kind="word"))[0]["entries"][0]["actions"] == []


async def test_another_time_that_got_no_answer_is_told_to_who_suggested_it(suite: Notified):
    await suggests_another_time(suite, local(9, 11))
    silence = RuleName("rule:unanswered")
    await suite.hears(SESSION, RescheduleLapsed(**session(silence), proposal=position(SESSION, 3)))
    assert (await texts(suite, "ben", kind="news"))[0] == (
        "Your suggestion of another time was not answered in time. Your session stays on Tuesday 3 February, 11:00."
    )
    assert await texts(suite, kind="news") == []


async def test_a_time_that_the_meeting_rhythm_offers_is_a_question_to_both(suite: Notified):
    await suite.comes(local(0, 10))
    rhythm = RuleName("rule:meeting-rhythm")
    offer = SessionProposed(**session(rhythm), start=local(3, 11), end=local(3, 12), answer_by=local(3, 11))
    await suite.hears(SESSION, offer)
    for name, partner in (("anna", "Ben"), ("ben", "Anna")):
        (message,) = await inbox(suite, name, kind="word")
        assert message["text"] == (
            f"The usual day of your session with {partner} does not suit both of you this time. Would Thursday "
            "5 February, 11:00 suit? Either of you can accept it for both."
        )
        assert message["entries"][0]["actions"][0]["path"] == f"/sessions/{SESSION}/accept"


async def test_the_next_session_of_a_rhythm_is_in_both_inboxes(suite: Notified):
    await suite.comes(local(0, 10))
    planned = SessionScheduled(
        **session(RuleName("rule:meeting-rhythm")),
        proposal=position(StreamId("meetings_one"), 1),
        start=local(3, 11),
        end=local(3, 12),
    )
    await suite.hears(SESSION, planned)
    for name, partner in (("anna", "Ben"), ("ben", "Anna")):
        (text,) = await texts(suite, name)
        assert text == f"Your next session with {partner} is on Thursday 5 February, 11:00."


async def test_what_silence_decided_is_told_to_who_asked(suite: Notified):
    await suite.comes(local(0, 10))
    asked = await suite.is_asked("slides")
    await suite.hears(asked, CommitmentRequestLapsed(**asked_by_ben(RuleName("rule:silence"))))
    offer = SessionProposed(**session(BEN), start=local(2), end=local(2, 10), answer_by=local(1))
    await suite.hears(SESSION, offer)
    await suite.hears(SESSION, SessionLapsed(**session(RuleName("rule:unanswered")), cause="unanswered"))
    await suite.hears(
        WITH_BEN, TermsProposed(by=BEN, partnership=WITH_BEN, terms=terms(reminders=1), answer_by=local(9))
    )
    silence = RuleName("rule:silence-creates-no-obligation")
    await suite.hears(WITH_BEN, TermsLapsed(by=silence, partnership=WITH_BEN, version=2))
    assert {text[:20] for text in await texts(suite, "ben")} == {
        "Your request for “th",
        "Your suggestion to m",
        "The terms that you s",
    }
    assert await texts(suite, kind="news") == []


async def test_who_was_asked_hears_that_the_question_was_taken_back(suite: Notified):
    await suite.comes(local(0, 10))
    asked = await suite.is_asked("slides")
    await suite.hears(asked, CommitmentRequestWithdrawn(**asked_by_ben(BEN)))
    assert await texts(suite, kind="news") == [
        "Ben took back the request for “the slides”. There is nothing to answer."
    ]


async def test_the_end_of_a_partnership_is_one_piece_of_news(suite: Notified):
    await agrees_to_meet(suite, local(1, 11))
    asked = await suite.is_asked("slides")
    before = len(await inbox(suite))
    await suite.hears(WITH_BEN, PartnershipEnded(by=BEN, partnership=WITH_BEN, cause="partner"))
    over = RuleName("rule:partnership-ended")
    await suite.hears(SESSION, SessionCancelled(**session(over), start=local(1, 11), cause="ended", late_notice=False))
    await suite.hears(asked, CommitmentRequestLapsed(**asked_by_ben(RuleName("rule:end"))))
    assert len(await inbox(suite)) == before + 1
    assert "later sessions are cancelled" in (await texts(suite, kind="news"))[0]


async def test_a_cause_that_comes_again_is_told_once(suite: Notified):
    asked = await suite.is_asked()
    await declines(suite, asked)
    await suite.again(suite.heard[asked])
    assert len(await inbox(suite, "ben")) == 1


async def test_who_is_deactivated_before_the_morning_gets_no_mail_and_who_asked_hears_of_it(suite: Notified):
    await suite.comes(local(-3, 20))
    await suite.is_asked("slides")
    await suite.hears(ANNA, PersonDeactivated(by=ANNA))
    told = await texts(suite, "ben")
    assert told == ["There will be no answer from Anna for now to what you asked."]
    await suite.hears(WITH_BEN, PartnershipPaused(by=RuleName("rule:directory"), partnership=WITH_BEN))
    by_about = {message["entries"][0]["about"]: message for message in await inbox(suite, "ben")}
    assert by_about["partnership-paused"]["entries"][0]["news"] == "other"
    assert str(ANNA) not in by_about["no-answer-for-now"]["entries"][0]["cause"]
    await suite.comes(local(0, 12))
    assert "digest-sent" not in suite.types()
    assert suite.types()[-1] == "nudge-deferred"


async def test_what_waited_leaves_with_one_digest_when_they_are_active_again(suite: Notified):
    await suite.comes(local(-3, 20))
    await suite.is_asked("slides")
    await suite.is_asked("notes", WITH_CARLA)
    await suite.hears(ANNA, PersonDeactivated(by=ANNA))
    await suite.comes(local(2, 12))
    await suite.is_asked("list")
    await suite.hears(ANNA, PersonReactivated(by=ANNA))
    await suite.comes(local(4, 12))
    (digest,) = await inbox(suite, kind="digest")
    assert digest["at"] == "2026-02-05T08:00:00.000Z"
    assert len(digest["entries"]) == 3


async def test_who_stays_inactive_gets_nothing_after_sixty_days(suite: Notified):
    await suite.comes(local(-3, 20))
    await suite.is_asked("slides")
    await suite.hears(ANNA, PersonDeactivated(by=ANNA))
    await suite.comes(local(90))
    assert suite.types().count("nudge-deferred") == 1
    assert suite.types()[-1] == "nudge-withdrawn"


async def test_a_request_to_who_is_not_active_is_told_to_be_without_an_answer_for_now(suite: Notified):
    await suite.hears(ANNA, PersonDeactivated(by=ANNA))
    await suite.comes(local(0, 10))
    await suite.is_asked("slides")
    assert await texts(suite, "ben") == ["There will be no answer from Anna for now to what you asked."]
    assert (await mailbox_pushes(suite)) == []


async def mailbox_pushes(suite: Notified) -> list[Any]:
    boxes = await suite.service_context.log.find(mailboxes, {"person": ANNA})
    return [push for box in boxes for message in box.state.messages for push in message.pushes]


async def test_a_delivery_that_failed_is_not_tried_again_for_who_is_inactive(suite: Notified):
    await suite.comes(local(0, 10))
    await suite.is_asked("slides")
    (box,) = await suite.service_context.log.find(mailboxes, {"person": ANNA})
    message = box.state.messages[0]
    failed = DeliveryAttempted(
        by=RuleName("rule:delivery"),
        person=ANNA,
        week=box.state.week,
        message=message.id,
        channel="mail",
        attempt=1,
        outcome="failed",
        retry_at=local(0, 11),
    )

    async def fails(_: Any) -> Any:
        return [failed]

    await suite.service_context.log.decide(mailboxes, box.stream, CommandContext(id="fails", at=suite.clock.at), fails)
    await suite.hears(ANNA, PersonDeactivated(by=ANNA))
    await suite.comes(local(1))
    (after,) = await suite.service_context.log.find(mailboxes, {"person": ANNA})
    push = after.state.messages[0].push("mail")
    assert push is not None
    assert (push.status, push.attempt, push.retry_at) == ("failed", 1, None)


async def test_a_kept_promise_reaches_who_counts_on_it(suite: Notified):
    await suite.comes(local(0, 10))
    promise = await suite.misses_a_promise()
    await suite.hears(promise, CommitmentKept(**asked_by_ben(), kept_at=suite.clock.at, due=suite.clock.at))
    assert (await texts(suite, "ben", kind="news"))[0] == "Anna says that “the report” is done."
