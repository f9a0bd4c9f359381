"""What the partner may do about a kept promise: thank for it, and let its lateness not count."""

from datetime import timedelta
from typing import Any

import pytest

from coaching_events.events.commitment import CleanSlateGiven, CommitmentThanked
from goals.commitment import rules
from goals.commitment.explaining import explained
from goals.commitment.rules.reliability import count, credit
from goals.commitment.state import Kept, Open
from service_kit.languages import ENGLISH
from tests.rules.goals.the_two_who_promise import (
    ANNA,
    BEN,
    FRIDAY_MORNING,
    NEXT_MONDAY,
    PAIR,
    PROMISE,
    WEDNESDAY,
    Story,
    anna_away,
    asked_in_time,
    asked_late,
    hers,
    kept,
    knowing,
    missed_story,
    munich,
    nothing_yet,
    pair,
    promised,
    requested,
)

ON_TIME = promised().given((kept(WEDNESDAY), WEDNESDAY))
LATE = promised().given((kept(FRIDAY_MORNING), FRIDAY_MORNING))
AFTER_THE_MISS = missed_story().given((kept(NEXT_MONDAY), NEXT_MONDAY))
THANKED, FORGIVEN = CommitmentThanked(**hers(BEN)), CleanSlateGiven(**hers(BEN))
BOTH: Any = pytest.mark.parametrize("kindness", [rules.thank, rules.give_clean_slate])


def earned(story: Story) -> tuple[float | None, str]:
    assert story.state is not None
    owner, pair = story.reference_data.time(ANNA), story.reference_data.partnership(PAIR)
    found = count(PROMISE, story.state, owner=owner, pair=pair, at=munich("03-20 12:00"))
    return found.credit, explained(found, ENGLISH)


def test_the_partner_thanks_for_a_kept_promise_once():
    thanked = ON_TIME.when(rules.thank, by=BEN).then(THANKED)
    assert isinstance(thanked.state, Kept)
    assert thanked.state.thanked_at == WEDNESDAY
    thanked.when(rules.thank, by=BEN).refused("already-thanked", thanked_at=WEDNESDAY)


def test_thanks_stay_when_the_owner_takes_back_and_keeps_it_again():
    thanked = ON_TIME.when(rules.thank, by=BEN).follows()
    open_again = thanked.when(rules.take_back, by=ANNA).follows()
    assert isinstance(open_again.state, Open)
    again = open_again.when(rules.keep, by=ANNA, kept_at=None).follows()
    again.when(rules.thank, by=BEN).refused("already-thanked")


def test_thanks_change_no_credit():
    assert earned(LATE.when(rules.thank, by=BEN).follows()) == earned(LATE)


def test_a_clean_slate_makes_a_late_promise_count_as_on_time():
    for story in (LATE, AFTER_THE_MISS):
        assert (earned(story)[0] or 1) < 1
        forgiven = story.when(rules.give_clean_slate, by=BEN).then(FORGIVEN)
        assert earned(forgiven)[0] == 1.0
        assert forgiven.wake_at is None
    assert earned(LATE.given(FORGIVEN))[1] == (
        "kept, 17 hours after it was due; your clean slate makes it count as on time"
    )


def test_a_clean_slate_covers_a_new_date_that_was_asked_for_late():
    agreed = asked_late().when(rules.agree, by=BEN, clean_slate=False).follows()
    done = agreed.given((kept(NEXT_MONDAY), NEXT_MONDAY))
    assert earned(done)[0] == credit(17 * 3600)
    assert earned(done.when(rules.give_clean_slate, by=BEN).then(FORGIVEN))[0] == 1.0


def test_what_counts_as_on_time_has_nothing_to_forgive():
    clean = asked_late().when(rules.agree, by=BEN, clean_slate=True).follows()
    while_asked = asked_in_time().when(rules.keep, by=ANNA, at=FRIDAY_MORNING, kept_at=None).follows()
    for story in (ON_TIME, LATE.given(FORGIVEN), clean.given((kept(NEXT_MONDAY), NEXT_MONDAY)), while_asked):
        story.when(rules.give_clean_slate, by=BEN).refused("nothing-was-late")


def test_a_clean_slate_goes_with_the_declaration_that_is_taken_back():
    open_again = LATE.given(FORGIVEN).when(rules.take_back, by=ANNA).follows()
    later = FRIDAY_MORNING + timedelta(days=3)
    done = open_again.given((kept(later), later))
    assert (earned(done)[0] or 1) < 1
    assert earned(done.when(rules.give_clean_slate, by=BEN).then(FORGIVEN))[0] == 1.0


def test_a_clean_slate_stays_when_a_late_known_absence_corrects_the_miss():
    forgiven = AFTER_THE_MISS.when(rules.give_clean_slate, by=BEN).follows()
    corrected = forgiven.knowing(anna_away("03-05", "03-05", known="03-10 09:00")).woken(at=munich("03-10 09:00"))
    assert earned(corrected.follows())[0] == 1.0


@BOTH
def test_only_the_partner_is_kind_about_a_promise(kindness: Any):
    LATE.when(kindness, by=ANNA).refused("not-yours-to-thank")
    assert LATE.when(kindness, by=BEN).refusal is None


@BOTH
def test_only_what_is_kept_can_be_thanked_for_or_forgiven(kindness: Any):
    for story in (promised(), missed_story(), nothing_yet().given(requested())):
        story.when(kindness, by=BEN).refused("not-possible-now")


@BOTH
def test_nothing_is_said_about_a_promise_after_the_end(kindness: Any):
    LATE.knowing(knowing(pair(ended_at=NEXT_MONDAY))).when(kindness, by=BEN, at=NEXT_MONDAY).refused(
        "partnership-ended"
    )


@pytest.mark.parametrize("event", [THANKED, FORGIVEN])
def test_neither_can_come_before_the_promise_is_kept(event: CommitmentThanked | CleanSlateGiven):
    for story in (promised(), missed_story(), nothing_yet()):
        with pytest.raises(ValueError, match="cannot follow"):
            story.given(event)
