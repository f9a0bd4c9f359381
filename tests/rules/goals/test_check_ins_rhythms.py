from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from coaching_events.events.check_ins import CheckInsScheduled
from coaching_events.events.partnership import Terms
from coaching_readmodels import PersonReadModel
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
