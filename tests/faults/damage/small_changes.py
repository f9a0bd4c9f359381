"""The smallest changes, and what several kinds of damage have in common."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, cast

from coaching_events.envelope import read
from coaching_events.ids import kind_of
from tests.faults.oracle.evidence import Document, Evidence, Row
from tests.faults.oracle.rows import fold_of
from tests.faults.oracle.suite import ROWS, SERVICES
from tests.faults.oracle.topics import Heard

HOUR = timedelta(hours=1)


def altered(value: Any, dice: Random) -> Any:
    """The same with one value changed."""
    match value:
        case dict() if value:
            known = cast(dict[str, Any], value)
            name = dice.choice(sorted(known))
            return {**known, name: altered(known[name], dice)}
        case list() | tuple() if value:
            parts = list(cast(Sequence[Any], value))
            place = dice.randrange(len(parts))
            return [*parts[:place], altered(parts[place], dice), *parts[place + 1 :]]
        case bool():
            return not value
        case int() | float():
            return value + 1
        case _:
            return f"{value} and more"


def instead(evidence: Evidence, document: Document) -> Evidence:
    documents = [document if each.stream == document.stream else each for each in evidence.documents]
    return replace(evidence, documents=documents)


def folded(evidence: Evidence, row: Row, until: int) -> Row | None:
    """The row after so many events; none if there are none."""
    service = next(each for each in SERVICES if each.name == row.service)
    heard = [Heard(read(record.headers), record) for record in evidence.records]
    of_it = [each for each in heard if each.envelope.stream == row.stream and each.envelope.version <= until]
    if not of_it:
        return None
    projection = ROWS[row.service][kind_of(row.stream)]
    fold = fold_of(service, projection, row.stream, of_it, frozenset())
    return replace(row, at=fold.at, value=fold.value)
