"""A session of Anna and Ben, and what the sessions service knows of the two."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from coaching_events.ids import PersonId, Position, StreamId
from coaching_readmodels import (
    AbsenceReadModel,
    PairReferenceData,
    PartnershipReadModel,
    PauseReadModel,
    PersonReadModel,
)
from tests.rules import the_pair
from tests.rules.the_pair import ANNA, BEN, CARLA, MONDAY, PAIR, known_pair, resumed
from tests.rules.the_pair import known_person as person

__all__ = ["ANNA", "BEN", "CARLA", "MONDAY", "PAIR", "person", "resumed"]

SESSION = StreamId("session_first")
FIRST = Position("session_first@1")
HOUR = timedelta(hours=1)


def day(number: int, hour: int = 9, minute: int = 0) -> datetime:
    """That many days after the Monday, at an hour UTC."""
    return datetime(2026, 3, 2, hour, minute, tzinfo=UTC) + timedelta(days=number)


def pair(*pauses: PauseReadModel, ended_at: datetime | None = None, **more: Any) -> PartnershipReadModel:
    status = "formed" if ended_at is None else "ended"
    return known_pair(*pauses, status=status, formed_at=MONDAY - timedelta(days=60), ended_at=ended_at, **more)


def reference_data_of(
    partnership: PartnershipReadModel, people: Mapping[PersonId, PersonReadModel]
) -> PairReferenceData:
    return the_pair.reference_data_of({PAIR: partnership, **people})


def knowing(
    partnership: PartnershipReadModel | None = None,
    *,
    anna: PersonReadModel | None = None,
    ben: PersonReadModel | None = None,
) -> PairReferenceData:
    return reference_data_of(partnership or pair(), {ANNA: anna or person(), BEN: ben or person("America/New_York")})


def away(first: date, last: date, *, known_at: datetime = MONDAY, of: PersonId = ANNA) -> AbsenceReadModel:
    return the_pair.away(first, last, known_at=known_at, of=of)


def paused(start: datetime, end: datetime | None = None, *, by: PersonId = ANNA, version: int = 5) -> PauseReadModel:
    return the_pair.paused(start, end, by=by, version=version)
