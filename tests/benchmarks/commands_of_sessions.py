"""How each command of sessions, and the one of notifications, is made ready."""

from collections.abc import Mapping
from datetime import timedelta

from tests.benchmarks.place import Asked, Place, Prepared, posted


async def _propose(place: Place) -> Asked:
    return Asked(place.one, {"start": place.in_days(3), "minutes": 30}, {"partnership": place.pair.id})


async def _offer(place: Place) -> Mapping[str, str]:
    asked = await _propose(place)
    return {"session": (await posted(place.one, f"/partnerships/{place.pair.id}/sessions", asked.body))["id"]}


async def _scheduled(place: Place) -> Mapping[str, str]:
    offer = await _offer(place)
    await posted(place.other, f"/sessions/{offer['session']}/accept")
    return offer


async def _another_time(place: Place) -> Asked:
    return Asked(place.other, {"start": place.in_days(4)}, await _offer(place))


async def _answer(place: Place) -> Asked:
    return Asked(place.other, {}, await _offer(place))


async def _withdraw(place: Place) -> Asked:
    return Asked(place.one, {}, await _offer(place))


async def _cancel(place: Place) -> Asked:
    return Asked(place.one, {}, await _scheduled(place))


async def _report(place: Place) -> Asked:
    session = await _scheduled(place)
    place.service.clock.at += timedelta(days=4)
    return Asked(place.one, {"present": True}, session)


async def _choose(place: Place) -> Asked:
    return Asked(place.one, {"opt_ins": ["heads-up"]}, {})


COMMANDS: Mapping[str, Prepared] = {
    "POST /partnerships/{partnership}/sessions": _propose,
    "POST /sessions/{session}/propose-time": _another_time,
    "POST /sessions/{session}/accept": _answer,
    "POST /sessions/{session}/decline": _answer,
    "POST /sessions/{session}/withdraw": _withdraw,
    "POST /sessions/{session}/cancel": _cancel,
    "POST /sessions/{session}/report": _report,
}

OF_NOTIFICATIONS: Mapping[str, Prepared] = {"PUT /recipients/me": _choose}
