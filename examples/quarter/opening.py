"""Before a play: connections, the clock on the eve, and the people of the roster."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from eventlog.simulation import SimulatedClock
from eventlog.stores.mongo import MongoClient
from examples.quarter.person import Json, Person
from examples.quarter.play import EVE
from examples.quarter.roster import HR, Employee, import_roster, read_employees
from examples.quarter.stage import Stage
from examples.quarter.targets import CannotPlay, Target

EXAMPLES = Path(__file__).parents[1]
LIFETIME = timedelta(hours=12)
"""How long the tokens of a play are valid, on the machine's clock."""

IN_ENGLISH = {"Accept-Language": "en"}
"""The plays are told in English, whatever the language of their people. Mails are in the language of each person."""


@asynccontextmanager
async def opened(target: Target) -> AsyncGenerator[Stage]:
    """The stage with its clock on the eve. Raises CannotPlay if the topics already have events."""
    async with AsyncExitStack() as closing:
        mongo = MongoClient(target.mongo_url)
        closing.push_async_callback(mongo.close)
        services = {
            name: await closing.enter_async_context(httpx.AsyncClient(base_url=address, timeout=30, headers=IN_ENGLISH))
            for name, address in target.suite.addresses.items()
        }
        clock = SimulatedClock(mongo, f"{target.database_prefix}_clock")
        stage = Stage(clock, services, target.issuer.token("operations", ["ops"], LIFETIME), EVE)
        await stage.set(EVE)
        if sum((await stage.ends()).values()):
            raise CannotPlay("the topics hold events already: play on an empty broker")
        yield stage


async def invite(target: Target, stage: Stage, *, locale: str | None = None) -> tuple[Mapping[str, Person], Json]:
    """Import the roster. Returns its people by external id, each with their own token, and the report of the import.

    With ``locale`` everybody reads mails in that language, whatever the roster says.
    """
    employees = read_employees(EXAMPLES / "roster.csv", EXAMPLES / "roster.columns.json")
    token = target.issuer.token(HR, ["hr.directory"], LIFETIME)
    report = await import_roster(stage.services["partnerships"], token, EXAMPLES, target.issuer.issuer, locale)
    await stage.settle()
    people = {employee.external_id: _person(target, employee, stage.services) for employee in employees}
    await asyncio.gather(*(_introduce(person) for person in people.values()))
    return people, report


def _person(target: Target, employee: Employee, services: Mapping[str, httpx.AsyncClient]) -> Person:
    return Person(
        external_id=employee.external_id,
        name=employee.name,
        login=employee.login,
        zone=employee.zone,
        token=target.issuer.token(employee.login, lifetime=LIFETIME),
        services=services,
        weekdays=employee.weekdays,
        away=list(employee.away),
    )


async def _introduce(person: Person) -> None:
    person.id = (await person.get("partnerships", "/people/me"))["id"]
