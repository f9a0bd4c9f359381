"""How many round trips to the database each HTTP command makes one after another: what runs side by side counts once.

The routes are walked, not listed: one that nobody has made ready is told.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from goals.app import definition as goals
from notifications.app import definition as notifications
from partnerships.app import definition as partnerships
from service_kit.process import ServiceDefinition
from service_kit.process.documents import openapi
from sessions.app import definition as sessions
from tests.benchmarks import commands_of_goals, commands_of_partnerships, commands_of_sessions
from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.findings import Counted
from tests.benchmarks.in_process import InProcess, in_process
from tests.benchmarks.measure import Effort, Servers
from tests.benchmarks.pairs import Pair, introduce
from tests.benchmarks.place import Asked, Place, Prepared, accepted
from tests.benchmarks.timing import Timing

MOST = 3
PAIRS = (Pair(1), Pair(2))
"""Of the two the lesser number counts: the first finds connections and calendars missing, for the second a minute may
have gone by, after which they are read anew."""

SUITE: Sequence[tuple[ServiceDefinition[Any], Mapping[str, Prepared]]] = (
    (partnerships, commands_of_partnerships.COMMANDS),
    (goals, commands_of_goals.COMMANDS),
    (sessions, commands_of_sessions.COMMANDS),
    (notifications, commands_of_sessions.OF_NOTIFICATIONS),
)

ASKING_ANOTHER = frozenset(
    {
        "POST /partnerships",
        "POST /people",
        "POST /people/{person}/identities",
        "POST /partnerships/{partnership}/requests",
        "POST /check-ins/{check_ins}/submit",
    }
)
"""Commands that depend on other aggregates of their own kind or service: who else has this id, what else is open."""

UNCOUNTED = ("POST /roster", "POST /ops", "POST /dead-letters")
"""A table of many people, and what operators do: no commands of one person about one thing."""


async def round_trips(servers: Servers, _: Effort) -> list[Counted]:
    """Of every command of every service; for a command that asks another aggregate one more is right."""
    timing, found = Timing(), list[Counted]()
    async with databases(servers.mongo_url, listeners=[timing]) as made:
        for definition, prepared in SUITE:
            found += await _of_service(timing, made, definition, prepared)
    return found


async def _of_service(
    timing: Timing, made: Databases, definition: ServiceDefinition[Any], prepared: Mapping[str, Prepared]
) -> list[Counted]:
    name = definition.service.name
    service = await in_process(definition, made.client, made.fresh(name))
    await introduce(service.service_context.projections, PAIRS, service.issuer.issuer, service.clock.at)
    routes = [route for route in _routes(definition) if not route.startswith(UNCOUNTED)]
    taken = {route: await _trips(timing, service, route, prepared[route]) for route in routes if route in prepared}
    alone = {route: trips for route, trips in taken.items() if route not in ASKING_ANOTHER}
    asking = {route: trips for route, trips in taken.items() if route in ASKING_ANOTHER}
    found = [_counted(f"HTTP, commands of {name}: round trips in a row", alone, MOST)]
    if asking:
        found.append(_counted(f"HTTP, the same where another aggregate is asked, {name}", asking, MOST + 1))
    if unknown := [route for route in routes if route not in prepared]:
        found.append(Counted(f"HTTP, commands of {name} that were not counted", len(unknown), ", ".join(unknown), 0))
    return found


async def _trips(timing: Timing, service: InProcess, route: str, prepared: Prepared) -> int:
    taken: list[int] = []
    for pair in PAIRS:
        async with Place.of(service, pair) as place:
            asked = await prepared(place)
            timing.forget()
            timing.holding_up = True
            await _ask(asked, route)
            timing.holding_up = False
            taken.append(timing.chain())
    return min(taken)


async def _ask(asked: Asked, route: str) -> None:
    method, _, path = route.partition(" ")
    accepted(await asked.client.request(method, path.format_map(asked.values), json={**asked.body}))


def _counted(what: str, taken: Mapping[str, int], most: int) -> Counted:
    worst = max(taken.values())
    spread = ", ".join(f"{count} with {trips}" for trips, count in sorted(Counter(taken.values()).items()))
    above = [route for route, trips in taken.items() if trips > most]
    how = f"(routes: {spread})" + (f" — {', '.join(above)}" if above else "")
    return Counted(what, worst, how, most, {route: float(trips) for route, trips in taken.items()})


def _routes(definition: ServiceDefinition[Any]) -> list[str]:
    paths: Mapping[str, Mapping[str, object]] = openapi(definition)["paths"]
    return [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods if method != "get"]
