"""The OpenAPI document: FastAPI's own, with the headers and problems that every route has."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from service_kit.bodies.id_forms import form_of_kind
from service_kit.http.authentication import EXPLAINED
from service_kit.http.openapi.examples import add_examples
from service_kit.server.problem_details import MEDIA_TYPE, PREFIX, TYPES

_POSITION = r'"?[a-z][a-z-]{0,30}_[!#-+\--~]{1,150}@[1-9][0-9]{0,8}"?'
_HEADERS: Mapping[str, tuple[str, Mapping[str, str], str]] = {
    "Idempotency-Key": (
        "A name for this request, 1 to 255 visible ASCII characters. The same request with it gets the first answer.",
        {"pattern": "^[!-~]{1,255}$"},
        "7c0f6a52-keep",
    ),
    "If-Match": (
        "The ETag that you have read. If it is no longer the last one, the answer is 412.",
        {"format": "position", "pattern": rf"^(\*|{_POSITION})$"},
        "*",
    ),
    "After": (
        "Positions (ETags of other services) that this service must have received, with commas between them.",
        {"format": "position", "pattern": rf"^{_POSITION}(, ?{_POSITION}){{0,49}}$"},
        "elsewhere_0123456789abcdef@3",
    ),
}

_REFUSALS: Mapping[int, str] = {
    400: "The request cannot be read",
    401: "The token is missing, expired or foreign",
    403: "The person is unknown or inactive, or the scope is missing",
    404: "There is no such thing, or it is not yours",
    422: "A parameter or the body does not fit, or the key was used for another request",
    429: "Too many requests: wait as long as Retry-After says",
    503: "Not now: send it again",
}
_REFUSALS_OF_COMMANDS: Mapping[int, str] = {
    409: "A rule refuses it, or others changed it at the same time",
    412: "It has changed since (If-Match)",
    413: "It is too large: say it in fewer words",
    415: "It is not JSON",
}
_LANGUAGE = {"Content-Language": "The language of its texts: the best of Accept-Language, or else en"}
_HEADERS_OF_ANSWERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "How to ask: with a bearer token"},
    429: {"Retry-After": "Seconds to wait"},
    503: {"Retry-After": "Seconds to wait"},
}


def operation_id(route: APIRoute) -> str:
    """The route's own, or its function's name without articles: ``keep_a_promise`` is ``keepPromise``."""
    words = [word for word in route.name.split("_") if word not in ("a", "an", "the")]
    return words[0] + "".join(word.title() for word in words[1:])


def described(app: FastAPI, problems: Collection[str] = ()) -> None:
    """Add tokens, headers, examples and problems to the application's document, also the service's own problems."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
                servers=[{"url": "/", "description": "Where this document is"}],
                license_info={"name": "Apache License 2.0", "identifier": "Apache-2.0"},
            )
            _complete(made, sorted(problems))
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document


def _complete(document: dict[str, Any], own: Sequence[str]) -> None:
    components: dict[str, Any] = document.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    schemas["Problem"] = _problem(own)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    scopes = "; ".join(f"`{name}` {what}" for name, what in EXPLAINED.items())
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": f"Scopes: {scopes}."}
    }
    document["security"] = [{"token": []}]
    for method, operation in _operations(document):
        _show_forms_of_ids(operation)
        operation["summary"] = re.sub(r"\bi\b", "I", operation["summary"].capitalize())
        commands = method not in ("get", "head")
        omitted = set[str]() if commands else {"Idempotency-Key", "If-Match"}
        if "201" in operation["responses"]:
            omitted.add("If-Match")  # a new aggregate has no ETag yet
        _add_headers(operation, {name: each for name, each in _HEADERS.items() if name not in omitted})
        refusals = {**_REFUSALS, **(_REFUSALS_OF_COMMANDS if commands else {})}
        for status in sorted(refusals):
            types = [*TYPES[status], *(own if status == 409 else ())]
            operation["responses"][str(status)] = _refusal(status, refusals[status], types)
    add_examples(document)
    _without_marks(schemas)


def _without_marks(part: object) -> None:
    """Leave out the mark of confidential texts: it belongs to the schemas of events, and OpenAPI does not know it."""
    match part:
        case dict():
            schema = cast("dict[str, object]", part)
            if schema.get("confidential") is True:
                del schema["confidential"]
            for each in schema.values():
                _without_marks(each)
        case list():
            for each in cast("list[object]", part):
                _without_marks(each)
        case _:
            pass


def _problem(own: Sequence[str]) -> Mapping[str, Any]:
    types = sorted({*own, *(each for types in TYPES.values() for each in types)})
    return {
        "type": "object",
        "description": "RFC 9457 problem details; ``facts`` are those behind a refusal.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "enum": [PREFIX + each for each in types]},
            "title": {"type": "string", "description": "The type in words"},
            "status": {"type": "integer"},
            "detail": {
                "type": "string",
                "description": "A sentence that says what to do, in the language of Accept-Language if there is one",
            },
            "facts": {
                "type": "object",
                "description": "The facts behind the refusal, for example the status of a promise or a date",
            },
            "trace_id": {"type": "string", "description": "The id of the trace for support; the logs have it too"},
        },
    }


def _refusal(status: int, what: str, types: Sequence[str]) -> Mapping[str, Any]:
    headers = {
        name: {"description": meaning, "required": True, "schema": {"type": "string"}}
        for name, meaning in {**_LANGUAGE, **_HEADERS_OF_ANSWERS.get(status, {})}.items()
    }
    example = {"type": PREFIX + types[0], "title": types[0].replace("-", " ").capitalize(), "status": status}
    body = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": {**example, "detail": f"{what}."}}
    description = f"{what}. Types: {', '.join(f'`{each}`' for each in types)}."
    return {"description": description, "content": {MEDIA_TYPE: body}, **({"headers": headers} if headers else {})}


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for address in document["paths"].values():
        yield from address.items()


def _add_headers(operation: dict[str, Any], headers: Mapping[str, tuple[str, Mapping[str, str], str]]) -> None:
    operation.setdefault("parameters", []).extend(
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": what,
            "schema": {"type": "string", **form, "examples": [example]},
        }
        for name, (what, form, example) in headers.items()
    )


def _show_forms_of_ids(operation: Mapping[str, Any]) -> None:
    # The pattern is for readers only: an id of another form is not found (404).
    for parameter in operation.get("parameters", ()):
        form = form_of_kind(parameter["name"].replace("_", "-"))
        if parameter["in"] == "path" and form is not None:
            parameter["schema"]["pattern"] = form
