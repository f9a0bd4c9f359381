"""What holds for every person, date and instant."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from coaching_time import (
    Occasion,
    Pause,
    PersonTime,
    Rhythm,
    UnsupportedRhythm,
    absence_covering,
    absence_end,
    answer_by,
    at_local,
    check_in_grace_end,
    counted_seconds,
    due_on,
    end_of_work,
    excluded_time,
    is_workday,
    is_working_day,
    local_date,
    next_workday,
    next_working_day,
    next_working_moment,
    nth_workday_after,
    nth_working_day_after,
    occasions_after,
    parse_rhythm,
    promise_grace_end,
    start_of_work,
    suspension_until,
    working_days_between,
)
from tests.rules.coaching_time.anybody import (
    DAY,
    MOMENT,
    clocks,
    dates,
    instants,
    lengths,
    pauses,
    people,
    rhythms,
    zones,
)

quick = settings(max_examples=60)


@quick
@given(zones, dates, clocks)
def test_clocks_show_the_local_time_or_jump_over_it(zone: str, day: date, clock: time):
    found = at_local(zone, day, clock)
    shown = found.astimezone(ZoneInfo(zone)).replace(tzinfo=None, fold=0)
    before = (found - MOMENT).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    wanted = datetime.combine(day, clock)
    assert shown == wanted or before < wanted < shown


@quick
@given(zones, dates, clocks)
def test_no_earlier_instant_shows_the_local_time(zone: str, day: date, clock: time):
    found = at_local(zone, day, clock)
    for minutes in range(30, 180, 30):
        earlier = (found - timedelta(minutes=minutes)).astimezone(ZoneInfo(zone))
        assert earlier.replace(tzinfo=None) != datetime.combine(day, clock)


@quick
@given(zones, dates, clocks, clocks)
def test_later_clocks_are_never_earlier_instants(zone: str, day: date, one: time, other: time):
    assert at_local(zone, day, min(one, other)) <= at_local(zone, day, max(one, other))
    assert at_local(zone, day, max(one, other)) <= at_local(zone, day + DAY, min(one, other)) or one == other


@quick
@given(people, dates, st.integers(1, 12))
def test_the_nth_working_day_has_n_minus_one_between(person: PersonTime, day: date, n: int):
    found = nth_working_day_after(person, day, n)
    between = [day + DAY * step for step in range(1, (found - day).days + 1)]
    assert [is_working_day(person, each) for each in between].count(True) == n
    assert is_working_day(person, found)
    noon = at_local(person.zone, day, time(12))
    assert working_days_between(person, noon, at_local(person.zone, found, time(12))) == n


@quick
@given(people, dates)
def test_the_next_day_is_the_first_of_its_kind(person: PersonTime, day: date):
    for find, fits in ((next_workday, is_workday), (next_working_day, is_working_day)):
        found = find(person, day)
        assert [fits(person, day + DAY * step) for step in range((found - day).days + 1)].count(True) == 1
        assert find(person, found) == found


@quick
@given(people, instants)
def test_a_working_moment_is_at_work_and_not_before(person: PersonTime, instant: datetime):
    found = next_working_moment(person, instant)
    if found is None:
        assert next_working_day(person, local_date(person.zone, instant)) > local_date(person.zone, instant) + 59 * DAY
        return
    day = local_date(person.zone, found)
    assert found >= instant
    assert is_working_day(person, day)
    assert start_of_work(person, day) <= found < end_of_work(person, day)
    assert next_working_moment(person, found) == found


@quick
@given(people, instants, st.integers(1, 10), pauses)
def test_pauses_only_lengthen_an_answer(person: PersonTime, asked: datetime, n: int, rests: list[Pause]):
    plain, found = answer_by(person, asked, n), answer_by(person, asked, n, rests)
    assert plain is not None
    assert found is not None
    assert asked < plain <= found
    assert is_working_day(person, local_date(person.zone, found))
    assert not any(rest.start < found <= rest.end for rest in rests if rest.end)


@quick
@given(people, instants, st.integers(1, 10))
def test_asking_later_never_ends_earlier(person: PersonTime, asked: datetime, n: int):
    first, second = answer_by(person, asked, n), answer_by(person, asked + timedelta(hours=7), n)
    assert first is not None
    assert second is not None
    assert first <= second


@quick
@given(people, instants, st.integers(0, 5), lengths)
def test_grace_ends_at_or_after_due(person: PersonTime, due: datetime, days: int, gap: timedelta):
    assert due <= promise_grace_end(person, due, days)
    end = check_in_grace_end(person, due, days, due + gap)
    assert due <= end
    assert end - due <= gap / 2 or days == 0
    assert end.microsecond % 1000 == 0


@quick
@given(people, instants, instants)
def test_a_suspension_leaves_one_whole_working_day(person: PersonTime, cause_end: datetime, known_at: datetime):
    until = suspension_until(person, cause_end, known_at)
    assert until is not None
    day, after = local_date(person.zone, until), max(cause_end, known_at)
    assert is_working_day(person, day)
    assert at_local(person.zone, day, time.min) >= after
    skipped = (day - local_date(person.zone, after)).days
    assert not any(is_working_day(person, day - DAY * step) for step in range(1, skipped))


@quick
@given(people, instants)
def test_an_absence_covers_until_its_end(person: PersonTime, instant: datetime):
    absence = absence_covering(person, instant)
    if absence is None:
        return
    end = absence_end(person, absence)
    assert end is not None
    assert instant < end
    assert absence_covering(person, end - MOMENT) is not None
    assert absence_covering(person, end) is None


@quick
@given(people, instants, lengths, pauses)
def test_excluded_spans_are_apart_and_inside(
    person: PersonTime, start: datetime, length: timedelta, rests: list[Pause]
):
    end = start + length
    edges = [edge for span in excluded_time(person, start, end, rests) for edge in span]
    assert edges == sorted(set(edges))
    assert all(start <= edge <= end for edge in edges)


@quick
@given(people, instants, lengths, pauses, st.floats(0, 1))
def test_an_instant_is_excluded_when_its_day_or_a_pause_says_so(
    person: PersonTime, start: datetime, length: timedelta, rests: list[Pause], share: float
):
    instant = start + length * share
    inside = any(first <= instant < last for first, last in excluded_time(person, start, start + length, rests))
    paused = any(rest.start <= instant < rest.end for rest in rests if rest.end)
    free = not is_working_day(person, local_date(person.zone, instant))
    assert inside == ((paused or free) and instant < start + length)


@quick
@given(people, instants, lengths, lengths, pauses)
def test_counted_time_adds_up_and_never_shrinks(
    person: PersonTime, start: datetime, first: timedelta, second: timedelta, rests: list[Pause]
):
    middle, end = start + first, start + first + second
    parts = (counted_seconds(person, start, middle, rests), counted_seconds(person, middle, end, rests))
    assert abs(sum(parts) - counted_seconds(person, start, end, rests)) < 1e-6
    assert all(part >= 0 for part in parts)


@quick
@given(people, dates)
def test_a_date_is_due_on_a_workday_that_is_not_before(person: PersonTime, day: date):
    due = due_on(person, day)
    assert local_date(person.zone, due) == next_workday(person, day)
    assert due_on(replace(person, absences=()), day) == due


def named_by_dateutil(rhythm: Rhythm, until: date) -> list[date]:
    """The same rule by dateutil's own parser, from its start on: slow, and independent of how we jump ahead."""
    rule = rrulestr(rhythm.rule, dtstart=datetime.combine(rhythm.starting, time.min))
    return [found.date() for found in takewhile(lambda found: found.date() <= until, rule)]


@quick
@given(people, rhythms, instants)
def test_occasions_are_those_of_the_rule_moved_to_workdays(person: PersonTime, rhythm: Rhythm, after: datetime):
    found = list(islice(occasions_after(rhythm, person, after), 5))
    moved = sorted({next_workday(person, day) for day in named_by_dateutil(rhythm, found[-1].day)})
    due = [day for day in moved if at_local(person.zone, day, rhythm.clock) > after]
    assert [occasion.day for occasion in found] == due[:5]


@quick
@given(people, rhythms, instants)
def test_occasions_are_on_workdays_in_order(person: PersonTime, rhythm: Rhythm, after: datetime):
    found = list(islice(occasions_after(rhythm, person, after), 6))
    for occasion, following in pairwise(found):
        assert after < occasion.due < following.due
    for occasion in found:
        assert is_workday(person, occasion.day)
        assert occasion.opens < occasion.due
        opening = local_date(person.zone, occasion.opens)
        assert nth_workday_after(person, opening, 1) == occasion.day


@quick
@given(people, rhythms, instants)
def test_going_on_from_an_occasion_gives_the_rest(person: PersonTime, rhythm: Rhythm, after: datetime):
    first, *rest = islice(occasions_after(rhythm, person, after), 4)
    assert list(islice(occasions_after(rhythm, person, first.due), 3)) == rest


@quick
@given(people, rhythms, instants)
def test_absences_leave_occasions_alone(person: PersonTime, rhythm: Rhythm, after: datetime):
    def of(someone: PersonTime) -> list[Occasion]:
        return list(islice(occasions_after(rhythm, someone, after), 3))

    assert of(person) == of(replace(person, absences=()))


pieces = st.sampled_from(["FREQ=", "DAILY", "WEEKLY", ";", "BYDAY=", "MO", "-1", ",", "="])


@given(st.text() | st.lists(pieces).map("".join))
def test_any_text_is_a_rhythm_or_refused(text: str):
    with suppress(UnsupportedRhythm):
        parse_rhythm(text)
