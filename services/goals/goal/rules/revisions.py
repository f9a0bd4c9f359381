"""The revisions of a goal, and what differs between two of them, word by word. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from coaching_events.amount import written_amount
from coaching_events.envelope import Recorded
from coaching_events.events.goal import GoalCountered, GoalEvent, GoalProposed, Measure
from goals.goal.state import Revision, revision_of

Part = Literal["title", "description", "measure-name", "measure-unit", "measure-from", "measure-to"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that both revisions have, or only the earlier one, or only the later one."""

    kind: Literal["same", "removed", "added"]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference. ``measure`` is the number of the measure. ``words`` marks what differs between the texts."""

    what: Part
    measure: int | None
    before: str | None
    after: str | None
    words: tuple[Piece, ...]


def revisions(history: Iterable[Recorded[GoalEvent]]) -> Sequence[Revision]:
    """Every revision of a goal, in order."""
    return [
        revision_of(recorded, recorded.event)
        for recorded in history
        if isinstance(recorded.event, GoalProposed | GoalCountered)
    ]


def changes(before: Revision | None, after: Revision) -> Sequence[Change]:
    """What differs between two revisions. Without an earlier one, everything is new."""
    was, now = _parts(before), _parts(after)
    both = dict.fromkeys((*now, *was))
    return [
        Change(what=what, measure=measure, before=old, after=new, words=_pieces(old or "", new or ""))
        for what, measure in both
        if (old := was.get((what, measure))) != (new := now.get((what, measure)))
    ]


def _parts(revision: Revision | None) -> dict[tuple[Part, int | None], str | None]:
    if revision is None:
        return {}
    measures = (part for number, each in enumerate(revision.measures, 1) for part in _of_measure(number, each))
    return {
        ("title", None): shown(revision.title),
        ("description", None): shown(revision.description),
        **dict(measures),
    }


def _of_measure(number: int, measure: Measure) -> Iterator[tuple[tuple[Part, int | None], str | None]]:
    yield ("measure-name", number), shown(measure.name)
    yield ("measure-unit", number), measure.unit
    yield ("measure-from", number), None if measure.from_value is None else written_amount(measure.from_value)
    yield ("measure-to", number), None if measure.to_value is None else written_amount(measure.to_value)


def _pieces(before: str, after: str) -> tuple[Piece, ...]:
    """The texts cut into words and the spaces between them, and compared."""
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    found: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[i:j])))
            continue
        pieces = Piece("removed", "".join(old[i:j])), Piece("added", "".join(new[k:m]))
        found += [piece for piece in pieces if piece.text]
    return tuple(found)


def shown(text: object) -> str | None:
    """A text, unless it is erased or its key is gone."""
    return text if isinstance(text, str) else None
