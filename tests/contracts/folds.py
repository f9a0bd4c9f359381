"""Digests of what each fold makes of the examples of its events: ``python -m tests.contracts.folds`` writes them.

``folds.json`` has, for each aggregate and each projection, its version and a digest for each type of event. A digest
changes when the fold makes something else of the same events. It does not change by a field that has its default.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.ids import StreamId
from coaching_events.registry import EVENTS
from coaching_events.schemas import FOLDER, example_of
from eventlog import Aggregate, Projection
from goals.app import service as goals
from notifications.app import service as notifications
from partnerships.app import service as partnerships
from sessions.app import service as sessions

ROOT = Path(__file__).parents[2]
FILE = Path(__file__).with_suffix(".json")
AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
Fold = Aggregate[Any, Any, Any] | Projection[Any]
Digests = Mapping[str, str]


def folds() -> Iterator[tuple[str, int, Fold, str]]:
    """Name, version and fold of each stored form, and the file in which the version is raised."""
    for service in (partnerships, goals, sessions, notifications):
        app = f"services/{service.name}/app.py"
        for each in service.aggregates:
            package = each.evolve.__module__.rpartition(".")[0].replace(".", "/")
            yield f"state of {each.kind}", each.schema_version, each, f"services/{package}/__init__.py"
        for each in service.projections:
            yield f"{each.kind} in {service.name}", service.projection_version, each, app


def digests(fold: Fold, known: Collection[str]) -> Digests:
    """By type of event: what the fold makes of it, on all that two of the known events make."""
    examples = {each: example(fold.kind, each) for each in sorted(known)}
    starts = reached(fold, [*examples.values()])
    return {each: digest(fold, starts, event) for each, event in examples.items()}


def changes(fold: Fold, known: Collection[str], event_type: str) -> bool:
    """Whether an event that was not known changes what the known ones make."""
    starts = reached(fold, [example(fold.kind, each) for each in sorted(known)])
    event = example(fold.kind, event_type)
    return any(text(fold, after(fold, start, 3, event)) not in ("", text(fold, start)) for start in starts)


def reached(fold: Fold, events: Sequence[Event]) -> Sequence[Any]:
    begun = [after(fold, None, 1, event) for event in events]
    then = [after(fold, start, 2, event) for start in begun if start is not None for event in events]
    unique = {text(fold, each): each for each in (*begun, *then) if each is not None}
    return [None, *unique.values()]


def after(fold: Fold, value: Any, version: int, event: Event) -> Any:
    """None if the event cannot follow."""
    try:
        return fold.evolve(value, Recorded(stream=StreamId(f"{fold.kind}_x"), version=version, at=AT, event=event))
    except (ValueError, AssertionError):
        return None


def text(fold: Fold, value: Any) -> str:
    """What is stored, without what has its default; the name of a class is not stored."""
    if value is None:
        return ""
    stored = (fold.states if isinstance(fold, Aggregate) else fold.values).dump_python(
        value, mode="json", exclude_defaults=True
    )
    return json.dumps([getattr(value, "status", None), stored], sort_keys=True)


def digest(fold: Fold, starts: Sequence[Any], event: Event) -> str:
    made = [text(fold, after(fold, start, 3, event)) for start in starts]
    return sha256("\n".join(made).encode()).hexdigest()[:12]


def example(kind: str, event_type: str) -> Event:
    path = ROOT / FOLDER / example_of(kind, event_type)
    return EVENTS[kind][event_type].model_validate(json.loads(path.read_text(encoding="utf-8")))


def committed() -> Mapping[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))


def current() -> Mapping[str, Any]:
    return {
        name: {"version": version, "digests": digests(fold, EVENTS[fold.kind])} for name, version, fold, _ in folds()
    }


def faults(name: str, version: int, fold: Fold, file: str) -> Iterator[str]:
    """What changed without another version, in sentences that name the file in which to raise it."""
    before = committed().get(name)
    if before is None or before["version"] != version:
        return
    raising = f"{file}: raise {'schema' if isinstance(fold, Aggregate) else 'projection'}_version"
    known = before["digests"].keys() & EVENTS[fold.kind].keys()
    now = digests(fold, known)
    other = sorted(each for each in known if now[each] != before["digests"][each])
    if other:
        yield f"{raising}: the {name} folds {', '.join(other)} in another way"
    if not isinstance(fold, Aggregate):
        new = sorted(each for each in EVENTS[fold.kind].keys() - known if changes(fold, known, each))
        if new:
            yield f"{raising}: the {name} changes by {', '.join(new)}"


def main() -> None:
    """Write the digests; exits with a sentence if a version has to be raised first."""
    found = [fault for each in folds() for fault in faults(*each)]
    if found:
        raise SystemExit("\n".join(found))
    FILE.write_text(json.dumps(current(), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
