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
from typing import TypeAlias, cast

from coaching_events.compatibility import Schema, incompatibilities
from coaching_events.event import CONFIDENTIAL, Event
from coaching_events.registry import EVENTS
from coaching_events.topics import topic_of

FOLDER = Path("docs/events")
OVERVIEW = "README.md"

Texts: TypeAlias = Mapping[str, str]
"""File name below the folder → text."""


STREAM = {
    "description": "The id of what this happened to, as in ce_subject. Events written before 0.2.0 lack it.",
    "title": "Stream",
    "type": "string",
}


def schema_of(event: type[Event]) -> Schema:
    """The JSON Schema of an event's data (draft 2020-12)."""
    schema = event.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:tandem:events:v1:{event.type}",
        **schema,
        "properties": {"stream": STREAM, **schema["properties"]},
    }


def texts() -> Texts:
    """All files of the contract as they should be."""
    schemas = {
        f"{kind}/{event_type}.json": json.dumps(schema_of(event), indent=2, ensure_ascii=False) + "\n"
        for kind, events in EVENTS.items()
        for event_type, event in events.items()
    }
    return {OVERVIEW: _overview(), **schemas}


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
    return sorted(present - expected.keys())


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


def _overview() -> str:
    lines = [
        "# Events",
        "",
        "Written by `python -m coaching_events.schemas`; do not edit. How to listen: [subscribing](../subscribing.md).",
        "",
        "Every event has `stream`, the id of what it happened to (absent in events written before 0.2.0), and `by`: a",
        "person, or `rule:<name>` when nobody acted and a rule followed. *Slanted* fields may be absent. Those marked",
        "🔒 are people's words or names: a text, a cipher, or nothing once erased.",
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
