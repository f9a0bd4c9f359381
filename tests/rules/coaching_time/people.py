"""The people of the table of cases, and short ways to write dates and instants."""

from datetime import UTC, date, datetime, time

from coaching_time import Absence, Hours, Pattern, PersonTime

BERLIN = "Europe/Berlin"
LORD_HOWE = "Australia/Lord_Howe"


def day(text: str) -> date:
    return date.fromisoformat(text)


def moment(text: str) -> datetime:
    """An instant written with its offset ("2026-04-02T17:00+02:00"), so that a case shows what clocks show there."""
    return datetime.fromisoformat(text).astimezone(UTC)


def hours(text: str) -> Hours:
    start, end = text.split("-")
    return Hours(start=time.fromisoformat(start), end=time.fromisoformat(end))


def week(days: str, open_hours: str, *, since: str = "2020-01-01") -> Pattern:
    return Pattern(holds_from=day(since), hours=dict.fromkeys(days, hours(open_hours)))


def away(first: str, last: str, *, known_at: str = "2026-01-01T00:00Z") -> Absence:
    return Absence(id=f"{first}..{last}", first=day(first), last=day(last), known_at=moment(known_at))


def days(*texts: str) -> frozenset[date]:
    return frozenset(day(text) for text in texts)


# Easter 2026: Good Friday is 3 April, Easter Monday 6 April. Clocks in Germany change on 29 March and 25 October.
anna = PersonTime(
    zone=BERLIN,
    patterns=(week("01234", "09:00-17:00"),),
    holidays=days("2025-12-25", "2025-12-26", "2026-01-01", "2026-01-06", "2026-04-03", "2026-04-06", "2026-05-01"),
)
# Nothing known but the zone: Monday to Friday, nine to five.
ben = PersonTime(zone="America/New_York")
# Half of the week, shorter hours from May on.
chloe = PersonTime(
    zone=LORD_HOWE,
    patterns=(week("024", "08:00-16:30"), week("012", "10:00-14:00", since="2026-05-01")),
    holidays=days("2026-01-26"),
)
# The weekend is Friday and Saturday, and the zone never changes its clocks.
dalia = PersonTime(zone="Asia/Riyadh", patterns=(week("60123", "08:00-16:00"),))
# West of the date line; on leave for two weeks that follow each other, and again without an end in sight.
eli = PersonTime(
    zone="Pacific/Honolulu",
    absences=(away("2026-07-06", "2026-07-10"), away("2026-07-11", "2026-07-17"), away("2026-09-01", "9999-12-31")),
)
PEOPLE = (anna, ben, chloe, dalia, eli)
