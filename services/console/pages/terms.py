"""The terms of a partnership: those in force, those that wait for an answer, and what other terms would bring."""

from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, cast

from starlette.responses import Response

from console.acting.forms import Form, Unreadable
from console.api_client import Json
from console.visit import Visit


async def terms(visit: Visit) -> Response:
    """The terms, and a form for other ones. What was chosen so far is shown with what it would bring."""
    pair, api = visit.id, visit.api
    draft = draft_of(visit, "other-terms")
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


def draft_of(visit: Visit, form: str) -> Json:
    """The terms as the person chose them in this form so far."""
    with suppress(Unreadable):
        return cast("Json", Form(visit.typed(form)).body().get("terms") or {})
    return {}
