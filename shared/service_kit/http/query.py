"""Refuses unknown methods, parameters and bodies: a misspelt filter must not return everything."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import HTTPException, Request

from service_kit.http.invalid_requests import Fault, InvalidRequest, invalid
from service_kit.languages import Phrase


def check_method(request: Request) -> None:
    """Raise the 405 problem if a fixed address has no such method: ``/people/me`` is not a ``/people/{person}``."""
    methods = request.app.openapi()["paths"].get(request.scope["path"])
    if methods is not None and request.method.lower() not in methods:
        raise HTTPException(405)


def check_query(request: Request) -> None:
    """Raise the 422 problem for parameters that are unknown, empty, or given twice although they take one value."""
    if request.scope["query_string"]:
        wrong = [Fault(f"query.{_legible(name)}", what) for name, what in _wrong(request)]
        if wrong:
            raise InvalidRequest(wrong)


async def check_no_body(request: Request) -> None:
    """Raise the 422 problem for a body that this route does not read, so that its content is not lost silently."""
    takes_one = request.scope["route"].body_field is not None
    if not takes_one and request.method != "GET" and (await request.body()).strip() not in (b"", b"{}"):
        raise invalid("body", "is not read here: leave it out")


def _wrong(request: Request) -> Iterator[tuple[str, Phrase]]:
    takes_several = _parameters(request)
    given = request.query_params
    for name in dict.fromkeys(given.keys()):
        values = given.getlist(name)
        if name not in takes_several:
            yield name, _unknown(takes_several)
        elif "" in values:
            yield name, Phrase("is empty: give a value, or leave it out")
        elif len(values) > 1 and not takes_several[name]:
            yield name, Phrase("is given more than once: it takes one value")


def _parameters(request: Request) -> Mapping[str, bool]:
    """The query parameters of this route in the OpenAPI document, and whether each takes several values."""
    operation = request.app.openapi()["paths"][request.scope["route"].path_format][request.method.lower()]
    found = [each for each in operation["parameters"] if each["in"] == "query"]
    return {each["name"]: _is_list(each["schema"]) for each in found}


def _is_list(schema: Mapping[str, Any]) -> bool:
    return any(each.get("type") == "array" for each in schema.get("anyOf", [schema]))


def _unknown(names: Mapping[str, bool]) -> Phrase:
    if not names:
        return Phrase("is unknown: leave it out. This address takes no query parameters")
    return Phrase("is unknown: leave it out. This address knows {names}", names=", ".join(names))


def _legible(name: str) -> str:
    return ascii(name[:100])[1:-1]
