"""Proposing a partnership: find a colleague, choose terms, and see what they bring before asking."""

from typing import Any

from starlette.responses import Response

from console.api_client import Json, listed
from console.pages.terms import draft_of
from console.visit import Visit


async def colleagues(visit: Visit) -> Response:
    """Find a colleague by name or e-mail."""
    asked = (visit.request.query_params.get("q") or "").strip()
    found: dict[str, Any] = {}
    if asked:
        by = {"email" if "@" in asked else "name": asked}
        found = {"found": visit.api.get("partnerships", "/people/search", **by)}
    read = await visit.read(**found)
    return visit.show("colleagues.html", asked=asked, found=listed(read["found"]) if asked else ())


async def propose(visit: Visit) -> Response:
    """The proposal to a person: its terms begin with those of the company, and the page shows what they bring."""
    other, api = visit.request.path_params["person"], visit.api
    draft = draft_of(visit, "propose")
    asked = {"other": other, "terms": draft}
    read = await visit.read(
        defaults=api.get("partnerships", "/terms/defaults"), ahead=api.preview("partnerships", "/terms/preview", asked)
    )
    chosen: Json = {**read["defaults"]["terms"], **draft} if read["defaults"] else draft
    name = visit.request.query_params.get("name") or ""
    return visit.show("propose.html", other=other, name=name, draft=draft, chosen=chosen, **read)
