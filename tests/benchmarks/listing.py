"""Lists with many promises in the database: round trips, query plans, and the time of an answer."""

import gc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from typing import Any, cast

import httpx
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from goals.app import definition as goals
from partnerships.app import definition as partnerships
from service_kit.process import ServiceDefinition
from service_kit.process.documents import openapi
from sessions.app import definition as sessions
from tests.benchmarks.crowd import PAIRS, Crowd
from tests.benchmarks.databases import databases
from tests.benchmarks.findings import Counted, Turn
from tests.benchmarks.in_process import in_process
from tests.benchmarks.lists import FILLED
from tests.benchmarks.measure import Effort, Servers
from tests.benchmarks.pairs import introduce
from tests.benchmarks.place import Place, accepted, posted
from tests.benchmarks.timing import Timing

MOST_TRIPS = 2
FLAT = 1.3
"""How many times longer 99 in a hundred answers may take with many promises than with few."""
FEW = 1_000
OWN = 60
"""Promises of the one who asks, beside those that the crowd gives to everybody: more than a page holds."""
ASKED = 200
"""Answers of each list that are timed."""
ONE = PAIRS[0]
SUITE: Sequence[ServiceDefinition[Any]] = (partnerships, goals, sessions)
OF_THE_TWO = ("/partnerships", "/goals", "/commitments", "/check-ins", "/sessions")
"""Where the lists of two partners begin."""


@dataclass(frozen=True, slots=True)
class Walked:
    """A list, how many items were in it, the round trips one after another, and which reads scan a collection."""

    path: str
    items: int
    trips: int
    reads: int
    scans: Sequence[Mapping[str, Any]]


class Reads(CommandListener):
    """What is read, as the driver sends it."""

    def __init__(self) -> None:
        self.commands: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        """Keep it without what only the driver needs."""
        if event.command_name in ("find", "aggregate", "count", "distinct"):
            self.commands.append(
                {name: each for name, each in event.command.items() if name[0] != "$" and name != "lsid"}
            )

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to keep."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to keep."""


async def listing(servers: Servers, effort: Effort) -> list[Counted]:
    """The lists of every service with few other promises; those of goals with many as well, each timed."""
    found = list[Counted]()
    for definition in SUITE:
        found += _counted(definition, await walked(servers.mongo_url, definition))
    times = {size: await _times(servers, size) for size in (FEW, effort.listed)}
    what, among = (
        f"lists of goals, {effort.listed:,} promises beside {FEW:,}",
        f"the slowest of {len(times[FEW])} lists",
    )
    for share, how, most in ((0.99, "99 in a hundred answers", FLAT), (0.5, "medians", None)):
        slower = {path: times[effort.listed][path].percentile(share) / few.percentile(share)
                  for path, few in times[FEW].items()}  # fmt: skip
        found.append(Counted(what, round(max(slower.values()), 2), f"times longer, {among}, {how}", most, slower))
    return found


async def walked(mongo_url: str, definition: ServiceDefinition[Any]) -> list[Walked]:
    """Ask for each list of a service once its caches are warm, with something in it."""
    timing, reads = Timing(), Reads()
    async with databases(mongo_url, listeners=[timing, reads]) as made:
        database = made.fresh(definition.service.name)
        service = await in_process(definition, made.client, database)
        await introduce(service.service_context.projections, PAIRS[:2], service.issuer.issuer, service.clock.at)
        async with Place.of(service, ONE) as place:
            client, partnership = await FILLED[definition.service.name](place)
            found = list[Walked]()
            for path in _lists(definition):
                address = path.format(partnership=partnership)
                accepted(await client.get(address))
                timing.forget()
                reads.commands.clear()
                timing.holding_up = True
                answer = accepted(await client.get(address))
                timing.holding_up = False
                trips = timing.chain()
                scans = [each for each in [*reads.commands] if await _scans(made.client.database(database), each)]
                items = cast(list[Any], answer) if isinstance(answer, list) else answer["items"]
                found.append(Walked(path, len(items), trips, len(reads.commands), scans))
            return found


def _counted(definition: ServiceDefinition[Any], found: Sequence[Walked]) -> list[Counted]:
    name, trips = definition.service.name, {each.path: float(each.trips) for each in found}
    worst = [path for path, number in trips.items() if number == max(trips.values())]
    scans = [f"{each.path} reads all for {scan}" for each in found for scan in each.scans]
    how = f"of {sum(each.reads for each in found)} reads. {scans or ''}"
    return [
        Counted(f"lists of {name}: round trips in a row", max(trips.values()), ", ".join(worst), MOST_TRIPS, trips),
        Counted(f"lists of {name}: reads of a whole collection", len(scans), how, 0),
    ]


async def _scans(database: Any, command: Mapping[str, Any]) -> bool:
    """Whether the server would read a whole collection, as it explains itself.

    SecantusDB explains most filters as a scan, also those that it answers from an index. There the filter is held
    against the indexes: one begins with a field of it, or it names ids. An aggregation is held by its first stage; it
    looks up what that finds by an id or by a field with an index.
    """
    told = await database.command({"explain": command, "verbosity": "queryPlanner"})
    if told["serverInfo"]["host"] != "secantus":
        return "COLLSCAN" in str(told)
    asked: Mapping[str, Any] = command["filter"] if "find" in command else command["pipeline"][0]["$match"]
    indexes = await database[command.get("find") or command["aggregate"]].index_information()
    first = {index["key"][0][0] for index in indexes.values()} - {"_id"}
    by_id = isinstance(asked.get("_id"), str) or "$in" in asked.get("_id", {})
    return not (by_id or first & asked.keys())


def _lists(definition: ServiceDefinition[Any]) -> list[str]:
    paths: Mapping[str, Mapping[str, Mapping[str, Any]]] = openapi(definition)["paths"]
    return [
        path
        for path, methods in paths.items()
        if path.startswith(OF_THE_TWO)
        and methods.get("get", {}).get("operationId", "").startswith("list")
        and "{" not in path.replace("{partnership}", "")
    ]


async def _times(servers: Servers, size: int) -> Mapping[str, Turn]:
    """For each list of goals, the answers to the same person."""
    async with databases(servers.mongo_url) as made:
        crowd = await Crowd.of(made, size, 0)
        async with crowd.service.client(ONE.login) as client:
            due = {"at": (crowd.service.clock.at + timedelta(days=1)).isoformat()}
            for number in range(OWN):
                await posted(client, f"/partnerships/{ONE.id}/commitments", {"text": f"Number {number}", "due": due})
            gc.collect()
            gc.freeze()  # a service does not hold what this process made for so many promises
            return {path: await _turn(client, path.format(partnership=ONE.id)) for path in _lists(goals)}


async def _turn(client: httpx.AsyncClient, address: str) -> Turn:
    turn = Turn()
    for _ in range(ASKED):
        begun = perf_counter()
        accepted(await client.get(address))
        turn.taken.append(perf_counter() - begun)
    return turn
