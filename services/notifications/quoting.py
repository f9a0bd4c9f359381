"""Texts of people inside our messages: always marked as quotations, and harmless. Pure.

A line of a partner never looks like a line of ours. A short text is in quotation marks in our sentence. A longer one is
below it, with a mark at the beginning of each line. Characters that could deceive a reader are left out when shown; the
stored text does not change.
"""

import re
from collections.abc import Sequence
from textwrap import TextWrapper
from typing import Final

from service_kit.bodies import shown

MARK: Final = ">"
LONGEST_IN_A_SENTENCE: Final = 120
TAB: Final = 4
_QUOTATION_MARKS = re.compile('["“”„‟«»″〝〞〟＂]')
_OUTSIDE = re.compile(f"{_QUOTATION_MARKS.pattern}|://")
_LIKE_A_SENTENCE = re.compile("[:/<>]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_BROKEN = TextWrapper(width=74, break_long_words=False, break_on_hyphens=False)
"""Web addresses stay whole, because a line of ours always has more than one word."""


MARKS: Final = "“”"
"""Quotation marks; those of other languages are given instead."""


def in_a_sentence(text: str, marks: str = MARKS) -> str | None:
    """The text in quotation marks. None if it is too long, has a link, or could end the quotation."""
    lines = _lines(text)
    if len(lines) != 1 or len(lines[0]) > LONGEST_IN_A_SENTENCE or _OUTSIDE.search(lines[0]):
        return None
    return f"{marks[0]}{lines[0].strip()}{marks[1]}"


def below(text: str) -> Sequence[str]:
    """The text line by line, each with the mark. Empty if nothing in it is visible."""
    return [f"{MARK} {line}".rstrip() for line in _lines(text)]


def named(name: str, marks: str = MARKS) -> str:
    """A name on one line, in quotation marks if it could be read as a sentence. Empty if nothing in it is visible."""
    line = " ".join(shown(" ".join(name.split())).split())
    return f"{marks[0]}{_QUOTATION_MARKS.sub('’', line)}{marks[1]}" if _LIKE_A_SENTENCE.search(line) else line


def is_quoted(line: str) -> bool:
    """Whether a line is a quotation."""
    return line.startswith(MARK)


def unmarked(line: str) -> str:
    """A quoted line in its original form."""
    return line.removeprefix(MARK).removeprefix(" ")


def broken(text: str) -> str:
    """The same with long quoted lines broken. A mail program that breaks them itself would mark only the first part."""
    return "\n".join(part for line in text.split("\n") for part in (_broken(line) if is_quoted(line) else [line]))


def _broken(line: str) -> Sequence[str]:
    parts = _BROKEN.wrap(_SPACES.sub(" ", unmarked(line)))
    return [f"{MARK} {part}" for part in parts] or [MARK]


def _lines(text: str) -> Sequence[str]:
    """The visible lines of a text, without empty lines around it."""
    lines = [shown(line.expandtabs(TAB)).rstrip() for line in text.splitlines()]
    seen = [place for place, line in enumerate(lines) if line]
    return lines[seen[0] : seen[-1] + 1] if seen else []
