"""A table's text as lines of cells. A line that cannot be read is told by itself and takes no other with it. Pure."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NUL = "\0"
LONGEST_CELL_IN_LINES = 20
"""A quote that is not closed within so many lines is taken for one that was never to be closed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line with its number, from 1 on, and its cells."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that is not taken in, and why."""

    line: int
    why: str


def lines_of(text: str, delimiter: str) -> Iterator[Line | Wrong]:
    """Every line that is not empty, in order. A cell that runs over lines makes each of them wrong."""
    raw = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    number = 0
    while number < len(raw):
        cells = _cells(raw[number], delimiter)
        if cells is not None:
            if any(cell.strip() for cell in cells):
                yield Line(number + 1, cells)
        else:
            last = number if NUL in raw[number] else _closing(raw, number, delimiter)
            yield Wrong(number + 1, _why(raw[number], number, last))
            for inside in range(number + 1, last + 1):
                yield Wrong(inside + 1, f"It belongs to the cell that begins in line {number + 1}: see there.")
            number = last
        number += 1


def _cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line; None if it cannot be read alone."""
    if NUL in line:
        return None
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), list[str]())
    except csv.Error:
        return None


def _closing(raw: Sequence[str], first: int, delimiter: str) -> int:
    """The line in which a quote that is open at the end of ``first`` is closed; ``first`` itself if in none."""
    for last in range(first + 1, min(first + LONGEST_CELL_IN_LINES, len(raw))):
        try:
            next(csv.reader([f"{line}\n" for line in raw[first : last + 1]], delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        return last
    return first


def _why(line: str, first: int, last: int) -> str:
    if NUL in line:
        return "It holds a character that is no text (NUL). Export the file again as plain text."
    if last > first:
        return f"A cell runs over lines {first + 1} to {last + 1}. Write it in one line."
    return "A quotation mark in it is never closed, or stands inside a cell. Close it, or leave it out."
