"""Damage to what services keep: rows and documents dropped, doubled, swapped, altered, late."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random
from typing import TypeVar

from coaching_events.ids import kind_of
from tests.faults.damage.small_changes import HOUR, altered, folded, instead
from tests.faults.oracle.evidence import Document, Evidence, Row

T = TypeVar("T")


def _with_one_changed(kept: Sequence[T], dice: Random, change: Callable[[T], T | None]) -> list[T]:
    """All of them but for one, which is changed, or gone if nothing comes of it."""
    place = dice.randrange(len(kept))
    changed = change(kept[place])
    return [*kept[:place], *([] if changed is None else [changed]), *kept[place + 1 :]]


def _row(evidence: Evidence, dice: Random, change: Callable[[Row], Row | None]) -> Evidence:
    return replace(evidence, rows=_with_one_changed(evidence.rows, dice, change))


def a_row_dropped(evidence: Evidence, dice: Random) -> Evidence:
    return _row(evidence, dice, lambda row: None)


def a_row_doubled(evidence: Evidence, dice: Random) -> Evidence:
    """It took something in twice, and thinks to be further than it is."""
    return _row(evidence, dice, lambda row: replace(row, at=row.at + 1))


def a_row_altered(evidence: Evidence, dice: Random) -> Evidence:
    return _row(evidence, dice, lambda row: replace(row, value=altered(row.value, dice)))


def a_row_late(evidence: Evidence, dice: Random) -> Evidence:
    return _row(evidence, dice, lambda row: folded(evidence, row, row.at - 1))


def rows_swapped(evidence: Evidence, dice: Random) -> Evidence:
    """Two rows of one kind have each other's values."""
    while True:
        one, other = dice.sample(evidence.rows, 2)
        of_one_kind = (one.service, kind_of(one.stream)) == (other.service, kind_of(other.stream))
        if of_one_kind and one.value != other.value:
            break
    swapped = {id(one): replace(one, value=other.value), id(other): replace(other, value=one.value)}
    return replace(evidence, rows=[swapped.get(id(row), row) for row in evidence.rows])


def _document(evidence: Evidence, dice: Random, change: Callable[[Document], Document | None]) -> Evidence:
    return replace(evidence, documents=_with_one_changed(evidence.documents, dice, change))


def a_document_dropped(evidence: Evidence, dice: Random) -> Evidence:
    return _document(evidence, dice, lambda document: None)


def an_entry_dropped(evidence: Evidence, dice: Random) -> Evidence:
    def without(document: Document) -> Document:
        place = dice.randrange(len(document.history))
        return replace(document, history=(*document.history[:place], *document.history[place + 1 :]))

    return _document(evidence, dice, without)


def an_entry_doubled(evidence: Evidence, dice: Random) -> Evidence:
    def twice(document: Document) -> Document:
        again = replace(document.history[-1], version=document.version + 1)
        return replace(document, history=(*document.history, again), version=document.version + 1)

    return _document(evidence, dice, twice)


def entries_swapped(evidence: Evidence, dice: Random) -> Evidence:
    def swapped(document: Document) -> Document:
        history = list(document.history)
        place = dice.randrange(len(history) - 1)
        one, other = history[place : place + 2]
        history[place : place + 2] = [replace(other, version=one.version), replace(one, version=other.version)]
        return replace(document, history=tuple(history))

    longer = [document for document in evidence.documents if len(document.history) > 1]
    return instead(evidence, swapped(dice.choice(longer)))


def a_document_altered(evidence: Evidence, dice: Random) -> Evidence:
    def changed(document: Document) -> Document:
        match dice.randrange(5):
            case 0:
                return replace(document, key="somebody")
            case 1:
                return replace(document, state=altered(document.state, dice))
            case 2:
                return replace(document, wake_at=(document.wake_at or evidence.now) + HOUR)
            case 3:
                return replace(document, published={**altered(document.published, dice)})
            case _:
                place = dice.randrange(len(document.history))
                history = list(document.history)
                data = altered(json.loads(history[place].data), dice)
                history[place] = replace(history[place], data=json.dumps(data))
                return replace(document, history=tuple(history))

    return _document(evidence, dice, changed)


def a_document_late(evidence: Evidence, dice: Random) -> Evidence:
    """Something was due and was passed over."""
    return _document(evidence, dice, lambda document: replace(document, wake_at=evidence.now - HOUR))
