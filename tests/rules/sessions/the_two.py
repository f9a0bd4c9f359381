"""Two partners, Anna in Munich and Ben in New York, and what the sessions service knows of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from coaching_events.ids import PartnershipId, PersonId, Position, StreamId, position
from coaching_events.partnership import Terms
from coaching_rows import KnownAbsence, KnownPartnership, KnownPause, KnownPerson, PairFacts
from eventlog.aggregate import Fact

PAIR = PartnershipId(StreamId("partnership_anna-ben"))
ANNA = PersonId(StreamId("person_anna"))
BEN = PersonId(StreamId("person_ben"))
CARLA = PersonId(StreamId("person_carla"))
SESSION = StreamId("session_first")
FIRST = Position("session_first@1")

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""A Monday, 10:00 in Munich and 4:00 in New York."""
HOUR = timedelta(hours=1)

TERMS = Terms(
    version=1,
    rhythm="FREQ=WEEKLY;BYDAY=TH",
    starting=date(2026, 1, 1),
    local_time=time(15),
    check_in_grace=1,
    promise_grace=1,
    reminders=2,
    show_reliability=False,
)


def day(number: int, hour: int = 9, minute: int = 0) -> datetime:
    """That many days after the Monday, at an hour UTC."""
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC) + timedelta(days=number)


def person(zone: str = "Europe/Berlin", absences: tuple[KnownAbsence, ...] = ()) -> KnownPerson:
    return KnownPerson(
        identities=(),
        active=True,
        zone=zone,
        locale="en",
        display_name=None,
        email=None,
        patterns=(),
        regions=(),
        absences=absences,
    )


def pair(
    *pauses: KnownPause, ended_at: datetime | None = None, people: tuple[PersonId, PersonId] = (ANNA, BEN)
) -> KnownPartnership:
    return KnownPartnership(
        status="formed" if ended_at is None else "ended",
        people=people,
        terms=TERMS,
        terms_taken=position(PAIR, 2),
        formed_at=MONDAY - timedelta(days=60),
        ended_at=ended_at,
        pauses=pauses,
    )


def facts_of(partnership: KnownPartnership, people: Mapping[PersonId, KnownPerson]) -> PairFacts:
    rows = {PAIR: partnership, **people}
    return PairFacts({StreamId(stream): Fact(StreamId(stream), 3, value) for stream, value in rows.items()})


def knowing(
    partnership: KnownPartnership | None = None, *, anna: KnownPerson | None = None, ben: KnownPerson | None = None
) -> PairFacts:
    people = {ANNA: anna or person(), BEN: ben or person("America/New_York")}
    return facts_of(partnership or pair(), people)


def away(first: date, last: date, *, known_at: datetime = MONDAY, of: PersonId = ANNA) -> KnownAbsence:
    return KnownAbsence(recorded=Position(f"{of}@{first:%m%d}"), first=first, last=last, known_at=known_at)


def paused(start: datetime, end: datetime | None = None, *, by: PersonId = ANNA, version: int = 5) -> KnownPause:
    return KnownPause(whose=by, start=start, end=end, taken=position(PAIR, version), known_at=start)


def resumed(pause: KnownPause, at: datetime) -> KnownPause:
    return replace(pause, end=at, taken=position(PAIR, 6), known_at=at)
