"""The law of equal status: swap the two partners in a question, and the answer is the same with the two swapped.

``given`` asks each question of the tests of a pair's aggregates a second time, as in a mirror: each partner gets the
actions, the zone, the calendar and the absences of the other. So every command of every such aggregate keeps this law,
in every story that a test tells.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from typing import Any, cast

from pydantic import BaseModel


def mirrored(value: Any, one: str, other: str) -> Any:
    """The same with the two swapped, wherever it names them."""
    match value:
        case str():
            return type(value)(_swapped(value, one, other))
        case BaseModel():
            return type(value).model_validate_json(_swapped(value.model_dump_json(exclude_unset=True), one, other))
        case Mapping():
            pairs = cast("Mapping[Any, Any]", value).items()
            return {mirrored(key, one, other): mirrored(each, one, other) for key, each in pairs}
        case tuple():
            return tuple(mirrored(each, one, other) for each in cast("Sequence[Any]", value))
        case list():
            return [mirrored(each, one, other) for each in cast("Sequence[Any]", value)]
        case frozenset():
            return frozenset(mirrored(each, one, other) for each in cast("Set[Any]", value))
        case _ if is_dataclass(value) and not isinstance(value, type):
            given = {each.name: mirrored(getattr(value, each.name), one, other) for each in fields(value) if each.init}
            return type(value)(**given)
        case _:
            return value


def _swapped(text: str, one: str, other: str) -> str:
    return text.replace(one, "\0").replace(other, one).replace("\0", other)
