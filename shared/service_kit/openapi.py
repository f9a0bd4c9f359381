"""The OpenAPI document: what FastAPI knows of the routes, and what every route here takes and answers besides."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from service_kit.access import EXPLAINED
from service_kit.id_forms import form_of_kind

_HEADERS: Mapping[str, str] = {
    "Idempotency-Key": "Names this request, 1 to 255 visible ASCII characters: sent again it gets its first answer.",
    "If-Match": "The ETag that you decided on; if it is no longer the last one the answer is 412.",
}
_AFTER = "Positions (ETags of other services' answers) that this service must have heard of, with commas between them."

_REFUSALS: Mapping[str, str] = {
    "400": "The request cannot be read",
    "401": "The token is missing, expired or foreign",
    "403": "The person is unknown or inactive, or the scope is missing",
    "404": "There is no such thing, or it is not yours",
    "429": "You ask too often: wait as long as Retry-After says",
    "503": "Not now: send it again",
}
_REFUSALS_OF_COMMANDS: Mapping[str, str] = {
    "409": "A rule says no, or others were faster again and again",
    "412": "It has changed since (If-Match)",
    "422": "The body does not fit, or the key was used for another request",
}

_PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:tandem:problem:not-the-owner"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence that says what to do"},
        "facts": {"type": "object", "description": "What refused it, such as the status of a promise or a date"},
        "trace_id": {"type": "string", "description": "What to tell who runs this: it is in the logs too"},
    },
}


def described(app: FastAPI) -> None:
    """Let the application's document tell of tokens, conditions and problems."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                tags=app.openapi_tags,
            )
            _complete(made)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document


def _complete(document: dict[str, Any]) -> None:
    components: dict[str, Any] = document.setdefault("components", {})
    schemas: dict[str, Any] = components.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    scopes = "; ".join(f"`{name}` {what}" for name, what in EXPLAINED.items())
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": f"Scopes: {scopes}."}
    }
    document["security"] = [{"token": []}]
    for method, operation in _operations(document):
        _show_forms_of_ids(operation)
        commands = method not in ("get", "head")
        _add_headers(operation, commands=commands)
        further = _REFUSALS_OF_COMMANDS if commands else {"422": "A parameter does not fit"}
        for status, what in {**_REFUSALS, **further}.items():
            operation["responses"][status] = {
                "description": what,
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for address in document["paths"].values():
        yield from address.items()


def _add_headers(operation: dict[str, Any], *, commands: bool) -> None:
    headers = {**(_HEADERS if commands else {}), "After": _AFTER}
    operation.setdefault("parameters", []).extend(
        {"name": name, "in": "header", "required": False, "description": what, "schema": {"type": "string"}}
        for name, what in headers.items()
    )


def _show_forms_of_ids(operation: Mapping[str, Any]) -> None:
    # Only shown: an id of another form is not found (404), like any other that does not exist.
    for parameter in operation.get("parameters", ()):
        form = form_of_kind(parameter["name"].replace("_", "-"))
        if parameter["in"] == "path" and form is not None:
            parameter["schema"]["pattern"] = form
