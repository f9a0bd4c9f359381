"""Examples for the OpenAPI document, made from its schemas, so that each example is valid."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

NUMBER = "0123456789abcdef" * 2
"""The part of an id that follows its kind."""
_ID = re.compile(r"\^(?:([a-z]+(?:-[a-z]+)*)|\[a-z\]\[a-z-\]\{0,30\})_")
_FORMATS = {"date-time": "2026-03-13T15:00:00.000Z", "date": "2026-03-13", "time": "15:00:00"}


def add_examples(document: dict[str, Any]) -> None:
    """Add an example to path parameters, bodies and answers without one."""
    schemas: Mapping[str, Schema] = document["components"]["schemas"]
    for operation in (each for address in document["paths"].values() for each in address.values()):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                parameter.setdefault("example", _path_example(parameter))
        bodies = [(body, False) for body in _json(operation.get("requestBody", {}))]
        bodies += [(body, True) for answer in operation["responses"].values() for body in _json(answer)]
        for body, is_answer in bodies:
            if "examples" not in body:
                body["example"] = _example(body["schema"], schemas, everything=is_answer)


def _json(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if (body := part.get("content", {}).get("application/json")) is not None:
        yield body


def _path_example(parameter: Mapping[str, Any]) -> Any:
    schema = parameter["schema"]
    if schema.get("type") == "string" and not schema.keys() & {"examples", "pattern", "format"}:
        return f"{parameter['name'].replace('_', '-')}_{NUMBER}"
    return _example(schema, {}, everything=True)


def _example(schema: Schema, schemas: Mapping[str, Schema], *, everything: bool) -> Any:
    """A valid value. An answer has all fields; a request has required fields and those with an example."""
    if "$ref" in schema:
        return _example(schemas[schema["$ref"].rpartition("/")[2]], schemas, everything=everything)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        return _example(choice, schemas, everything=everything)
    match schema.get("type"):
        case "object":
            return _object(schema, schemas, everything)
        case "array":
            several = [schema.get("items", {})] if everything or schema.get("minItems") else []
            parts = schema.get("prefixItems", several)
            return [_example(part, schemas, everything=everything) for part in parts]
        case "string":
            return _text(schema)
        case "integer" | "number":
            return int(max(schema.get("minimum", 1), 1))
        case "boolean":
            return True
        case _:
            return None


def _object(schema: Schema, schemas: Mapping[str, Schema], everything: bool) -> Any:
    needed = schema.get("required", ())
    return {
        name: _example(part, schemas, everything=everything)
        for name, part in schema.get("properties", {}).items()
        if everything or name in needed or part.get("examples")
    }


def _text(schema: Schema) -> str:
    pattern: str = schema.get("pattern", "")
    if (found := _ID.match(pattern)) is not None:
        return f"{found[1] or 'thing'}_{NUMBER}{'@3' if '@' in pattern else ''}"
    return _FORMATS.get(schema.get("format", ""), "A word" if schema.get("minLength", 0) < 7 else "A sentence")
