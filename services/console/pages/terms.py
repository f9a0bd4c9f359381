"""The terms of a partnership: those in force, those that wait for an answer, and what other terms would bring."""

from collections.abc import Awaitable
from typing import Any, cast

from starlette.responses import Response

from console.acting.forms import Form
from console.api_client import Json
from console.visit import OUTCOME, Visit


async def terms(visit: Visit) -> Response:
    """The terms, and a form for other ones. With the fields of the form in the address: what they would bring."""
    pair, api = visit.id, visit.api
    draft = draft_of(visit)
    calls: dict[str, Awaitable[Any]] = {
        "pair": api.get("partnerships", f"/partnerships/{pair}"),
        "versions": api.get("partnerships", f"/partnerships/{pair}/terms"),
    }
    if draft:
        calls["ahead"] = api.preview("partnerships", f"/partnerships/{pair}/terms/preview", {"terms": draft})
    read: dict[str, Any] = {"ahead": None, **await visit.read(**calls)}
    found = read["pair"]
    known: Json = (found["terms"] or found["question"]["terms"]) if found else {}
    return visit.show("terms.html", draft=draft, known=known, chosen={**known, **draft}, **read)


def draft_of(visit: Visit) -> Json:
    """The terms in the address of a page, as its form made them."""
    query = [pair for pair in visit.request.query_params.multi_items() if pair[0] != OUTCOME]
    return cast("Json", Form(query).body().get("terms") or {})
