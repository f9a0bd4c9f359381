"""People: the records of the directory, and absences."""

from pydantic import TypeAdapter

from coaching_events.events.person import PersonEvent
from coaching_events.ids import PersonId
from coaching_events.registry import EVENTS
from eventlog import Aggregate
from partnerships.person.following import wake, wake_at
from partnerships.person.state import Active, Inactive, Person, evolve

__all__ = ["people"]


def _key(person: Active | Inactive) -> str:
    return person.id


def _parties(person: Active | Inactive) -> tuple[PersonId]:
    return (person.id,)


people: Aggregate[Active | Inactive, PersonEvent, object] = Aggregate(
    kind="person",
    states=TypeAdapter(Person),
    events=EVENTS["person"],
    evolve=evolve,
    key=_key,
    schema_version=4,
    wake_at=wake_at,
    wake=wake,
    parties=_parties,
    indexes=("identities", "email_key", "name_words"),
)
"""One stream per person. Its id follows from the first source and external id, so a second registration finds it."""
