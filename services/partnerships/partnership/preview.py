"""What terms would bring to each of two people in the next thirteen weeks, before anybody consents. Pure."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from coaching_events.events.partnership import MeetingRhythm, Terms
from coaching_time import (
    NoWorkingTime,
    PersonTime,
    Planned,
    absences_excusing,
    at_local,
    clock_changes,
    dates_of,
    first_occasion,
    is_away,
    is_workday,
    local_date,
    meeting_after,
    next_occasion,
    previous_workday,
    rhythm_of,
)

WEEKS: Final = 13

WhyNot = Literal["holiday", "no-working-hours", "away"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInAhead:
    """A check-in. ``moved_from`` is the date that the rhythm names, if it is no workday, and ``moved_because`` why.

    ``excused``: an absence covers it, so it would not be expected.
    """

    planned: Planned
    moved_from: date | None
    moved_because: WhyNot | None
    excused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingAhead:
    """A meeting of the rhythm, as instants (UTC). ``obstacles``: why each of the people does not work on its date.

    ``offered``: because of them it is offered at this time of a later day, and either of the two accepts it.
    """

    occasion: date
    start: datetime
    end: datetime
    offered: bool
    obstacles: tuple[WhyNot | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """Clocks are set at ``at`` (UTC); ``minutes`` forward, or back if it is negative."""

    at: datetime
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """The next weeks of one person, from ``first`` to before ``last`` in their zone."""

    first: date
    last: date
    check_ins: tuple[CheckInAhead, ...]
    holidays: tuple[date, ...]
    clock_changes: tuple[ClockChange, ...]
    reminders_a_week: int
    reminders_in_all: int


def ahead(person: PersonTime, terms: Terms, at: datetime) -> Ahead:
    """What the terms would bring to a person if both agreed at ``at`` (UTC), from the day on which they start."""
    first = max(local_date(person.zone, at), terms.starting)
    last = first + timedelta(weeks=WEEKS)
    begin, until = max(at, at_local(person.zone, first, time.min)), at_local(person.zone, last, time.min)
    changes = clock_changes(person.zone, begin, until)
    weeks = (last - timedelta(days=1) - _monday(first)).days // 7 + 1
    return Ahead(
        first=first,
        last=last,
        check_ins=tuple(_check_ins(person, terms, at, until)),
        holidays=tuple(sorted(day for day in person.holidays if first <= day < last)),
        clock_changes=tuple(ClockChange(at=moment, minutes=by // timedelta(minutes=1)) for moment, by in changes),
        reminders_a_week=terms.reminders,
        reminders_in_all=terms.reminders * weeks,
    )


def meetings_ahead(
    meetings: MeetingRhythm | None, people: Sequence[PersonTime], terms: Terms, at: datetime
) -> tuple[MeetingAhead, ...]:
    """The meetings of the same weeks, each when the one before has ended. May be none."""
    return () if meetings is None else tuple(_meetings(meetings, people, terms, at))


def without_absences(person: PersonTime) -> PersonTime:
    """The time of a person whose absences the reader may not see."""
    return replace(person, absences=())


def _check_ins(person: PersonTime, terms: Terms, at: datetime, until: datetime) -> Iterator[CheckInAhead]:
    planned = first_occasion(person, terms, at)
    while planned.due < until:
        moved_from = _moved_from(person, terms, planned.occasion)
        yield CheckInAhead(
            planned=planned,
            moved_from=moved_from,
            moved_because=None if moved_from is None else _obstacle(person, moved_from),
            excused=bool(absences_excusing(person, planned.occasion, planned.due)),
        )
        planned = next_occasion(person, terms, planned)


def _meetings(
    meetings: MeetingRhythm, people: Sequence[PersonTime], terms: Terms, at: datetime
) -> Iterator[MeetingAhead]:
    zone, length = meetings.zone, timedelta(minutes=meetings.minutes)
    first = max(local_date(zone, at), terms.starting)
    end, last, after = first + timedelta(weeks=WEEKS), first - timedelta(days=1), at
    with suppress(NoWorkingTime):
        while (meeting := meeting_after(rhythm_of(meetings), zone, people, last, after)).occasion < end:
            last, after = meeting.occasion, meeting.start + length
            yield MeetingAhead(
                occasion=meeting.occasion,
                start=meeting.start,
                end=meeting.start + length,
                offered=meeting.offered,
                obstacles=_obstacles(people, at_local(zone, meeting.occasion, meetings.local_time)),
            )


def _moved_from(person: PersonTime, terms: Terms, occasion: date) -> date | None:
    """The date that the rhythm names, if it is no workday and so moves to this one."""
    named = next(dates_of(rhythm_of(terms), previous_workday(person, occasion) + timedelta(days=1)))
    return None if is_workday(person, named) else named


def _obstacles(people: Sequence[PersonTime], start: datetime) -> tuple[WhyNot | None, ...]:
    return tuple(_obstacle(person, local_date(person.zone, start)) for person in people)


def _obstacle(person: PersonTime, day: date) -> WhyNot | None:
    if day in person.holidays:
        return "holiday"
    if not is_workday(person, day):
        return "no-working-hours"
    return "away" if is_away(person, day) else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
