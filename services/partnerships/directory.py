"""Finds people in the documents of this service, and names the actor for the directory."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from coaching_events.ids import PersonId, RuleName, StreamId
from coaching_readmodels import identity
from coaching_readmodels.logins import waits_until
from eventlog import Ids
from eventlog.commands import EventLog
from partnerships.person import people
from partnerships.person.logins import DEFAULT_DELAY, Logins
from partnerships.person.state import Active, Inactive
from service_kit.process import PersonSeen

if TYPE_CHECKING:
    from service_kit.http import RequestContext

BY_DIRECTORY = RuleName("rule:hr.directory")
"""The actor for a system of the company, such as the one that keeps the directory."""
PAGE = 500


@dataclass
class LoginDelay:
    """How long a further login of a person waits, in this process."""

    length: timedelta = DEFAULT_DELAY


LOGIN_DELAY = LoginDelay()


def logins_of(context: "RequestContext") -> Logins:
    """The issuers of logins, and the delay of a further login, in this process."""
    return Logins(context.app.access.takes, LOGIN_DELAY.length)


def person_id(ids: Ids, source: str, external_id: str, number: int = 1) -> PersonId:
    """The id of a person registered by this source and external id. It never changes.

    ``number`` counts the people who had this external id one after another: a source may give a retired one again.
    """
    return PersonId(ids.stream("person", source, external_id, *([str(number)] if number > 1 else ())))


async def free_ids(log: EventLog, source: str, external_ids: Collection[str]) -> dict[str, PersonId]:
    """For external ids that find no person: the ids of the people to register. No person has them yet."""
    free: dict[str, PersonId] = {}
    left, number = [*external_ids], 1
    while left:
        wanted = {name: person_id(log.ids, source, name, number) for name in left}
        there = {document.stream for document in await log.store.states([*wanted.values()])}
        free |= {name: id for name, id in wanted.items() if id not in there}
        left, number = [name for name in left if name not in free], number + 1
    return free


async def holder(log: EventLog, source: str, external_id: str) -> Active | Inactive | None:
    """The person whom this source and external id find."""
    found = await log.find(people, {"identities": identity(source, external_id)}, limit=1)
    return found[0].state if found else None


async def holders(
    log: EventLog, identities: Collection[str], registered: Collection[PersonId] = ()
) -> dict[str, Active | Inactive]:
    """The person of each of these identities. An identity without a person is left out.

    ``registered`` are ids of people who may have been registered by these identities. They are read by id first, so
    that only the other identities are searched.
    """
    documents = await log.store.states(registered) if registered else []
    there = [(await log.read(people, document)).state for document in documents]
    known = {name: person for person in there for name in person.identities}
    found = await find_all(log, "identities", {*identities} - known.keys())
    return known | {name: person for person in found for name in person.identities}


async def find_all(log: EventLog, field: str, values: Collection[str]) -> list[Active | Inactive]:
    """All people whose record has one of these values in the field, read in pages."""
    wanted, everybody = sorted(values), dict[StreamId, Active | Inactive]()
    for first in range(0, len(wanted), PAGE):
        after: StreamId | None = None
        while page := await log.find(people, {field: wanted[first : first + PAGE]}, after=after, limit=PAGE):
            everybody |= {each.stream: each.state for each in page}
            if len(page) < PAGE:
                break
            after = page[-1].stream
    return list(everybody.values())


@dataclass(frozen=True, slots=True)
class PeopleInDocuments:
    """The person of a token, from the documents of this service."""

    log: EventLog

    async def find(self, source: str, external_id: str, at: datetime) -> PersonSeen | None:
        """One find by the index."""
        person = await holder(self.log, source, external_id)
        if person is None:
            return None
        waits = waits_until(person.works_from, identity(source, external_id), at)
        return PersonSeen(person.id, isinstance(person, Active), waits)
