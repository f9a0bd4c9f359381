"""Anna in Munich and Ben in New York, who are partners, and what every service knows of people like them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from coaching_events.events.partnership import Terms
from coaching_events.events.person import Hours, WorkingPattern
from coaching_events.ids import PartnershipId, PersonId, Position, StreamId, position
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
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""10:00 in Munich and 4:00 in New York."""


def moment(text: str) -> datetime:
    """An instant written with its offset, so that a case shows what clocks show there."""
    return datetime.fromisoformat(text).astimezone(UTC)


def day(text: str) -> date:
    return date.fromisoformat(text)


def terms(rhythm: str = "FREQ=WEEKLY;BYDAY=TH", *, at: str = "15:00", **more: Any) -> Terms:
    said: dict[str, Any] = {"version": 1, "starting": day("2026-01-01"), "check_in_grace": 1, "promise_grace": 1}
    said |= {"rhythm": rhythm, "local_time": time.fromisoformat(at), "reminders": 2, "show_reliability": False}
    return Terms(**said | more)


def known_person(zone: str = "Europe/Berlin", *absences: AbsenceReadModel, **more: Any) -> PersonReadModel:
    said: dict[str, Any] = {"identities": (), "active": True, "zone": zone, "locale": "en", "absences": absences}
    said |= {"display_name": None, "email": None, "patterns": (), "regions": ()}
    return PersonReadModel(**said | more)


def known_pair(*pauses: PauseReadModel, **more: Any) -> PartnershipReadModel:
    said: dict[str, Any] = {"status": "formed", "people": (ANNA, BEN), "terms": terms(), "pauses": pauses}
    said |= {"terms_taken": position(PAIR, 2), "formed_at": MONDAY}
    return PartnershipReadModel(**said | more)


def eight_to_four(*weekdays: str) -> WorkingPattern:
    """Work from 8 to 16 on these days of the week; 0 is Monday."""
    hours = Hours(start=time(8), end=time(16))
    return WorkingPattern.model_validate({"holds_from": day("2026-01-01"), "hours": dict.fromkeys(weekdays, hours)})


def away(first: date, last: date, *, known_at: datetime, of: PersonId = ANNA) -> AbsenceReadModel:
    return AbsenceReadModel(recorded=Position(f"{of}@{first:%m%d}"), first=first, last=last, known_at=known_at)


def paused(start: datetime, end: datetime | None = None, *, by: PersonId = BEN, version: int = 5) -> PauseReadModel:
    """A pause as it is known at its start."""
    return PauseReadModel(whose=by, start=start, end=end, taken=position(PAIR, version), known_at=start)


def resumed(pause: PauseReadModel, at: datetime) -> PauseReadModel:
    return replace(pause, end=at, taken=position(PAIR, 6), known_at=at)


def reference_data_of(rows: Mapping[Any, Any]) -> PairReferenceData:
    """These read models, each without a gap."""
    return PairReferenceData(
        {StreamId(stream): ReferenceEntry(StreamId(stream), 3, row) for stream, row in rows.items()}
    )


def known_by(at: datetime, pair: PartnershipReadModel, people: Mapping[PersonId, PersonReadModel]) -> PairReferenceData:
    """What is known at an instant of a course of events: of absences only those that are known by then."""
    known = {id: replace(p, absences=tuple(a for a in p.absences if a.known_at <= at)) for id, p in people.items()}
    return reference_data_of({PAIR: pair, **known})
