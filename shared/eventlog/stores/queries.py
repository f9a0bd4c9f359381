"""Conditions on the fields of a stored state or value, and the order of a list."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from pydantic import JsonValue

from coaching_events.ids import StreamId

Value = Mapping[str, JsonValue]
"""A state or the value of a read model as it is stored; a pydantic TypeAdapter makes and reads it."""
Scalar = str | int | float | bool | None

_PLAIN_FIELD = re.compile(r"[a-z_][a-z_.0-9]*")


@dataclass(frozen=True, slots=True)
class Between:
    """A condition on a text: it sorts from ``start`` on and before ``end``. Without an end there is no bound."""

    start: str = ""
    end: str | None = None


@dataclass(frozen=True, slots=True)
class BeginsWith:
    """A condition on a list of texts: for each of these beginnings, one text of the list begins with it."""

    beginnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a text field of the state, then by stream id. ``after`` is the last place of the page before."""

    field: str
    after: tuple[str, StreamId] | None = None


Condition = Between | BeginsWith | Sequence[Scalar] | Set[Scalar] | Scalar
Where = Mapping[str, Condition]
"""Field name → condition. A plain value must be equal; of a list or set of values any may be."""


def refuse_odd_names(names: Iterable[str]) -> None:
    """Raise ValueError for a name that a database could take for something else than a field."""
    for name in names:
        if not _PLAIN_FIELD.fullmatch(name):
            raise ValueError(f"{name!r} is not a field of a state or value")
