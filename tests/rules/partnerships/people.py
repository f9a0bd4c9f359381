"""The people of these tests, and short ways to say what happens to them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from coaching_events.envelope import Recorded
from coaching_events.events.person import Hours, PersonDeactivated, PersonRegistered, WorkingPattern
from coaching_events.ids import PersonId, RuleName, StreamId
from eventlog import ReferenceEntry, derived_stream
from partnerships.person.details import Details, NewDetails
from partnerships.person.logins import Logins
from partnerships.person.state import Active, Inactive, evolve
from partnerships.reference_data import PeopleReferenceData

DIRECTORY = RuleName("rule:hr.directory")
ISSUER = "https://issuer.tandem.local"
AT_ONCE = Logins(frozenset({ISSUER, "https://issuer"}), timedelta(0))
"""Where a company lets every login work at once."""
THREE_DAYS = Logins(AT_ONCE.issuers, timedelta(days=3))


def moment(text: str) -> datetime:
    """An instant written with its offset, so that a case shows what clocks show there."""
    return datetime.fromisoformat(text).astimezone(UTC)


def person_id(external_id: str) -> PersonId:
    return PersonId(derived_stream("person", "hr", external_id))


def new(display_name: str = "Anna Bauer", zone: str = "Europe/Berlin", **more: Any) -> NewDetails:
    return NewDetails.model_validate({"display_name": display_name, "zone": zone, **more})


def details(**said: Any) -> Details:
    return Details.model_validate(said)


def registered(external_id: str = "1", **more: Any) -> PersonRegistered:
    said: dict[str, Any] = {"display_name": "Anna Bauer", "zone": "Europe/Berlin", "locale": "en", **more}
    return PersonRegistered(by=DIRECTORY, source="hr", external_id=external_id, **said)


def somebody(external_id: str, *, gone_since: datetime | None = None, **more: Any) -> Active | Inactive:
    """A person of the directory, registered before everything else happened."""
    stream, begun = StreamId(person_id(external_id)), moment("2026-01-01T00:00Z")
    person = evolve(None, Recorded(stream=stream, version=1, at=begun, event=registered(external_id, **more)))
    if gone_since is None:
        return person
    gone = PersonDeactivated(by=DIRECTORY)
    return evolve(person, Recorded(stream=stream, version=2, at=gone_since, event=gone))


def knowing(people: Iterable[Active | Inactive]) -> PeopleReferenceData:
    return PeopleReferenceData({person.id: ReferenceEntry(person.id, 1, person) for person in people})


def week(*days: str, start: str = "09:00:00", end: str = "17:00:00", since: str = "1970-01-01") -> WorkingPattern:
    hours = Hours.model_validate({"start": start, "end": end})
    return WorkingPattern.model_validate({"holds_from": date.fromisoformat(since), "hours": dict.fromkeys(days, hours)})
