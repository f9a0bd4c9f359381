"""Strategies for Hypothesis: anybody's time, in zones of every kind, and what it meets."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from coaching_time import Absence, Hours, Pattern, Pause, PersonTime, Rhythm

DAY = timedelta(days=1)
MOMENT = timedelta(milliseconds=1)
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Pacific/Honolulu",
]
RULES = [
    "FREQ=DAILY",
    "FREQ=WEEKLY;BYDAY=TH",
    "FREQ=WEEKLY;BYDAY=MO,FR",
    "FREQ=WEEKLY;BYDAY=TU;INTERVAL=2",
    "FREQ=WEEKLY;BYDAY=SA,MO;INTERVAL=3",
    "FREQ=MONTHLY;BYDAY=1MO,-1FR",
    "FREQ=MONTHLY;BYMONTHDAY=1,28,-1",
]

zones = st.sampled_from(ZONES)
dates = st.dates(date(2025, 1, 1), date(2027, 12, 31))
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 15, 29, 30, 45, 59]))
instants = st.integers(0, 3 * 365 * 24 * 3600 * 1000).map(lambda n: datetime(2025, 1, 1, tzinfo=UTC) + n * MOMENT)
lengths = st.integers(0, 40).map(lambda days: days * DAY) | st.integers(0, 10**7).map(lambda n: n * MOMENT)


hours = (
    st.lists(clocks, min_size=2, max_size=2, unique=True)
    .map(sorted)
    .map(lambda edges: Hours(start=edges[0], end=edges[1]))
)
patterns = st.builds(
    Pattern, holds_from=dates, hours=st.dictionaries(st.sampled_from("0123456"), hours, min_size=1, max_size=6)
)


def an_absence(first: date, length: int, known_at: datetime) -> Absence:
    return Absence(id=str(first), first=first, last=first + DAY * length, known_at=known_at)


def a_pause(start: datetime, length: timedelta) -> Pause:
    return Pause(start=start, end=start + length)


absences = st.builds(an_absence, dates, st.integers(0, 30), instants)
pauses = st.lists(st.builds(a_pause, instants, lengths), max_size=3)
people = st.builds(
    PersonTime,
    zone=zones,
    patterns=st.lists(patterns, max_size=3).map(tuple),
    holidays=st.frozensets(dates, max_size=20),
    absences=st.lists(absences, max_size=4).map(tuple),
)
rhythms = st.builds(Rhythm, rule=st.sampled_from(RULES), clock=clocks, starting=dates)
