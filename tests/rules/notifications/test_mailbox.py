"""How reminders leave: merged, within both budgets, at open hours, and only while they are needed."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from coaching_events.events.mailbox import Budget, DigestSent, Entry, NudgeMerged, NudgeSent, PairBudget, Why
from coaching_events.events.recipient import Switch
from coaching_events.ids import position
from notifications.mailbox import rules
from notifications.mailbox.names import mailbox_id, message_id
from notifications.recipient.state import Recipient, recipient_id
from tests.rules.notifications.a_week import (
    ANNA,
    ENDED,
    MONDAY,
    NEXT_MONDAY,
    PAUSED,
    SAID,
    TUESDAY,
    WITH_BEN,
    WITH_CARLA,
    WITH_DORA,
    WORLD,
    deferred,
    local,
    mailbox,
    missed,
    nobody,
    opening,
    pair,
    planned,
    received,
    state_of,
    step,
    withdrawn,
    word,
)

BOX = mailbox_id(ANNA, MONDAY)


def sent(
    *entries: Entry, pairs: dict[Any, tuple[int, int]] | None = None, ceiling: tuple[int, int] = (1, 5)
) -> NudgeSent:
    budgets = pairs or {WITH_BEN: (1, 2)}
    return NudgeSent(
        by=nobody("nudge"),
        person=ANNA,
        week=MONDAY,
        message=message_id(BOX, entries[0].id, "nudge"),
        entries=entries,
        budgets=tuple(PairBudget(partnership=pair, used=used, limit=limit) for pair, (used, limit) in budgets.items()),
        ceiling=Budget(used=ceiling[0], limit=ceiling[1]),
        channels=("inbox", "mail"),
    )


def digest(*entries: Entry, welcome_back: bool = False) -> DigestSent:
    return DigestSent(
        by=nobody("digest"),
        person=ANNA,
        week=MONDAY,
        message=message_id(BOX, entries[0].id, "digest"),
        entries=entries,
        welcome_back=welcome_back,
        channels=("inbox", "mail"),
    )


def merged(entry: Entry, into: Entry) -> NudgeMerged:
    return NudgeMerged(by=nobody("nudge"), person=ANNA, week=MONDAY, entry=entry.id, into=into.id)


def test_a_reminder_leaves_at_its_moment_and_counts_in_both_budgets() -> None:
    first = step(1)
    mailbox(missed(first)).given(planned(first, TUESDAY)).woken().then((sent(first), TUESDAY))


def test_the_same_entry_is_planned_once() -> None:
    first = step(1)
    box = mailbox(missed(first)).when(rules.plan, person=ANNA, entry=first, moment=TUESDAY, zone="Europe/Berlin")
    box.then(planned(first, TUESDAY)).when(
        rules.plan, person=ANNA, entry=first, moment=local(2), zone="Europe/Berlin"
    ).nothing()


def test_entries_of_one_day_and_partnership_leave_as_one_message_the_higher_step_first() -> None:
    first, second = step(1, "report"), step(2, "review")
    box = mailbox(missed(first, second)).given(planned(first, TUESDAY), planned(second, TUESDAY))
    box.woken().then(merged(first, second), sent(second, first))


def test_what_today_still_brings_leaves_with_what_is_due() -> None:
    first, later = step(1, "report"), step(1, "review")
    box = mailbox(missed(first, later)).given(planned(first, TUESDAY), planned(later, local(1, 14)))
    last, other = sorted([first, later], key=lambda entry: (entry is later, entry.id))
    box.woken().then(merged(other, last), sent(last, other))


def test_openings_of_one_day_are_one_message_over_all_partnerships() -> None:
    ours, theirs = opening("ben"), opening("carla", WITH_CARLA)
    world = WORLD.opened(ours).opened(theirs)
    one, other = sorted([ours, theirs], key=lambda entry: entry.id)
    box = mailbox(world).given(planned(ours, TUESDAY), planned(theirs, TUESDAY))
    pairs = {entry.partnership: (1, 2) for entry in (one, other)}
    box.woken().then(merged(other, one), sent(one, other, pairs=pairs))


def test_reminders_for_different_partnerships_are_messages_of_their_own() -> None:
    ours, theirs = step(2, "report"), step(1, "review", WITH_CARLA)
    box = mailbox(missed(ours, theirs)).given(planned(theirs, TUESDAY), planned(ours, TUESDAY))
    box.woken().then(sent(ours), sent(theirs, pairs={WITH_CARLA: (1, 2)}, ceiling=(2, 5)))


def test_what_is_over_the_terms_budget_goes_into_the_next_digest() -> None:
    first = step(1)
    world = missed(first).reminders(0)
    box = mailbox(world).given(planned(first, TUESDAY)).woken()
    box.then(deferred(first, local(2, 9), "budget")).woken().then((digest(first), local(2, 9)))


def test_what_is_over_the_ceiling_goes_into_the_digest_the_lower_step_first() -> None:
    ours, theirs = step(1, "report"), step(2, "review", WITH_CARLA)
    box = mailbox(missed(ours, theirs).choosing(ceiling=1))
    box.given(planned(ours, TUESDAY), planned(theirs, TUESDAY)).woken().then(
        sent(theirs, pairs={WITH_CARLA: (1, 2)}, ceiling=(1, 1)), deferred(ours, local(2, 9), "ceiling")
    )


def test_a_second_message_of_a_day_about_one_partnership_waits_for_the_next_digest() -> None:
    first, second = step(1, "report"), step(1, "review")
    box = mailbox(missed(first, second)).given(planned(first, TUESDAY)).woken().follows()
    box.given(planned(second, local(1, 11))).woken().then(deferred(second, local(2, 9), "digest"))


def test_a_reminder_in_quiet_hours_waits_for_the_next_open_morning() -> None:
    first = step(1)
    box = mailbox(missed(first)).given(planned(first, local(1, 20)))
    box.woken().then(deferred(first, local(2, 9, 15), "quiet-hours")).woken().then(sent(first))


def test_what_cannot_leave_this_week_goes_on_in_the_mailbox_of_the_next() -> None:
    first = step(1)
    moved = deferred(first, local(7, 9, 15), "quiet-hours", into=mailbox_id(ANNA, NEXT_MONDAY))
    friday = mailbox(missed(first)).given(planned(first, local(4, 20))).woken().then(moved)
    assert friday.wake_at is None
    mailbox(missed(first), NEXT_MONDAY).when(rules.go_on, deferred=moved, at=local(4, 20)).then(
        planned(first, local(7, 9, 15), NEXT_MONDAY)
    ).when(rules.go_on, deferred=moved).nothing()


def test_what_waited_for_a_digest_on_friday_is_in_mondays() -> None:
    first = step(1)
    moved = deferred(first, local(7, 9), "budget", into=mailbox_id(ANNA, NEXT_MONDAY))
    mailbox(missed(first).reminders(0)).given(planned(first, local(4, 9, 15))).woken().then(moved)
    goes_on = mailbox(missed(first), NEXT_MONDAY).when(rules.go_on, deferred=moved, at=local(4, 9, 15)).follows()
    state = goes_on.woken().follows().state
    assert state is not None
    assert [message.kind for message in state.messages] == ["digest"]


def test_without_an_open_moment_within_sixty_days_it_is_withdrawn() -> None:
    first = step(1)
    away = missed(first).anna((date(2026, 2, 1), date(2026, 6, 1)))
    box = mailbox(away).given(planned(first, TUESDAY))
    box.woken().then(withdrawn(first, "no-open-moment", by="no-open-moment"))


def test_after_three_working_days_away_everything_waiting_is_one_digest() -> None:
    ours, theirs = step(1, "report"), step(2, "review", WITH_CARLA)
    world = missed(ours, theirs).anna((date(2026, 2, 2), date(2026, 2, 4)))
    box = mailbox(world).given(planned(ours, TUESDAY), planned(theirs, local(2, 9, 15)))
    box = box.woken().then(deferred(ours, local(3, 9), "quiet-hours"))
    box = box.woken().then(deferred(theirs, local(3, 9), "quiet-hours"))
    box.woken().then((digest(theirs, ours, welcome_back=True), local(3, 9)))


def test_after_two_days_away_it_is_a_reminder_like_any_other() -> None:
    first = step(1)
    world = missed(first).anna((date(2026, 2, 3), date(2026, 2, 4)))
    box = mailbox(world).given(planned(first, TUESDAY)).woken().then(deferred(first, local(3, 9, 15), "quiet-hours"))
    box.woken().then(sent(first))


def test_a_sign_of_life_withdraws_what_is_planned() -> None:
    first = step(1)
    mailbox(missed(first).said(first)).given(planned(first, TUESDAY)).woken(at=local(0, 12)).then(
        withdrawn(first, "sign-of-life", SAID)
    )


def test_a_check_in_that_speaks_of_a_promise_is_a_sign_of_life() -> None:
    first = step(1)
    world = missed(first).spoken(first, local(0, 11))
    mailbox(world).given(planned(first, TUESDAY)).woken().then(withdrawn(first, "sign-of-life", SAID))


def test_a_check_in_that_spoke_of_it_before_the_miss_is_none() -> None:
    first = step(1)
    world = missed(first).spoken(first, local(-5))
    mailbox(world).given(planned(first, TUESDAY)).woken().then(sent(first))


def test_an_ended_partnership_withdraws_its_reminders() -> None:
    first = step(1)
    world = missed(first).ended()
    mailbox(world).given(planned(first, TUESDAY)).woken(at=local(0, 12)).then(withdrawn(first, "ended", ENDED))


def test_a_pause_over_the_moment_withdraws_a_reminder() -> None:
    first = step(1)
    world = missed(first).paused(local(0), None)
    mailbox(world).given(planned(first, TUESDAY)).woken(at=local(0, 12)).then(withdrawn(first, "paused", PAUSED))


def test_a_pause_that_ends_before_the_moment_changes_nothing() -> None:
    first = step(1)
    world = missed(first).paused(local(0), local(0, 13))
    mailbox(world).given(planned(first, TUESDAY)).woken(at=local(0, 12)).nothing()


def test_a_heads_up_is_for_those_who_want_it() -> None:
    heads_up = step(0)
    world = WORLD.asked(heads_up).said(heads_up)
    box = mailbox(world.choosing(opt_ins=("heads-up",))).given(planned(heads_up, TUESDAY))
    box.woken().then(sent(heads_up))
    box.knowing(world.reference_data).woken().then(withdrawn(heads_up, "not-wanted"))


def test_a_reminder_more_than_a_working_day_late_goes_into_the_digest() -> None:
    first = step(1)
    box = mailbox(missed(first)).given(planned(first, TUESDAY))
    box.woken(now=local(3, 11)).then((deferred(first, local(4, 9), "digest"), local(3, 11))).woken().then(digest(first))


def test_a_reminder_some_hours_late_leaves_as_of_its_moment() -> None:
    first = step(1)
    mailbox(missed(first)).given(planned(first, TUESDAY)).woken(now=local(1, 16)).then((sent(first), TUESDAY))


def test_a_reminder_whose_moment_is_handled_in_quiet_hours_waits_for_the_next_open_morning() -> None:
    first, evening = step(1), local(1, 20)
    box = mailbox(missed(first)).given(planned(first, TUESDAY)).woken(now=evening)
    box.then((deferred(first, local(2, 9, 15), "quiet-hours"), evening)).woken().then(sent(first))


def test_a_partners_word_is_received_at_once_while_one_works_and_outside_the_budgets() -> None:
    asked = word()
    world = WORLD.asked(asked).choosing(ceiling=0)
    box = received(asked, local(1, 11), world=world)
    assert box.wake_at is None
    message = state_of(box).messages[0]
    assert (message.kind, bool(message.pushes), message.ceiling) == ("word", True, None)
    box.when(rules.receive, person=ANNA, entry=asked, at=local(1, 12), moment=local(1, 12)).nothing()


def test_a_partners_word_at_night_is_in_the_inbox_at_once_and_pushed_with_the_mornings_digest() -> None:
    asked = word()
    world = WORLD.asked(asked)
    moment = rules.received_at(world.reference_data.time(ANNA), local(1, 22), ("inbox", "mail"))
    assert moment == local(2, 9)
    box = received(asked, local(1, 22), moment, world)
    assert state_of(box).messages[0].pushes == ()
    box.woken().then((digest(asked), local(2, 9)))


def test_other_terms_that_were_answered_overnight_are_not_pushed() -> None:
    proposed = position(WITH_BEN, 3)
    why = Why(rule="word-from-your-partner", based_on=proposed)
    asked = word().model_copy(update={"subject": WITH_BEN, "about": "terms-proposed", "why": why})
    waits = WORLD.knowing(WITH_BEN, replace(pair(WITH_BEN), question=proposed))
    moment = local(2, 9, 15)
    box = received(asked, local(1, 22), moment, waits)
    assert "digest-sent" in [event.type for event in box.woken(at=moment).follows().events]
    settled = WORLD.knowing(WITH_BEN, pair(WITH_BEN)).reference_data
    box.knowing(settled).woken(at=moment).then(withdrawn(asked, "sign-of-life", position(WITH_BEN, 7)))


def test_a_partners_word_that_was_answered_overnight_is_not_pushed() -> None:
    asked = word()
    box = mailbox(WORLD.asked(asked)).when(rules.receive, person=ANNA, entry=asked, at=local(1, 22), moment=local(2, 9))
    box.follows().knowing(WORLD.asked(asked).said(asked).reference_data).woken().then(
        withdrawn(asked, "sign-of-life", SAID)
    )


def test_a_word_that_comes_as_the_digest_leaves_is_pushed_by_itself() -> None:
    first, asked = step(1), word()
    world = missed(first).asked(asked).reminders(0)
    box = mailbox(world).given(planned(first, TUESDAY)).woken().follows().woken().follows()
    early = local(2, 9) - timedelta(seconds=1)
    box = box.when(rules.receive, person=ANNA, entry=asked, at=early, moment=local(2, 9)).follows()
    assert box.last == local(2, 9)
    assert state_of(box).messages[-1].pushes


def test_a_pause_does_not_keep_a_partners_word_back() -> None:
    asked = word()
    world = WORLD.asked(asked).paused(local(0), None)
    box = received(asked, local(1, 22), local(2, 9), world)
    box.woken().then(digest(asked))


def test_there_is_one_digest_a_day() -> None:
    first, second = step(1), step(1, "review", WITH_DORA)
    world = missed(first, second).reminders(0).reminders(0, WITH_DORA)
    box = mailbox(world).given(planned(first, TUESDAY)).woken().follows().woken().then(digest(first))
    box = box.given(deferred(second, local(2, 10), "budget"))
    box.woken().then(deferred(second, local(3, 9), "digest"))


def test_an_offer_of_a_time_is_pushed_until_it_is_answered() -> None:
    offered = word(kind="session")
    world = WORLD.asked(offered)
    box = received(offered, local(1, 22), local(2, 9), world)
    assert box.woken().follows().events[-1].type == "digest-sent"
    box.knowing(world.said(offered).reference_data).woken().then(withdrawn(offered, "sign-of-life", SAID))


def test_a_check_in_that_was_written_needs_no_reminder() -> None:
    opens, first = opening(), step(1, "late", kind="check-ins")
    world = WORLD.opened(opens).missed(first).said(opens).said(first)
    box = mailbox(world).given(planned(opens, TUESDAY), planned(first, TUESDAY))
    box.woken(at=local(0, 12)).then(withdrawn(opens, "sign-of-life", SAID), withdrawn(first, "sign-of-life", SAID))


def test_what_waits_for_a_digest_goes_on_waiting_for_one_when_that_day_became_free() -> None:
    first = step(1)
    world = missed(first).reminders(0)
    box = mailbox(world).given(planned(first, TUESDAY)).woken().then(deferred(first, local(2, 9), "budget"))
    away = world.anna((date(2026, 2, 4), date(2026, 2, 4)))
    box.knowing(away.reference_data).woken().then(deferred(first, local(3, 9), "digest")).woken().then(digest(first))


def test_a_partners_word_goes_on_waiting_for_working_hours_when_that_day_became_free() -> None:
    asked = word()
    world = WORLD.asked(asked)
    box = received(asked, local(1, 22), local(2, 9), world)
    away = world.anna((date(2026, 2, 4), date(2026, 2, 4)))
    box.knowing(away.reference_data).woken().then(deferred(asked, local(3, 9), "quiet-hours")).woken().then(
        digest(asked)
    )


def news(kind: Any = "other", about: str = "commitment-made") -> Entry:
    return word().model_copy(update={"news": kind, "about": about})


@pytest.mark.parametrize(
    ("entry", "chosen", "channels"),
    [
        (word(), {}, ("inbox", "mail")),
        (word(), {"off": "questions"}, ("inbox",)),
        (news("answer"), {}, ("inbox", "mail")),
        (news("answer"), {"off": "answers"}, ("inbox",)),
        (news("other"), {}, ("inbox",)),
        (news("other"), {"news_in_digest": True}, ("inbox", "mail")),
        (news("other"), {"news_in_digest": True, "off": "digests"}, ("inbox",)),
    ],
)
def test_over_what_a_question_or_news_are_told_is_chosen_by_their_kind(
    entry: Entry, chosen: dict[str, Any], channels: Any
) -> None:
    off = tuple(Switch(kind=kind, channel="mail") for name, kind in chosen.items() if name == "off")
    choices = Recipient(person=ANNA, switched_off=off, news_in_digest=chosen.get("news_in_digest", False))
    assert rules.channels_of(entry, choices) == channels


def test_news_of_what_the_partner_did_leave_with_a_digest_as_long_as_somebody_wants_that() -> None:
    freely = news()
    wanting = WORLD.knowing(recipient_id(ANNA), Recipient(person=ANNA, news_in_digest=True))
    box = received(freely, local(1, 22), local(2, 9), wanting)
    assert box.woken().follows().events[-1].type == "digest-sent"
    box.knowing(WORLD.choosing().reference_data).woken().then(withdrawn(freely, "not-wanted"))


def test_news_that_answer_leave_whatever_happened_since() -> None:
    answer = news("answer", "commitment-kept")
    world = WORLD.asked(answer)
    box = received(answer, local(1, 22), local(2, 9), world)
    later = box.knowing(world.said(answer).ended().paused(local(0), None).reference_data).woken().follows()
    assert later.events[-1].type == "digest-sent"


def test_a_word_for_who_has_no_open_moment_within_sixty_days_is_in_the_inbox_alone() -> None:
    asked = word()
    world = WORLD.asked(asked).anna((date(2026, 2, 1), date(2026, 6, 1)))
    moment = rules.received_at(world.reference_data.time(ANNA), local(1, 11), ("inbox", "mail"))
    assert moment == local(1, 11)
    box = received(asked, local(1, 11), moment, world)
    assert state_of(box).messages[0].pushes == ()
    assert box.wake_at is None


def test_a_cancelled_session_of_tomorrow_is_pushed_alone_at_the_start_of_work() -> None:
    cancelled = news("changes-my-days", "session-cancelled")
    first = step(1)
    world = missed(first)
    box = mailbox(world).given(planned(first, local(2, 9, 15)))
    box = box.when(rules.receive, person=ANNA, entry=cancelled, at=local(1, 22), moment=local(2, 9)).follows()
    pushed = box.woken().follows()
    assert (pushed.last, pushed.events[-1].type) == (local(2, 9), "delivery-attempted")
    assert pushed.wake_at == local(2, 9, 15), "the reminder leaves by itself"
