"""How each command of partnerships is made ready: every time with people whom nobody has heard of."""

from collections.abc import Mapping
from typing import Any

import httpx

from eventlog import fresh_id
from tests.benchmarks.pairs import REGION
from tests.benchmarks.place import Asked, Body, Place, Prepared, posted

SHARING = {"audience": "hr", "types": ["commitment-kept"]}
OTHER_TERMS: Body = {"terms": {"reminders": 3}}


def _details(place: Place, login: str) -> Body:
    return {
        "source": place.service.issuer.issuer,
        "external_id": login,
        "display_name": login,
        "zone": "Europe/Berlin",
        "region": REGION,
    }


async def _hired(place: Place) -> tuple[httpx.AsyncClient, str]:
    """Somebody in the directory: who speaks for them, and their id."""
    login = f"bench-{fresh_id()[:8]}"
    registered = await posted(place.hr, "/people", _details(place, login))
    return place.service.client(login), registered["id"]


async def _proposed(place: Place, **terms: Any) -> tuple[httpx.AsyncClient, httpx.AsyncClient, str]:
    """Who proposed, who is asked, and the partnership."""
    (one, _), (other, other_id) = await _hired(place), await _hired(place)
    proposed = await posted(one, "/partnerships", {"other": other_id, "terms": terms})
    return one, other, proposed["id"]


async def formed(place: Place, **terms: Any) -> tuple[httpx.AsyncClient, httpx.AsyncClient, str]:
    """Both partners, and the partnership that they have formed."""
    one, other, partnership = await _proposed(place, **terms)
    await posted(other, f"/partnerships/{partnership}/accept", {"version": 1})
    return one, other, partnership


async def _other_terms(place: Place) -> tuple[httpx.AsyncClient, httpx.AsyncClient, Mapping[str, str]]:
    """Who put other terms on the table, who is asked, and which."""
    one, other, partnership = await formed(place)
    await posted(one, f"/partnerships/{partnership}/terms", OTHER_TERMS)
    return one, other, {"partnership": partnership, "version": "2"}


async def _propose(place: Place) -> Asked:
    (one, _), (_, other_id) = await _hired(place), await _hired(place)
    return Asked(one, {"other": other_id}, {})


async def _accept(place: Place) -> Asked:
    _, other, partnership = await _proposed(place)
    return Asked(other, {"version": 1}, {"partnership": partnership})


async def _decline(place: Place) -> Asked:
    _, other, partnership = await _proposed(place)
    return Asked(other, {}, {"partnership": partnership})


async def _withdraw(place: Place) -> Asked:
    one, _, partnership = await _proposed(place)
    return Asked(one, {}, {"partnership": partnership})


async def _of_a_formed_one(place: Place) -> Asked:
    one, _, partnership = await formed(place)
    return Asked(one, {}, {"partnership": partnership})


async def _resume(place: Place) -> Asked:
    one, _, partnership = await formed(place)
    await posted(one, f"/partnerships/{partnership}/pause")
    return Asked(one, {}, {"partnership": partnership})


async def _terms(place: Place) -> Asked:
    one, _, partnership = await formed(place)
    return Asked(one, OTHER_TERMS, {"partnership": partnership})


async def _counter(place: Place) -> Asked:
    _, other, terms = await _other_terms(place)
    return Asked(other, {"terms": {"reminders": 4}}, terms)


async def _answer_terms(place: Place) -> Asked:
    _, other, terms = await _other_terms(place)
    return Asked(other, {}, terms)


async def _withdraw_terms(place: Place) -> Asked:
    one, _, terms = await _other_terms(place)
    return Asked(one, {}, terms)


async def _narrow(place: Place) -> Asked:
    one, _, partnership = await formed(place, sharing=[SHARING])
    return Asked(one, {"sharing": []}, {"partnership": partnership})


async def _register(place: Place) -> Asked:
    await _hired(place)  # so that the calendars of the region are there
    return Asked(place.hr, _details(place, f"bench-{fresh_id()[:8]}"), {})


async def _change(place: Place) -> Asked:
    _, person = await _hired(place)
    return Asked(place.hr, {"display_name": "Another name"}, {"person": person})


async def _link(place: Place) -> Asked:
    _, person = await _hired(place)
    return Asked(place.hr, {"source": "bench", "external_id": fresh_id()}, {"person": person})


async def _deactivate(place: Place) -> Asked:
    _, person = await _hired(place)
    return Asked(place.hr, {}, {"person": person})


async def _reactivate(place: Place) -> Asked:
    _, person = await _hired(place)
    await posted(place.hr, f"/people/{person}/deactivate")
    return Asked(place.hr, {}, {"person": person})


def _away(place: Place) -> Body:
    return {"first": place.in_days(30)[:10], "last": place.in_days(34)[:10]}


async def _absence(place: Place) -> Asked:
    client, person = await _hired(place)
    return Asked(client, _away(place), {"person": person})


async def _withdraw_absence(place: Place) -> Asked:
    client, person = await _hired(place)
    recorded = await posted(client, f"/people/{person}/absences", _away(place))
    return Asked(client, {"absence": recorded["position"]}, {"person": person})


async def _calendar(place: Place) -> Asked:
    return Asked(place.hr, {"region": REGION, "year": 2000 + place.pair.number}, {})


async def _holidays(place: Place) -> Asked:
    year = 2030 + place.pair.number
    days = [{"day": f"{year}-12-25", "name": "Christmas Day"}]
    return Asked(place.hr, {"days": days}, {"calendar": f"calendar_{REGION}-{year}"})


COMMANDS: Mapping[str, Prepared] = {
    "POST /partnerships": _propose,
    "POST /partnerships/{partnership}/accept": _accept,
    "POST /partnerships/{partnership}/decline": _decline,
    "POST /partnerships/{partnership}/withdraw": _withdraw,
    "POST /partnerships/{partnership}/pause": _of_a_formed_one,
    "POST /partnerships/{partnership}/resume": _resume,
    "POST /partnerships/{partnership}/end": _of_a_formed_one,
    "POST /partnerships/{partnership}/terms": _terms,
    "POST /partnerships/{partnership}/terms/{version}/counter": _counter,
    "POST /partnerships/{partnership}/terms/{version}/agree": _answer_terms,
    "POST /partnerships/{partnership}/terms/{version}/reject": _answer_terms,
    "POST /partnerships/{partnership}/terms/{version}/withdraw": _withdraw_terms,
    "POST /partnerships/{partnership}/narrow-sharing": _narrow,
    "POST /people": _register,
    "PATCH /people/{person}": _change,
    "POST /people/{person}/identities": _link,
    "POST /people/{person}/deactivate": _deactivate,
    "POST /people/{person}/reactivate": _reactivate,
    "POST /people/{person}/absences": _absence,
    "POST /people/{person}/absences/withdraw": _withdraw_absence,
    "POST /calendars": _calendar,
    "PUT /calendars/{calendar}": _holidays,
}
