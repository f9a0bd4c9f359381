"""The contract as JSON Schema: ``python -m coaching_events.schemas [--check] [--folder docs/events]``.

Writes one file a type, ``<aggregate>/<type>.json``, and an overview. Refuses to replace a schema by one that is not
compatible with it: what was published once needs another type or another topic; only what never was may be changed,
by deleting its file first. ``--check`` writes nothing and exits 1 with the names of what is stale.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NewType, TypeAlias, cast, get_args

from pydantic import AliasChoices, BaseModel

from coaching_events.compatibility import Schema, incompatibilities
from coaching_events.envelope import schema_id
from coaching_events.event import CONFIDENTIAL, Event
from coaching_events.fields import meaning
from coaching_events.ids import pattern_of, pattern_of_kind
from coaching_events.registry import EVENTS
from coaching_events.topics import topic_of

FOLDER = Path("docs/events")
OVERVIEW = "README.md"

Texts: TypeAlias = Mapping[str, str]
"""File name below the folder → text."""


def example_of(kind: str, event_type: str) -> str:
    """The file name, below the folder, of a real example of an event's data."""
    return f"{kind}/{event_type}.example.json"


def schema_of(kind: str, event: type[Event]) -> Schema:
    """The JSON Schema of the data of an event in streams of this kind (draft 2020-12)."""
    schema = event.model_json_schema()
    models = {each.__name__: each for each in _models(event)}
    for name, definition in schema.get("$defs", {}).items():
        _describe(models[name], definition["properties"])
    _describe(event, schema["properties"])
    stream = {"title": "Stream", "type": "string", "pattern": f"^{pattern_of_kind(kind)}$"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_id(kind, event.type),
        **schema,
        "properties": {"stream": {"description": meaning(event.__name__, "stream"), **stream}, **schema["properties"]},
    }


def _describe(model: type[BaseModel], properties: dict[str, dict[str, Any]]) -> None:
    """Say what each field means, and what the ids in it look like."""
    for name, schema in properties.items():
        schema["description"] = meaning(model.__name__, name)
        ids = [pattern_of(part) for part in _parts(model.model_fields[name].annotation) if isinstance(part, NewType)]
        for text in _texts_in(schema) if ids else ():
            text["pattern"] = f"^(?:{'|'.join(ids)})$" if len(ids) > 1 else f"^{ids[0]}$"


def _parts(annotation: Any) -> Iterator[Any]:
    """What an annotation is made of."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def _models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """All models in the fields of a model."""
    for field in model.model_fields.values():
        for part in _parts(field.annotation):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield part
                yield from _models(part)


def _texts_in(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if schema.get("type") == "string":
        yield schema
    for inner in (*schema.get("anyOf", ()), *schema.get("prefixItems", ()), schema.get("items")):
        yield from _texts_in(inner) if inner else ()


def texts() -> Texts:
    """All files of the contract as they should be."""
    schemas = {
        f"{kind}/{event_type}.json": _written(schema_of(kind, event))
        for kind, events in EVENTS.items()
        for event_type, event in events.items()
    }
    return {OVERVIEW: _overview(), **schemas}


def _written(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False).replace("``", "`") + "\n"


def stale(folder: Path) -> Sequence[str]:
    """The names of the files that are missing, differ, or belong to no event any more."""
    expected = texts()
    differing = [name for name, text in expected.items() if _text(folder / name) != text]
    return sorted({*differing, *_orphans(folder, expected)})


def breaks(folder: Path) -> Sequence[str]:
    """What in the classes is not compatible with the schemas in the folder; also types that were dropped."""
    expected = texts()
    return [*(f"{name}: the event was dropped" for name in _orphans(folder, expected)), *_changes(folder, expected)]


def write(folder: Path) -> None:
    """Write what is stale."""
    for name, text in texts().items():
        path = folder / name
        if _text(path) != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _changes(folder: Path, expected: Texts) -> Iterator[str]:
    for name, text in expected.items():
        if name == OVERVIEW or (committed := _text(folder / name)) is None:
            continue
        for problem in incompatibilities(cast(Schema, json.loads(committed)), cast(Schema, json.loads(text))):
            yield f"{name}: {problem}"


def _orphans(folder: Path, expected: Texts) -> Sequence[str]:
    present = {path.relative_to(folder).as_posix() for path in folder.glob("*/*.json")}
    examples = {example_of(*name.removesuffix(".json").split("/")) for name in expected if name != OVERVIEW}
    return sorted(present - expected.keys() - examples)


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _overview() -> str:
    lines: list[str] = [
        "# Events",
        "",
        "Written by `python -m coaching_events.schemas`; do not edit. How to listen: [subscribing](../subscribing.md).",
        "",
        "Every event has `stream`, the id of what it happened to (absent in events written before 0.2.0), and `by`: a",
        "person, or `rule:<name>` when nobody acted and a rule followed. *Slanted* fields may be absent. Those marked",
        "🔒 are people's words or names: a text, a cipher, or nothing once erased. Beside each schema is a real",
        "example, `<type>.example.json` (`make examples` writes those that are missing).",
        "",
        "## How an event changes",
        "",
        "Old events stay in histories and topics for ever, so every version reads them.",
        "",
        "- **A new field** may be absent. Older events do not have it; older readers ignore it.",
        "- **A better name** for a field keeps the former one readable: `based_on: Annotated[Position,",
        '  formerly("based_on", "taken")]`. Only the new name is written. The same class reads records of topics and',
        "  histories in documents, so nothing else is needed. Readers in other languages have to know the former name,",
        "  so this is done only before a release. Former names:",
        "",
        *_former_names(),
        "",
        "- **Another meaning**, a removed field or a field that becomes required is another type.",
        "- **Headers:** `ce_type` is read with and without its prefix, see",
        "  [decision 21](../decisions/0021-names-that-no-other-installation-has.md).",
    ]
    for kind, events in EVENTS.items():
        lines += [
            "",
            f"## {kind}",
            "",
            f"Topic `{topic_of(kind)}`.",
            "",
            "| Type | What it says | Fields |",
            "|---|---|---|",
        ]
        lines += [_row(kind, event) for event in events.values()]
    return "\n".join(lines) + "\n"


def _former_names() -> Sequence[str]:
    """Each class with the fields that had other names."""
    classes = {each.__name__: each for events in EVENTS.values() for event in events.values() for each in _with(event)}
    return [
        f"  - `{name}.{field}`: {', '.join(f'`{each}`' for each in known.validation_alias.choices[1:])}"
        for name, model in sorted(classes.items())
        for field, known in model.model_fields.items()
        if isinstance(known.validation_alias, AliasChoices)
    ]


def _with(event: type[BaseModel]) -> Sequence[type[BaseModel]]:
    return (event, *_models(event))


def _row(kind: str, event: type[Event]) -> str:
    says = " ".join((event.__doc__ or "").partition("\n\n")[0].split()).replace("``", "`")
    fields = ", ".join(_field(name, event) for name in event.model_fields if name != "by")
    return f"| [{event.type}]({kind}/{event.type}.json) | {says} | {fields} |"


def _field(name: str, event: type[Event]) -> str:
    field = event.model_fields[name]
    lock = " 🔒" if field.json_schema_extra == CONFIDENTIAL else ""
    return (f"`{name}`" if field.is_required() else f"*`{name}`*") + lock


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = ArgumentParser(prog="python -m coaching_events.schemas", description="JSON Schemas of all events.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 with the names that are stale")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the schemas lie (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    folder = cast(Path, chosen.folder)
    broken = breaks(folder)
    old = stale(folder) if chosen.check else ()
    for line in broken:
        sys.stderr.write(f"not compatible: {line}\n")
    for name in old:
        sys.stderr.write(f"stale: {name} (write it with python -m coaching_events.schemas)\n")
    if broken or old:
        return 1
    if not chosen.check:
        write(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
