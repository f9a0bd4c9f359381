"""Every command in every situation, and what the directory, silence and time do to what is pending there."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from coaching_events.events.partnership import (
    PartnershipDeclined,
    PartnershipEnded,
    PartnershipLapsed,
    PartnershipPaused,
    PartnershipResumed,
    PartnershipWithdrawn,
    TermsProposed,
)
from coaching_events.ids import PersonId, Position
from coaching_time import Absence
from partnerships.partnership import rules
from partnerships.partnership.rules import PAUSE_IS_OVER
from partnerships.partnership.rules import terms as terms_rules
from partnerships.partnership.wake import DIRECTORY, SILENCE
from tests.rules.given import History
from tests.rules.partnerships.pair import (
    agreed,
    anna,
    anna_answers_by,
    asked,
    asked_for_more,
    ben,
    ben_answers_by,
    both,
    draft,
    monday,
    pair,
    terms,
)
from tests.rules.partnerships.people import knowing, moment, somebody

DAY = timedelta(days=1)
Situation = History[Any, Any, Any]

countered = asked.given(
    TermsProposed(
        by=ben,
        partnership=pair,
        terms=terms(2, reminders=1),
        counters=Position("partnership_1@1"),
        answer_by=anna_answers_by,
    )
)
benches = PartnershipPaused(by=ben, partnership=pair, whose=ben)
directory = PartnershipPaused(by=DIRECTORY, partnership=pair, whose=None)

SITUATIONS: Mapping[str, Situation] = {
    "asked": asked,
    "countered": countered,
    "agreed": agreed,
    "terms": asked_for_more,
    "paused": agreed.given(benches),
    "terms-paused": asked_for_more.given(benches),
    "gone": agreed.given(directory),
    "terms-gone": asked_for_more.given(directory),
    "ended": agreed.given(PartnershipEnded(by=ben, partnership=pair, cause="partner")),
    "declined": asked.given(PartnershipDeclined(by=ben, partnership=pair)),
    "withdrawn": asked.given(PartnershipWithdrawn(by=anna, partnership=pair)),
    "lapsed": asked.given(PartnershipLapsed(by=SILENCE, partnership=pair)),
}
STANDING = ("agreed", "terms", "paused", "terms-paused", "gone", "terms-gone")
WITH_TERMS = ("terms", "terms-paused", "terms-gone")
CLOSED = ("declined", "withdrawn", "lapsed")


def each(names: tuple[str, ...], what: str) -> dict[str, str]:
    return dict.fromkeys(names, what)


NOT_FORMED = {**each(("asked", "countered", *CLOSED), "not-formed"), "ended": "partnership-ended"}
OVER = {**each(STANDING, "already-formed"), **each(CLOSED, "no-longer-open"), "ended": "partnership-ended"}
NO_TERMS = each(("agreed", "paused", "gone"), "no-terms-on-the-table")

WHAT_FOLLOWS: tuple[tuple[str, PersonId, Callable[..., Any], dict[str, Any], dict[str, str]], ...] = (
    # who accepts a proposal, declines it or withdraws it
    ("accept", ben, rules.accept, {"version": 1}, {
        **OVER, "asked": "partnership-formed", "countered": "your-own-proposal"}),
    ("accept the counter", anna, rules.accept, {"version": 2}, {
        **OVER, "asked": "your-own-proposal", "countered": "partnership-formed"}),
    ("decline", ben, rules.decline, {}, {
        **OVER, "asked": "partnership-declined", "countered": "your-own-proposal"}),
    ("decline the counter", anna, rules.decline, {}, {
        **OVER, "asked": "your-own-proposal", "countered": "partnership-declined"}),
    ("withdraw", anna, rules.withdraw, {}, {
        **OVER, "asked": "partnership-withdrawn", "countered": "not-your-proposal"}),
    ("withdraw the counter", ben, rules.withdraw, {}, {
        **OVER, "asked": "not-your-proposal", "countered": "partnership-withdrawn"}),
    # what partners do: in a pause, too
    ("pause", anna, rules.pause, {}, {**NOT_FORMED, **each(STANDING, "partnership-paused")}),
    ("pause again", ben, rules.pause, {}, {
        **NOT_FORMED, **each(STANDING, "partnership-paused"), **each(("paused", "terms-paused"), "nothing")}),
    ("resume", ben, rules.resume, {}, {
        **NOT_FORMED, **each(STANDING, "not-paused"), **each(("paused", "terms-paused"), "partnership-resumed")}),
    ("resume for the other", anna, rules.resume, {}, {**NOT_FORMED, **each(STANDING, "not-paused")}),
    ("end", anna, rules.end, {}, {
        **NOT_FORMED, **each(STANDING, "partnership-ended"), **each(WITH_TERMS, "terms-lapsed partnership-ended")}),
    ("end", ben, rules.end, {}, {
        **NOT_FORMED, **each(STANDING, "partnership-ended"), **each(WITH_TERMS, "terms-lapsed partnership-ended")}),
    # what partners do about terms
    ("propose terms", ben, terms_rules.propose_terms, {"draft": draft(check_in_grace=2)}, {
        **NOT_FORMED, **each(STANDING, "terms-proposed"), **each(WITH_TERMS, "terms-on-the-table")}),
    ("counter terms", ben, terms_rules.counter_terms, {"version": 2, "draft": draft(check_in_grace=2)}, {
        **NOT_FORMED, **NO_TERMS, **each(WITH_TERMS, "terms-proposed"),
        "asked": "other-terms", "countered": "your-own-proposal"}),
    ("agree", ben, terms_rules.agree_terms, {"version": 2}, {
        **NOT_FORMED, **NO_TERMS, **each(WITH_TERMS, "terms-agreed")}),
    ("agree to one's own", anna, terms_rules.agree_terms, {"version": 2}, {
        **NOT_FORMED, **NO_TERMS, **each(WITH_TERMS, "your-own-proposal")}),
    ("reject", ben, terms_rules.reject_terms, {"version": 2}, {
        **NOT_FORMED, **NO_TERMS, **each(WITH_TERMS, "terms-rejected")}),
    ("withdraw terms", anna, terms_rules.withdraw_terms, {"version": 2}, {
        **NOT_FORMED, **NO_TERMS, **each(WITH_TERMS, "terms-withdrawn")}),
    ("withdraw the other's", ben, terms_rules.withdraw_terms, {"version": 2}, {
        **NOT_FORMED, **NO_TERMS, **each(WITH_TERMS, "not-your-proposal")}),
)  # fmt: skip

CASES = [
    pytest.param(situation, by, rule, more, expected, id=f"{what} by {'Anna' if by == anna else 'Ben'} - {situation}")
    for what, by, rule, more, table in WHAT_FOLLOWS
    for situation, expected in table.items()
]


def test_no_situation_is_left_out_of_the_table():
    assert all(table.keys() == SITUATIONS.keys() for *_, table in WHAT_FOLLOWS)


@pytest.mark.parametrize(("situation", "by", "rule", "more", "expected"), CASES)
def test_every_command_in_every_situation(
    situation: str, by: PersonId, rule: Callable[..., Any], more: Mapping[str, Any], expected: str
):
    answer = SITUATIONS[situation].when(rule, by=by, **more)
    if answer.refusal is not None:
        assert answer.refusal.type == expected
        return
    history = answer.follows()
    decided = " ".join(event.type for event in history.events[len(SITUATIONS[situation].events) :])
    assert decided == ("" if expected == "nothing" else expected)


# What happens by itself


GONE_ON = monday + DAY
ANNA_GONE = knowing([somebody("1", gone_since=GONE_ON), somebody("2", zone="America/New_York")])
BEN_GONE = knowing([somebody("1"), somebody("2", zone="America/New_York", gone_since=GONE_ON)])


@pytest.mark.parametrize("gone", [ANNA_GONE, BEN_GONE])
@pytest.mark.parametrize("situation", SITUATIONS)
def test_a_deactivation_pauses_what_was_agreed_and_nothing_else(situation: str, gone: Any):
    heard = SITUATIONS[situation].knowing(gone).woken(at=GONE_ON)
    if situation in ("agreed", "terms", "paused", "terms-paused"):
        heard.then((directory, GONE_ON))
    else:
        heard.nothing()


@pytest.mark.parametrize("situation", STANDING)
def test_a_reactivation_ends_the_pause_of_the_directory_alone(situation: str):
    back = SITUATIONS[situation].knowing(both).woken(at=GONE_ON)
    if "gone" not in situation:
        back.nothing()
        return
    back.then((PartnershipResumed(by=DIRECTORY, partnership=pair, whose=None), monday))


@pytest.mark.parametrize("gone", [ANNA_GONE, BEN_GONE])
@pytest.mark.parametrize("situation", ["asked", "countered"])
def test_a_proposal_to_or_of_somebody_who_left_lapses_as_silence_does(situation: str, gone: Any):
    due = {"asked": ben_answers_by, "countered": anna_answers_by}[situation]
    lapsed = PartnershipLapsed(by=SILENCE, partnership=pair)
    SITUATIONS[situation].knowing(gone).woken().then((lapsed, due))


@pytest.mark.parametrize("situation", ["agreed", "terms", "paused", "terms-paused"])
def test_every_departure_ends_it_after_thirty_days_and_nothing_stays_pending(situation: str):
    story = SITUATIONS[situation].knowing(BEN_GONE).woken(at=GONE_ON).follows()
    while story.wake_at is not None:
        assert story.wake_at <= GONE_ON + 30 * DAY
        story = story.woken().follows()
    kinds = [event.type for event in story.events]
    assert kinds[-1] == "partnership-ended"
    assert ("terms-lapsed" in kinds) == (situation in WITH_TERMS)
    assert story.past[-1].at == GONE_ON + 30 * DAY


@pytest.mark.parametrize("situation", ["ended", *CLOSED])
def test_what_is_over_waits_for_nothing(situation: str):
    assert SITUATIONS[situation].wake_at is None
    SITUATIONS[situation].woken(at=monday + 100 * DAY).nothing()


@pytest.mark.parametrize(("situation", "answerer"), [("asked", "2"), ("countered", "1"), ("terms", "2")])
def test_an_absence_of_who_answers_gives_more_time_and_that_of_the_other_none(situation: str, answerer: str):
    week = Absence(id="a", first=date(2026, 3, 9), last=date(2026, 3, 13), known_at=monday)
    zones = {"1": "Europe/Berlin", "2": "America/New_York"}

    def away(who: str) -> Any:
        return knowing([
            replace(somebody(each, zone=zone), absences=(week,) if each == who else ()) for each, zone in zones.items()
        ])  # fmt: skip

    other = "1" if answerer == "2" else "2"
    assert _after_waking(situation, away(answerer)).endswith("answer-extended")
    assert _after_waking(situation, away(other)).endswith("lapsed")


def _after_waking(situation: str, reference_data: Any) -> str:
    return SITUATIONS[situation].knowing(reference_data).woken().follows().events[-1].type


def test_who_resumes_after_the_end_of_their_pause_had_it_until_its_end_only():
    friday = moment("2026-03-07T00:00-05:00")
    until = PartnershipPaused(by=ben, partnership=pair, whose=ben, last=date(2026, 3, 6), until=friday)
    resting = asked_for_more.given(until)
    late = resting.when(rules.resume, by=ben, at=friday + DAY)
    after = late.then((PartnershipResumed(by=PAUSE_IS_OVER, partnership=pair, whose=ben), friday))
    after.woken().follows()
    assert after.woken().follows().events[-1] == resting.woken().follows().woken().follows().events[-1]
