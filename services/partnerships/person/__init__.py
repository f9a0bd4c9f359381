"""People: the directory's records, and absences."""

from pydantic import TypeAdapter

from coaching_events.person import PersonEvent
from coaching_events.registry import EVENTS
from eventlog.aggregate import Aggregate
from partnerships.person.state import Active, Inactive, Person, evolve

PERSON = Aggregate[Active | Inactive, PersonEvent, None](
    kind="person",
    states=TypeAdapter(Person),
    events=EVENTS["person"],  # pyright: ignore[reportArgumentType]
    evolve=evolve,
    key=lambda person: person.id,
    parties=lambda person: (person.id,),
    indexes=("identities", "email"),
)
"""One stream a person; its id is derived from the first source and external id, so registering twice meets itself."""
