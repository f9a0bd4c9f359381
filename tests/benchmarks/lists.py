"""How the lists of each service are filled, so that what is read has something in it."""

from collections.abc import Awaitable, Callable, Mapping

import httpx

from tests.benchmarks.commands_of_goals import COMMANDS as GOALS
from tests.benchmarks.commands_of_partnerships import formed
from tests.benchmarks.commands_of_sessions import COMMANDS as SESSIONS
from tests.benchmarks.place import Asked, Place, posted

Filled = tuple[httpx.AsyncClient, str]
"""Who asks for the lists, and the partnership that they are about."""


async def _sent(route: str, asked: Asked) -> None:
    await posted(asked.client, route.partition(" ")[2].format_map(asked.values), asked.body)


async def _partnerships(place: Place) -> Filled:
    client, _, partnership = await formed(place)  # the directory is its own
    return client, partnership


async def _goals(place: Place) -> Filled:
    """A goal, promises, a check-in with its text and a reply to it."""
    ours = f"/partnerships/{place.pair.id}"
    await posted(place.one, f"{ours}/goals", {"title": "Answer customers within a day"})
    check_in = await GOALS["POST /check-ins/{check_ins}/submit"](place)
    await _sent("POST /check-ins/{check_ins}/submit", check_in)
    address = "/check-ins/{check_ins}".format_map(check_in.values)
    occasion = (await place.one.get(address)).json()["current"]["occasion"]
    await posted(place.other, f"{address}/answer", {"occasion": occasion, "text": "Well done"})
    return place.one, place.pair.id


async def _sessions(place: Place) -> Filled:
    route = "POST /partnerships/{partnership}/sessions"
    await _sent(route, await SESSIONS[route](place))
    return place.one, place.pair.id


FILLED: Mapping[str, Callable[[Place], Awaitable[Filled]]] = {
    "partnerships": _partnerships,
    "goals": _goals,
    "sessions": _sessions,
}
"""By the name of the service."""
