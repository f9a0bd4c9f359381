"""Whether a new schema of an event fits all events and all readers of the old schema.

Old events stay in histories and topics for ever, and during a rolling restart older processes read newer events. So
the only change that fits both is a further field that may be absent.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TypeAlias, TypeGuard, cast

Schema: TypeAlias = Mapping[str, object]

_PROSE = frozenset({"title", "description", "examples", "$id", "$schema", "$defs"})


def incompatibilities(old: Schema, new: Schema) -> Sequence[str]:
    """Why ``new`` cannot replace ``old``, each reason with the path of its field; empty if it can."""
    return tuple(_differences(_resolved(old, old), _resolved(new, new), "event"))


def _is_schema(part: object) -> TypeGuard[Schema]:
    return isinstance(part, Mapping)


def _is_list(part: object) -> TypeGuard[Sequence[object]]:
    return isinstance(part, list)


def _differences(old: object, new: object, path: str) -> Iterator[str]:
    if _is_schema(old) and _is_schema(new):
        if "properties" in old and "properties" in new:
            yield from _of_objects(old, new, path)
            return
        for name in sorted(old.keys() | new.keys()):
            yield from _differences(old.get(name), new.get(name), path)
    elif _is_list(old) and _is_list(new):
        # Of different lengths: None says so at the end of the shorter one.
        for one, other in zip_longest(old, new):
            yield from _differences(one, other, path)
    elif type(old) is not type(new) or old != new:
        yield f"{path}: was {old!r}, would be {new!r}"


def _of_objects(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = cast(Schema, old["properties"]), cast(Schema, new["properties"])
    required_before = set(cast(Sequence[str], old.get("required", ())))
    required_after = set(cast(Sequence[str], new.get("required", ())))
    for name in sorted(before.keys() - after.keys()):
        yield f"{path}.{name}: was removed"
    for name in sorted(required_after - required_before):
        yield f"{path}.{name}: is newly required, older events do not have it"
    for name in sorted((required_before - required_after) & after.keys()):
        yield f"{path}.{name}: may now be absent, older readers need it"
    for name in sorted(before.keys() & after.keys()):
        yield from _differences(before[name], after[name], f"{path}.{name}")


def _resolved(part: object, whole: Schema) -> object:
    """The schema without references and without prose."""
    if _is_schema(part):
        if isinstance(reference := part.get("$ref"), str):
            definitions = cast(Schema, whole["$defs"])
            return _resolved(definitions[reference.rpartition("/")[2]], whole)
        return {
            name: _properties(value, whole) if name == "properties" else _resolved(value, whole)
            for name, value in part.items()
            if name not in _PROSE
        }
    if _is_list(part):
        return [_resolved(each, whole) for each in part]
    return part


def _properties(fields: object, whole: Schema) -> Schema:
    # A field may be called `title` or `description`: its name is no prose.
    return {name: _resolved(field, whole) for name, field in cast(Schema, fields).items()}
