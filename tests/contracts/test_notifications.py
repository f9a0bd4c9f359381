"""Notifications from what others said to what somebody reads, with reactions, the sweep and HTTP."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import pytest

from coaching_events.events.commitment import CommitmentKept, CommitmentMade, CommitmentRequestDeclined
from coaching_events.events.partnership import (
    PartnershipEnded,
    PartnershipPaused,
    PartnershipResumed,
    TermsProposed,
    TermsWithdrawn,
)
from coaching_events.events.person import AbsenceRecorded
from coaching_events.events.session import SessionProposed
from coaching_events.ids import StreamId
from tests.contracts.notified import ANNA, BEN, CARLA, WITH_BEN, WITH_CARLA, Notified, owned
from tests.rules.notifications.a_week import local, terms


@pytest.fixture
async def suite() -> AsyncGenerator[Notified]:
    """Friday 30 January, 17:00 in Munich."""
    suite = Notified()
    await suite.knows_the_pairs()
    yield suite
    assert await suite.dead_letters() == []


async def reminders_of_ben(suite: Notified) -> list[Any]:
    return (await suite.get("/inbox", "ben", kind="nudge"))["items"]


async def test_a_missed_promise_gets_two_reminders_then_the_partner_then_both_then_silence(suite: Notified):
    promise = await suite.misses_a_promise()
    await suite.comes(local(60))
    assert suite.types() == ["nudge-planned", "nudge-sent"] * 3
    assert suite.types(BEN) == ["message-received", *["nudge-planned", "nudge-sent"] * 2]
    assert suite.types(CARLA) == []
    assert [(message["at"], message["subject"]) for message in await reminders_of_ben(suite)] == [
        ("2026-02-19T08:15:00.000Z", "Time for a conversation"),
        ("2026-02-10T08:15:00.000Z", "How could you help?"),
    ]
    last, *inbox = (await suite.get("/inbox"))["items"]
    assert (last["at"], last["subject"]) == ("2026-02-19T08:15:00.000Z", "Time for a conversation")
    assert [(message["at"], message["subject"]) for message in inbox] == [
        ("2026-02-04T08:15:00.000Z", "Is something in the way?"),
        ("2026-02-02T08:15:00.000Z", "A gentle reminder"),
    ]
    gentle = inbox[1]["entries"][0]
    assert gentle["text"].startswith("“the report” for Ben was due on Friday 30 January, 17:00.")
    assert "Reminder 1 of 2 this week with Ben. Reminder 1 of your own limit of 5 a week." in gentle["why"]
    assert gentle["cause"] == f"{promise}@2"
    assert [action["path"] for action in gentle["actions"]] == [
        f"/commitments/{promise}/keep",
        f"/commitments/{promise}/renegotiate",
        f"/commitments/{promise}/release",
    ]


async def test_the_later_steps_offer_what_each_of_the_two_can_do(suite: Notified):
    promise = await suite.misses_a_promise()
    await suite.comes(local(60))
    hers, his = (await suite.get("/inbox"))["items"][0], await reminders_of_ben(suite)
    together = [f"/partnerships/{WITH_BEN}/sessions", f"/partnerships/{WITH_BEN}/pause"]
    assert [action["path"] for action in hers["entries"][0]["actions"]] == [
        *(f"/commitments/{promise}/{act}" for act in ("keep", "renegotiate", "release")),
        *together,
    ]
    for message in his:
        assert [action["path"] for action in message["entries"][0]["actions"]] == together
    assert his[1]["text"].startswith("“the report”, which Anna promised you, is still open. How could you help?")
    assert his[1]["entries"][0]["actions"][0] == {
        "name": "suggest-a-time",
        "label": "Suggest a time",
        "service": "sessions",
        "method": "POST",
        "path": together[0],
        "body": {"minutes": 30},
        "needs": ["start"],
    }


@pytest.mark.parametrize(("day", "hers", "his"), [(4, 2, 0), (11, 2, 1), (16, 2, 1)])
async def test_a_sign_of_life_ends_the_ladder_for_both(suite: Notified, day: int, hers: int, his: int):
    promise = await suite.misses_a_promise()
    await suite.comes(local(day))
    await suite.hears(promise, CommitmentKept(**owned(WITH_BEN), kept_at=suite.clock.at, due=suite.clock.at))
    await suite.comes(local(90))
    assert len((await suite.get("/inbox"))["items"]) == hers
    assert len(await reminders_of_ben(suite)) == his


async def test_a_step_to_the_partner_waits_for_the_partners_working_hours(suite: Notified):
    await suite.hears(BEN, AbsenceRecorded(by=BEN, first=local(8).date(), last=local(9).date()))
    await suite.misses_a_promise()
    await suite.comes(local(11, 12))
    (message,) = await reminders_of_ben(suite)
    assert (message["at"], message["subject"]) == ("2026-02-12T08:15:00.000Z", "How could you help?")


async def test_a_step_without_a_budget_leaves_with_a_digest_and_the_ladder_goes_on(suite: Notified):
    async with suite.client("ben") as ben:
        await ben.put("/recipients/me", json={"ceiling": 0})
    await suite.misses_a_promise()
    await suite.comes(local(60))
    assert len((await suite.get("/inbox", "ben", kind="digest"))["items"]) == 2
    assert await reminders_of_ben(suite) == []
    assert (await suite.get("/inbox"))["items"][0]["subject"] == "Time for a conversation"


@pytest.mark.parametrize(("hers", "his"), [(5, 5), (0, 5), (5, 0), (0, 0)])
@pytest.mark.parametrize("about", ["promise", "check-in"])
async def test_whatever_the_budgets_each_step_comes_once_to_its_readers_and_then_there_is_silence(
    suite: Notified, hers: int, his: int, about: str
):
    for name, ceiling in (("anna", hers), ("ben", his)):
        async with suite.client(name) as client:
            await client.put("/recipients/me", json={"ceiling": ceiling})
    await suite.comes(local(2, 9))
    if about == "promise":
        await suite.misses_a_promise()
    else:
        await suite.opens_a_check_in()
        await suite.misses_a_check_in()
    await suite.comes(local(60))
    said = len(suite.said())
    await suite.comes(local(300))
    assert len(suite.said()) == said, "silence"
    for name, expected in (("anna", [1, 2, 4]), ("ben", [3, 4])):
        inbox = (await suite.get("/inbox", name))["items"]
        steps = [entry["step"] for message in inbox for entry in message["entries"] if entry["step"]]
        assert sorted(steps) == expected


async def test_a_withdrawn_step_has_no_next_step(suite: Notified):
    await suite.misses_a_promise()
    await suite.comes(local(7))
    await suite.hears(WITH_BEN, PartnershipPaused(by=BEN, partnership=WITH_BEN, whose=BEN))
    await suite.hears(WITH_BEN, PartnershipResumed(by=BEN, partnership=WITH_BEN, whose=BEN))
    await suite.comes(local(90))
    assert await reminders_of_ben(suite) == []
    assert "Time for a conversation" not in [message["subject"] for message in (await suite.get("/inbox"))["items"]]


async def test_a_missed_check_in_has_the_same_ladder(suite: Notified):
    await suite.comes(local(2, 9))
    await suite.opens_a_check_in()
    await suite.comes(local(4, 17))
    await suite.misses_a_check_in()
    await suite.comes(local(60))
    subjects = [message["subject"] for message in await reminders_of_ben(suite)]
    assert subjects == ["Time for a conversation", "How could you help?"]
    last, *_, asked, _, _ = (await suite.get("/inbox"))["items"]
    assert [action["label"] for action in asked["entries"][0]["actions"]] == ["Write a line", "Pause for a while"]
    assert [action["label"] for action in last["entries"][0]["actions"]] == [
        "Write a line",
        "Suggest a time",
        "Pause for a while",
    ]


async def test_a_cause_that_comes_again_plans_nothing_twice_also_when_it_would_now_be_another_week(suite: Notified):
    missed = await suite.misses_a_promise()
    records = suite.heard[missed]
    await suite.again(records)
    await suite.hears(ANNA, AbsenceRecorded(by=ANNA, first=local(0).date(), last=local(4).date()))
    await suite.again(records)
    assert suite.types() == ["nudge-planned"]


async def test_keeping_it_withdraws_what_is_planned(suite: Notified):
    promise = await suite.misses_a_promise()
    await suite.hears(promise, CommitmentKept(**owned(WITH_BEN), kept_at=suite.clock.at, due=suite.clock.at))
    assert suite.types() == ["nudge-planned", "nudge-withdrawn"]
    await suite.comes(local(30))
    assert (await suite.get("/inbox"))["items"] == []
    week = await suite.get("/mailboxes/2026-W06")
    assert [(entry["status"], entry["reason"]) for entry in week["entries"]] == [("withdrawn", "sign-of-life")]


async def test_a_check_in_that_speaks_of_it_ends_the_ladder(suite: Notified):
    promise = await suite.misses_a_promise()
    await suite.comes(local(0, 12))
    await suite.opens_a_check_in()
    await suite.checks_in(promise)
    await suite.comes(local(30))
    assert suite.types() == [
        "nudge-planned",
        "nudge-sent",
        "nudge-planned",
        "nudge-planned",
        "nudge-withdrawn",
        "nudge-withdrawn",
    ]


async def test_openings_of_one_morning_are_one_message(suite: Notified):
    await suite.comes(local(2, 9))
    await suite.opens_a_check_in(WITH_BEN)
    await suite.opens_a_check_in(WITH_CARLA)
    await suite.comes(local(2, 12))
    assert suite.types() == ["nudge-planned", "nudge-planned", "nudge-merged", "nudge-sent"]
    (message,) = (await suite.get("/inbox"))["items"]
    assert message["subject"] == "Your check-ins are open"
    assert {budget["partnership"] for budget in message["budgets"]} == {WITH_BEN, WITH_CARLA}
    assert message["ceiling"] == {"partnership": None, "used": 1, "limit": 5}


async def test_misses_in_a_row_are_reminded_of_once(suite: Notified):
    await suite.comes(local(2, 9))
    await suite.opens_a_check_in()
    await suite.comes(local(4, 17))
    await suite.misses_a_check_in()
    await suite.comes(local(9, 9))
    await suite.opens_a_check_in(day=local(10).date())
    await suite.comes(local(11, 17))
    await suite.misses_a_check_in(day=local(10).date())
    await suite.comes(local(40))
    steps = [entry["step"] for message in (await suite.get("/inbox"))["items"] for entry in message["entries"]]
    assert sorted(steps) == [0, 0, 1, 2, 4]


async def test_an_ended_partnership_withdraws_its_reminders(suite: Notified):
    await suite.misses_a_promise()
    await suite.misses_a_promise("review", WITH_CARLA)
    await suite.hears(WITH_BEN, PartnershipEnded(by=BEN, partnership=WITH_BEN, cause="partner"))
    assert suite.types() == ["nudge-planned", "nudge-planned", "nudge-withdrawn", "message-received"]


async def test_a_request_is_in_the_inbox_at_once_with_its_answers(suite: Notified):
    await suite.comes(local(-1, 20))
    asked = await suite.is_asked()
    (message,) = (await suite.get("/inbox"))["items"]
    assert (message["kind"], message["subject"]) == ("word", "A word from your partner")
    assert message["text"].startswith("Ben asks whether you would promise “the slides”")
    assert "slides" not in message["subject"]
    assert await suite.get(f"/messages/{message['id']}") == message
    assert message["entries"][0]["actions"][0]["path"] == f"/commitments/{asked}/make"


async def test_in_a_pairs_first_month_the_waits_double(suite: Notified):
    young = Notified()
    await young.knows_the_pairs()
    await young.forms(WITH_BEN, BEN, at=young.clock.at)
    await young.misses_a_promise()
    await young.comes(local(60))
    assert [message["at"] for message in (await young.get("/inbox"))["items"]] == [
        "2026-03-11T08:15:00.000Z",
        "2026-02-09T08:15:00.000Z",
        "2026-02-03T08:15:00.000Z",
    ]


async def test_who_comes_back_after_a_week_finds_one_digest(suite: Notified):
    await suite.hears(ANNA, AbsenceRecorded(by=ANNA, first=local(0).date(), last=local(4).date()))
    await suite.misses_a_promise()
    await suite.misses_a_promise("review", WITH_CARLA)
    await suite.comes(local(7, 12))
    (message,) = (await suite.get("/inbox"))["items"]
    assert (message["subject"], message["at"]) == ("Welcome back", "2026-02-09T08:00:00.000Z")
    assert len(message["entries"]) == 2


async def test_a_budget_of_the_week_moves_the_rest_into_the_digest(suite: Notified):
    async with suite.client() as anna:
        chosen = await anna.put("/recipients/me", json={"ceiling": 1})
        assert chosen.status_code == 200
        assert (await anna.get("/recipients/me")).json()["ceiling"] == 1
    await suite.misses_a_promise()
    await suite.misses_a_promise("review", WITH_CARLA)
    await suite.comes(local(1, 12))
    kinds = [message["kind"] for message in (await suite.get("/inbox"))["items"]]
    assert kinds == ["digest", "nudge"]


async def test_the_inbox_comes_page_by_page(suite: Notified):
    for number in range(6):
        suite.clock.at = local(7 * number + 1, 10 + number % 3)
        await suite.is_asked(f"slides{number}")
        await suite.is_asked(f"notes{number}", WITH_CARLA)
    whole = (await suite.get("/inbox"))["items"]
    assert len(whole) == 12
    pages: list[str] = []
    after: dict[str, str] = {}
    while True:
        page = await suite.get("/inbox", limit=5, **after)
        pages += [message["id"] for message in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert pages == [message["id"] for message in whole]
    weeks = [message["week"] for message in whole]
    assert weeks == sorted(weeks, reverse=True)


async def test_nobody_reads_what_is_somebody_elses(suite: Notified):
    await suite.comes(local(0, 10))
    await suite.is_asked()
    (message,) = (await suite.get("/inbox"))["items"]
    async with suite.client("ben") as ben:
        for path in (f"/messages/{message['id']}", "/mailboxes/2026-W06", "/mailboxes/nonsense", "/messages/x"):
            assert (await ben.get(path)).status_code == 404
        assert (await ben.get("/inbox")).json()["items"] == []
    async with suite.client("nobody") as nobody:
        assert (await nobody.get("/inbox")).status_code == 403


@pytest.mark.parametrize("choices", [{"ceiling": 101}, {"ceiling": -1}, {"channels": ["pigeon"]}, {"more": 1}])
async def test_choices_that_are_none_are_refused(suite: Notified, choices: dict[str, object]):
    async with suite.client() as anna:
        assert (await anna.put("/recipients/me", json=choices)).status_code == 422


async def test_the_choices_say_when_a_message_may_leave_next(suite: Notified):
    async def next_push() -> str | None:
        return (await suite.get("/recipients/me"))["next_push"]

    assert await next_push() == "2026-02-02T08:15:00.000Z", "Friday evening: on Monday morning, at 9:15 in Munich"
    suite.clock.at = local(0, 10)
    assert await next_push() == "2026-02-02T09:00:00.000Z", "at once"
    away = AbsenceRecorded(by=ANNA, first=local(0).date(), last=local(90).date())
    await suite.hears(StreamId(ANNA), away)
    assert await next_push() is None


async def test_an_outage_nudges_nobody_for_what_is_long_past(suite: Notified):
    await suite.misses_a_promise()
    suite.clock.at = local(3, 11)
    assert await suite.deadlines.sweep() == 1
    await suite.settles()
    assert suite.types() == ["nudge-planned", "nudge-deferred"]
    await suite.comes(suite.clock.at + timedelta(days=1))
    (message,) = (await suite.get("/inbox"))["items"]
    assert message["kind"] == "digest"


async def test_a_heads_up_comes_the_working_day_before_to_who_asked_for_it(suite: Notified):
    due = local(2, 17)
    promised = CommitmentMade(**owned(WITH_BEN), text="the report", due=due, grace_end=due)
    async with suite.client() as anna:
        await anna.put("/recipients/me", json={"opt_ins": ["heads-up"]})
    await suite.hears(StreamId("commitment_report"), promised)
    await suite.hears(StreamId("commitment_bens"), promised.model_copy(update={"owner": BEN, "partner": ANNA}))
    await suite.comes(local(2, 12))
    (message,) = (await suite.get("/inbox"))["items"]
    assert (message["at"], message["subject"]) == ("2026-02-03T08:15:00.000Z", "Something is coming up")
    assert message["entries"][0]["text"] == "“the report” for Ben is due on Wednesday 4 February, 17:00."
    assert (await suite.get("/inbox", "ben", kind="nudge"))["items"] == []


async def test_offers_of_a_time_and_of_other_terms_are_words_of_the_partner(suite: Notified):
    await suite.comes(local(0, 10))
    offer = SessionProposed(
        by=BEN, partnership=WITH_BEN, people=(BEN, ANNA), start=local(2, 11), end=local(2, 12), answer_by=local(2)
    )
    await suite.hears(StreamId("session_one"), offer)
    other = TermsProposed(by=ANNA, partnership=WITH_BEN, terms=terms(reminders=1), answer_by=local(9))
    await suite.hears(WITH_BEN, other)
    (hers,) = (await suite.get("/inbox"))["items"]
    assert hers["text"] == "Ben suggests meeting on Wednesday 4 February, 11:00."
    (his,) = (await suite.get("/inbox", "ben"))["items"]
    assert his["text"].startswith("Anna suggests other terms for your partnership.")


async def test_terms_that_were_taken_back_offer_no_buttons_any_more(suite: Notified):
    await suite.comes(local(0, 22))
    await suite.hears(
        WITH_BEN, TermsProposed(by=ANNA, partnership=WITH_BEN, terms=terms(reminders=1), answer_by=local(9))
    )
    suite.clock.at = local(0, 23)
    await suite.hears(WITH_BEN, TermsWithdrawn(by=ANNA, partnership=WITH_BEN, version=2))
    await suite.comes(local(1, 12))
    taken_back, asked = (await suite.get("/inbox", "ben"))["items"]
    assert asked["entries"][0]["actions"] == taken_back["entries"][0]["actions"] == []
    assert taken_back["text"] == "Anna took back the other terms. There is nothing to answer."


async def test_a_question_that_was_answered_offers_no_buttons_any_more(suite: Notified):
    await suite.comes(local(0, 10))
    asked = await suite.is_asked()
    await suite.hears(asked, CommitmentRequestDeclined(**owned(WITH_BEN)))
    (message,) = (await suite.get("/inbox"))["items"]
    assert message["entries"][0]["actions"] == []
