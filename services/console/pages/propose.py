"""Proposing a partnership: find a colleague, choose terms, and see what they bring before asking."""

from typing import Any, Final

from starlette.responses import Response

from console.api_client import Away, Json, Refused, listed
from console.pages.terms import draft_of
from console.visit import Visit

MOST_KNOWN: Final = 60
"""Names of colleagues that a session remembers."""


async def colleagues(visit: Visit) -> Response:
    """Find a colleague by name or e-mail."""
    asked = (visit.request.query_params.get("q") or "").strip()
    calls: dict[str, Any] = {}
    if asked:
        by = {"email" if "@" in asked else "name": asked}
        calls["found"] = visit.api.search("partnerships", "/people/search", **by)
    read = await visit.read(**calls)
    found = read.get("found", Away("partnerships"))
    refused = found.reason if isinstance(found, Refused) else None
    people = () if isinstance(found, Refused) else listed(found)
    # The next page takes the name from here: an address could name somebody else, to mislead.
    names = visit.session.get("found", {}) | {each["id"]: each["display_name"] for each in people}
    if people:
        visit.session["found"] = dict([*names.items()][-MOST_KNOWN:])
    return visit.show("colleagues.html", asked=asked, found=people, refused=refused)


async def propose(visit: Visit) -> Response:
    """The proposal to a person: its terms begin with those of the company, and the page shows what they bring."""
    other, api = visit.request.path_params["person"], visit.api
    draft = draft_of(visit, "propose")
    asked = {"other": other, "terms": draft}
    read = await visit.read(
        defaults=api.get("partnerships", "/terms/defaults"), ahead=api.preview("partnerships", "/terms/preview", asked)
    )
    chosen: Json = {**read["defaults"]["terms"], **draft} if read["defaults"] else draft
    name = visit.session.get("found", {}).get(other) or ""
    return visit.show("propose.html", other=other, name=name, draft=draft, chosen=chosen, **read)
