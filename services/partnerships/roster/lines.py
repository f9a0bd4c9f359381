"""The lines of a table, as cells. A line that cannot be read is reported, and the others are read. Pure."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service_kit.languages import Phrase

NUL = "\0"
LONGEST_CELL_IN_LINES = 20
"""A quote without an end within so many lines counts as a fault of its first line."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number, from 1 on, and its cells."""

    number: int
    cells: Sequence[str]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that is not imported, and the reason."""

    line: int
    why: Phrase


def lines_of(text: str, delimiter: str) -> Iterator[Line | Wrong]:
    """Every line that is not empty, in order. Each line of a cell with line breaks is wrong."""
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
                yield Wrong(inside + 1, _inside(number + 1))
            number = last
        number += 1


def _cells(line: str, delimiter: str) -> list[str] | None:
    """The cells of a line. None if it cannot be read alone."""
    if NUL in line:
        return None
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), list[str]())
    except csv.Error:
        return None


def _closing(raw: Sequence[str], first: int, delimiter: str) -> int:
    """The line that closes an open quote of ``first``; ``first`` itself if there is none."""
    for last in range(first + 1, min(first + LONGEST_CELL_IN_LINES, len(raw))):
        try:
            next(csv.reader([f"{line}\n" for line in raw[first : last + 1]], delimiter=delimiter, strict=True))
        except csv.Error:
            continue
        return last
    return first


def _inside(first: int) -> Phrase:
    return Phrase("It belongs to the cell that begins in line {first}: see there.", first=first)


def _why(line: str, first: int, last: int) -> Phrase:
    if NUL in line:
        return Phrase("It has a NUL character, which is no text. Export the file again as plain text.")
    if last > first:
        return Phrase("A cell covers lines {first} to {last}. Write it in one line.", first=first + 1, last=last + 1)
    return Phrase("It has a quotation mark that is never closed, or one inside a cell. Close it, or leave it out.")
