"""Check-ins that would open together open one after another, and nothing else of them changes."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial

import pytest

from coaching_events.events.check_ins import CheckInsScheduled
from coaching_events.ids import PartnershipId, PersonId, StreamId
from goals.check_ins import check_ins, check_ins_of
from goals.check_ins.rules import start
from goals.check_ins.rules.spread import NOT_AT_ALL, opening
from goals.check_ins.wake import wake
from tests.rules.given import scenario
from tests.rules.goals.the_two_who_check_in import ANNA, BEN, FORMED, MONDAY, PAIR, knowing, thursday, walked

QUARTER = timedelta(minutes=15)
OPENS, DUE = thursday(0, "09:00"), thursday(1)


def planned(owner: PersonId, spread: timedelta) -> dict[date, CheckInsScheduled]:
    """What is scheduled in eight weeks in which everything is handled in time."""
    spreading = replace(check_ins, wake=partial(wake, spread=spread))
    story = scenario(spreading, check_ins_of(PAIR, owner), start=MONDAY, reference_data=knowing())
    story = replace(story, ids_matter=True)
    story = story.when(start, partnership=PAIR, owner=owner, formed=FORMED, at=MONDAY, spread=spread).follows()
    found = walked(story, thursday(8)).events
    return {event.occasion: event for event in found if isinstance(event, CheckInsScheduled)}


@pytest.mark.parametrize("owner", [ANNA, BEN])
def test_each_opens_as_much_later_in_every_week_and_nothing_else_of_it_changes(owner: PersonId):
    together, spread = planned(owner, NOT_AT_ALL), planned(owner, QUARTER)
    assert {day: each.model_copy(update={"opens": together[day].opens}) for day, each in spread.items()} == together
    (later,) = {each.opens - together[day].opens for day, each in spread.items()}
    assert NOT_AT_ALL < later < QUARTER


def test_the_two_of_a_pair_open_at_moments_of_their_own():
    assert opening(PAIR, ANNA, OPENS, DUE, QUARTER) != opening(PAIR, BEN, OPENS, DUE, QUARTER)


def test_an_opening_is_the_same_in_every_process_and_in_whole_milliseconds():
    later = opening(PAIR, ANNA, OPENS, DUE, QUARTER) - OPENS
    assert later == timedelta(minutes=14, seconds=19, milliseconds=198)


def test_without_a_spread_all_open_together():
    assert opening(PAIR, ANNA, OPENS, DUE, NOT_AT_ALL) == OPENS


@pytest.mark.parametrize("minutes", [0, 1, 10])
def test_half_of_the_time_until_it_is_due_is_left_at_least(minutes: int):
    due = OPENS + timedelta(minutes=minutes)
    assert all(OPENS <= opens <= OPENS + (due - OPENS) / 2 for opens in openings(1_000, due=due))


def test_a_hundred_thousand_that_would_open_at_one_instant_open_evenly_over_the_time():
    seconds = Counter((opens - OPENS) // timedelta(seconds=1) for opens in openings(100_000))
    assert seconds.keys() == {*range(900)}
    assert max(seconds.values()) < 1.5 * 100_000 / 900


def openings(number: int, *, due: datetime = DUE) -> list[datetime]:
    """Those of so many people."""
    return [
        opening(PartnershipId(StreamId(f"partnership_{each}")), ANNA, OPENS, due, QUARTER) for each in range(number)
    ]
