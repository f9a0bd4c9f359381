from collections import Counter
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_events.events.check_ins import CheckInsScheduled
from coaching_events.events.partnership import Terms
from coaching_readmodels import PersonReadModel
from coaching_time import PersonTime, local_date, occasions_after, period_of, rhythm_of
from goals.check_ins.rules.occasions import every_occasion
from goals.check_ins.state import Running
from tests.rules.goals.the_two_who_check_in import MONDAY, CheckInsStory, agreed, begun, knowing, pair, person, walked

MUNICH = person(region="DE-BY")
EASTER = ("2026-04-03", "2026-04-06", "2026-05-01")


def shown(story: CheckInsStory, zone: str) -> list[str]:
    """The occasions on the person's own clock: opens, due, grace end."""
    return [
        " · ".join(f"{at.astimezone(ZoneInfo(zone)):%a %d %b %H:%M}" for at in (each.opens, each.due, each.grace_end))
        for each in story.events
        if isinstance(each, CheckInsScheduled)
    ]


def occasions(terms: Terms, weeks: int, anna: PersonReadModel = MUNICH) -> list[str]:
    story = begun(knowing(pair(terms), anna, *EASTER))
    return shown(walked(story, MONDAY + timedelta(weeks=weeks)), anna.zone)


def test_weekly():
    assert occasions(agreed(), 3) == [
        "Wed 04 Mar 09:00 · Thu 05 Mar 15:00 · Fri 06 Mar 17:00",
        "Wed 11 Mar 09:00 · Thu 12 Mar 15:00 · Fri 13 Mar 17:00",
        "Wed 18 Mar 09:00 · Thu 19 Mar 15:00 · Fri 20 Mar 17:00",
        "Wed 25 Mar 09:00 · Thu 26 Mar 15:00 · Fri 27 Mar 17:00",
    ]


def test_every_other_week_counts_from_the_week_of_the_start():
    assert occasions(agreed("FREQ=WEEKLY;BYDAY=TU;INTERVAL=2", grace=0), 4) == [
        "Mon 09 Mar 09:00 · Tue 10 Mar 15:00 · Tue 10 Mar 15:00",
        "Mon 23 Mar 09:00 · Tue 24 Mar 15:00 · Tue 24 Mar 15:00",
        # Tuesday, 7 April: the workday before is the Thursday before Easter.
        "Thu 02 Apr 09:00 · Tue 07 Apr 15:00 · Tue 07 Apr 15:00",
    ]


def test_daily_opens_when_the_grace_before_has_ended():
    assert occasions(agreed("FREQ=DAILY", at="16:00"), 1)[:4] == [
        "Tue 03 Mar 09:00 · Wed 04 Mar 16:00 · Thu 05 Mar 04:00",
        "Thu 05 Mar 04:00 · Thu 05 Mar 16:00 · Fri 06 Mar 04:00",
        # The weekend is one with the Monday; midway to it comes before the end of work on Monday.
        "Fri 06 Mar 04:00 · Fri 06 Mar 16:00 · Sun 08 Mar 04:00",
        "Sun 08 Mar 04:00 · Mon 09 Mar 16:00 · Tue 10 Mar 04:00",
    ]


def test_monthly():
    assert occasions(agreed("FREQ=MONTHLY;BYDAY=1MO", at="11:00", grace=2), 10) == [
        # Easter Monday is free: the occasion moves to the Tuesday, and opens on the Thursday before Good Friday.
        "Thu 02 Apr 09:00 · Tue 07 Apr 11:00 · Thu 09 Apr 17:00",
        "Thu 30 Apr 09:00 · Mon 04 May 11:00 · Wed 06 May 17:00",
        "Fri 29 May 09:00 · Mon 01 Jun 11:00 · Wed 03 Jun 17:00",
    ]


def test_on_the_last_day_of_the_month():
    assert occasions(agreed("FREQ=MONTHLY;BYMONTHDAY=-1", grace=0), 5)[:2] == [
        "Mon 30 Mar 09:00 · Tue 31 Mar 15:00 · Tue 31 Mar 15:00",
        "Wed 29 Apr 09:00 · Thu 30 Apr 15:00 · Thu 30 Apr 15:00",
    ]


def test_an_occasion_that_moves_onto_the_following_one_becomes_that_one():
    days = occasions(agreed("FREQ=WEEKLY;BYDAY=FR,MO,TU", grace=0), 6)
    assert days[-4:-2] == [
        "Mon 30 Mar 15:00 · Tue 31 Mar 15:00 · Tue 31 Mar 15:00",
        # Good Friday and Easter Monday fall together with the Tuesday after.
        "Thu 02 Apr 09:00 · Tue 07 Apr 15:00 · Tue 07 Apr 15:00",
    ]


@pytest.mark.parametrize(
    ("zone", "before", "after"),
    [
        ("Europe/Berlin", "2026-03-26T14:00:00Z", "2026-04-02T13:00:00Z"),
        ("America/New_York", "2026-03-05T20:00:00Z", "2026-03-12T19:00:00Z"),
        ("Pacific/Auckland", "2026-04-02T02:00:00Z", "2026-04-09T03:00:00Z"),
        ("Asia/Kolkata", "2026-03-26T09:30:00Z", "2026-04-02T09:30:00Z"),
    ],
)
def test_it_is_three_o_clock_on_both_sides_of_a_change_of_clocks(zone: str, before: str, after: str):
    story = walked(begun(knowing(pair(), person(zone))), MONDAY + timedelta(weeks=6))
    due = [f"{each.due:%Y-%m-%dT%H:%M:%SZ}" for each in story.events if isinstance(each, CheckInsScheduled)]
    assert due[due.index(before) + 1] == after


def test_a_time_that_does_not_exist_moves_to_the_next_that_does():
    sundays = agreed("FREQ=WEEKLY;BYDAY=SU", at="02:30", grace=0)
    works_on_sundays = person("Asia/Jerusalem")
    # In Jerusalem clocks go forward on Friday, 27 March 2026, at two.
    fridays = agreed("FREQ=WEEKLY;BYDAY=FR", at="02:30", grace=0)
    assert "Thu 26 Mar 09:00 · Fri 27 Mar 03:00 · Fri 27 Mar 03:00" in occasions(fridays, 4, works_on_sundays)
    assert "Fri 27 Mar 09:00 · Mon 30 Mar 02:30 · Mon 30 Mar 02:30" in occasions(sundays, 4, works_on_sundays)


ONCE_A_WEEK = [f"FREQ=WEEKLY;BYDAY={day}" for day in ("MO", "TU", "WE", "TH", "FR")]
ONCE_A_MONTH = ["FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=MONTHLY;BYMONTHDAY=15", "FREQ=MONTHLY;BYDAY=-1FR"]
HOUR, WEEK = timedelta(hours=1), timedelta(weeks=1)


def changed(first: str, then: str, at: datetime, weeks: int) -> CheckInsStory:
    """Check-ins by one rhythm, and by another one from an instant on."""
    story = walked(begun(knowing(pair(agreed(first)), MUNICH)), at - timedelta(milliseconds=1))
    other = knowing(pair(agreed(then, version=2), based_on=3), MUNICH)
    return walked(story.knowing(other).woken(at=at).follows(), MONDAY + weeks * WEEK)


def in_each_period(story: CheckInsStory, rhythm: str, after: datetime) -> Counter[int]:
    """How many occasions each period of the rhythm has, from the one after an instant to the last whole one."""
    counted = rhythm_of(agreed(rhythm))
    begun_in = period_of(counted, local_date(MUNICH.zone, after))
    past = [each.occasion for each in every_occasion(story.past)]
    found = Counter(period_of(counted, day) for day in past)
    return Counter({number: found[number] for number in range(begun_in + 1, max(found))})


@settings(max_examples=30)
@given(
    first=st.sampled_from([*ONCE_A_WEEK, *ONCE_A_MONTH, "FREQ=DAILY"]),
    then=st.sampled_from([*ONCE_A_WEEK, *ONCE_A_MONTH]),
    hours=st.integers(1, 40 * 24),
)
def test_a_change_of_the_rhythm_at_any_moment_leaves_one_occasion_a_period(first: str, then: str, hours: int):
    at = MONDAY + hours * HOUR
    story = changed(first, then, at, weeks=30)
    known = [each for each in every_occasion(story.past) if each.terms == 2]
    found = in_each_period(story, then, known[0].due)
    assert set(found.values()) == {1}


@settings(max_examples=30)
@given(first=st.sampled_from(ONCE_A_WEEK), then=st.sampled_from(ONCE_A_WEEK), hours=st.integers(1, 40 * 24))
def test_another_day_of_the_week_leaves_no_week_with_none_or_two(first: str, then: str, hours: int):
    story = changed(first, then, MONDAY + hours * HOUR, weeks=12)
    found = in_each_period(story, then, MONDAY)
    assert max(found.values()) == 1
    # A check-in never opens before the grace of the one before it has ended: one that is due until then is left out.
    graces = [(each.due, each.grace_end) for each in every_occasion(story.past)]
    counted = rhythm_of(agreed(then))
    listed = islice(occasions_after(counted, PersonTime(zone=MUNICH.zone), MONDAY), 20)
    dues = {period_of(counted, each.day): each.due for each in listed}
    for week in (number for number, count in found.items() if not count):
        assert any(due < dues[week] <= grace_end for due, grace_end in graces)


def test_a_shorter_rhythm_brings_the_next_occasion_forward():
    tuesday = MONDAY + timedelta(days=1)
    story = changed("FREQ=MONTHLY;BYMONTHDAY=28", "FREQ=WEEKLY;BYDAY=TH", tuesday, weeks=1)
    assert [each.occasion.isoformat() for each in every_occasion(story.past)][:2] == ["2026-03-05", "2026-03-12"]
    assert isinstance(story.state, Running)


def test_new_terms_with_the_same_rhythm_leave_the_occasion_as_it_is():
    reminders = knowing(pair(agreed(version=2), based_on=3), MUNICH)
    begun(knowing(pair(agreed()), MUNICH)).knowing(reminders).woken(at=MONDAY + HOUR).nothing()
