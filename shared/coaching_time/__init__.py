"""A person's working time and what follows from it: due moments, answer periods, grace, suspension, check-ins.

Everything here is pure. Instants are aware datetimes in UTC with whole milliseconds. Dates and clock times are local to
their person. A computed moment stays: later changes of zone or hours do not move it.
"""

from coaching_time.answers import Pause, answer_by
from coaching_time.asking import (
    ASK_AGAIN,
    CORRECTED_WITHIN,
    FIGURES,
    MOST_ROUNDS,
    USUAL,
    AskingLimits,
    ask_again_at,
    asked_again,
)
from coaching_time.calendar import (
    NoWorkingTime,
    is_away,
    is_workday,
    is_working_day,
    next_workday,
    next_working_day,
    nth_workday_after,
    nth_working_day_after,
    previous_workday,
    working_days_between,
)
from coaching_time.instants import at_local, clock_changes, local_date, zone_exists
from coaching_time.lateness import check_in_grace_end, counted_seconds, excluded_time, promise_grace_end
from coaching_time.occasions import (
    Meeting,
    Occasion,
    Rhythm,
    dates_of,
    is_occasion,
    meeting_after,
    occasions_after,
    period_of,
)
from coaching_time.person import NO_END, Absence, Hours, Pattern, PersonTime
from coaching_time.region import RegionFrom, RegionTime, RegionYear, region_time
from coaching_time.rhythm import UnsupportedRhythm, parse_rhythm
from coaching_time.schedule import PastOccasion, Planned, absences_excusing, first_occasion, next_occasion, rhythm_of
from coaching_time.suspension import absence_covering, absence_end, is_outage, suspension_until
from coaching_time.working_hours import due_on, end_of_work, next_working_moment, start_of_work

__all__ = [
    "ASK_AGAIN",
    "CORRECTED_WITHIN",
    "FIGURES",
    "MOST_ROUNDS",
    "NO_END",
    "USUAL",
    "Absence",
    "AskingLimits",
    "Hours",
    "Meeting",
    "NoWorkingTime",
    "Occasion",
    "PastOccasion",
    "Pattern",
    "Pause",
    "PersonTime",
    "Planned",
    "RegionFrom",
    "RegionTime",
    "RegionYear",
    "Rhythm",
    "UnsupportedRhythm",
    "absence_covering",
    "absence_end",
    "absences_excusing",
    "answer_by",
    "ask_again_at",
    "asked_again",
    "at_local",
    "check_in_grace_end",
    "clock_changes",
    "counted_seconds",
    "dates_of",
    "due_on",
    "end_of_work",
    "excluded_time",
    "first_occasion",
    "is_away",
    "is_occasion",
    "is_outage",
    "is_workday",
    "is_working_day",
    "local_date",
    "meeting_after",
    "next_occasion",
    "next_workday",
    "next_working_day",
    "next_working_moment",
    "nth_workday_after",
    "nth_working_day_after",
    "occasions_after",
    "parse_rhythm",
    "period_of",
    "previous_workday",
    "promise_grace_end",
    "region_time",
    "rhythm_of",
    "start_of_work",
    "suspension_until",
    "working_days_between",
    "zone_exists",
]
