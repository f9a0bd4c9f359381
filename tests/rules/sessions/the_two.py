"""Two partners, Anna in Munich and Ben in New York, and what the sessions service knows of them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from coaching_events.ids import PartnershipId, PersonId, Position, StreamId, position
from coaching_events.partnership import Terms
from coaching_readmodels import (
    AbsenceReadModel,
    PairReferenceData,
    PartnershipReadModel,
    PauseReadModel,
    PersonReadModel,
)
from eventlog import ReferenceEntry

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


def person(zone: str = "Europe/Berlin", absences: tuple[AbsenceReadModel, ...] = ()) -> PersonReadModel:
    return PersonReadModel(
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
    *pauses: PauseReadModel, ended_at: datetime | None = None, people: tuple[PersonId, PersonId] = (ANNA, BEN)
) -> PartnershipReadModel:
    return PartnershipReadModel(
        status="formed" if ended_at is None else "ended",
        people=people,
        terms=TERMS,
        terms_taken=position(PAIR, 2),
        formed_at=MONDAY - timedelta(days=60),
        ended_at=ended_at,
        pauses=pauses,
    )


def facts_of(partnership: PartnershipReadModel, people: Mapping[PersonId, PersonReadModel]) -> PairReferenceData:
    rows = {PAIR: partnership, **people}
    return PairReferenceData(
        {StreamId(stream): ReferenceEntry(StreamId(stream), 3, value) for stream, value in rows.items()}
    )


def knowing(
    partnership: PartnershipReadModel | None = None,
    *,
    anna: PersonReadModel | None = None,
    ben: PersonReadModel | None = None,
) -> PairReferenceData:
    people = {ANNA: anna or person(), BEN: ben or person("America/New_York")}
    return facts_of(partnership or pair(), people)


def away(first: date, last: date, *, known_at: datetime = MONDAY, of: PersonId = ANNA) -> AbsenceReadModel:
    return AbsenceReadModel(recorded=Position(f"{of}@{first:%m%d}"), first=first, last=last, known_at=known_at)


def paused(start: datetime, end: datetime | None = None, *, by: PersonId = ANNA, version: int = 5) -> PauseReadModel:
    return PauseReadModel(whose=by, start=start, end=end, taken=position(PAIR, version), known_at=start)


def resumed(pause: PauseReadModel, at: datetime) -> PauseReadModel:
    return replace(pause, end=at, taken=position(PAIR, 6), known_at=at)
