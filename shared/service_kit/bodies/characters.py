"""Characters that deceive a reader: they are invisible, break lines invisibly, or change the direction of text.

Some of them are needed: joiners in Persian and Indic words and in emoji, variants of ideographs and emoji, the tags of
some flags. Where such a character has its function, it counts as visible.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

# Controls, breaks of lines and marks of direction; format characters and letters that have no shape (Unicode:
# Default_Ignorable_Code_Point, DerivedCoreProperties).
ALWAYS_HIDDEN: Final = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
)
"""Characters that are hidden anywhere, as part of a character class of regular expressions (Python, ECMA-262)."""
_NEVER_SEEN = re.compile(
    rf"[{ALWAYS_HIDDEN}\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e001f"
    r"\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"
)
_DIRECTION = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f]")
_LINE_BREAK = re.compile(r"[\n\v\f\r\u0085\u2028\u2029]")
_JOINER = re.compile(r"[\u200c\u200d]")
_VARIANT = re.compile(r"[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_TAG = re.compile(r"[\U000e0020-\U000e007f]")
_SUSPECT = re.compile("|".join(each.pattern for each in (_NEVER_SEEN, _JOINER, _VARIANT, _TAG)))

_VIRAMA = 9
"""The combining class of the signs beside joiners in Indic scripts (RFC 5892, appendix A)."""
_BLACK_FLAG = "\U0001f3f4"
_LETTERS_WITH_VARIANTS = "\u1000"
"""From this letter on, letters without case have variants: Myanmar, Mongolian, ideographs."""


def hidden(text: str) -> Iterator[int]:
    """The positions of all deceptive characters, from 0 on."""
    if not _SUSPECT.search(text):
        return
    before = base = ""
    for place, letter in enumerate(text):
        if _SUSPECT.match(letter) and not _has_function(letter, before, base, text[place + 1 : place + 2]):
            yield place
            continue
        before = letter
        if unicodedata.bidirectional(letter) != "NSM":
            base = letter


def shown(text: str) -> str:
    """The text without deceptive characters, line breaks and tabs."""
    if not _SUSPECT.search(text):
        return text
    text = _NEVER_SEEN.sub("", text)
    left_out = {*hidden(text)}
    return "".join(letter for place, letter in enumerate(text) if place not in left_out)


Kind = Literal["line break", "control", "direction", "invisible"]


@dataclass(frozen=True, slots=True)
class Hidden:
    """A deceptive character: its kind, its name in Unicode, and its place in the text, from 1 on."""

    kind: Kind
    name: str
    place: int


def fault(text: str, allowed: str = "") -> Hidden | None:
    """The first deceptive character; None if there is none."""
    place = next((place for place in hidden(text) if text[place] not in allowed), None)
    if place is None:
        return None
    letter = text[place]
    name = " ".join((f"U+{ord(letter):04X}", unicodedata.name(letter, ""))).strip()
    return Hidden(_kind_of(letter), name, place + 1)


def _kind_of(letter: str) -> Kind:
    if _LINE_BREAK.match(letter):
        return "line break"
    if unicodedata.category(letter) == "Cc":
        return "control"
    return "direction" if _DIRECTION.match(letter) else "invisible"


def _has_function(letter: str, before: str, base: str, after: str) -> bool:
    """Whether a character is needed between its neighbours. ``base`` is the letter before it, without marks."""
    if not before:
        return False
    if _JOINER.match(letter):
        return unicodedata.combining(before) == _VIRAMA or (bool(after) and _joins(letter, before, base, after))
    if _VARIANT.match(letter):
        return _has_variants(before)
    return bool(_TAG.match(letter)) and (before == _BLACK_FLAG or bool(_TAG.match(before)))


def _joins(joiner: str, before: str, base: str, after: str) -> bool:
    """Whether it is between letters of a script that joins them (class AL), or between two emoji.

    An emoji ends with a symbol, a skin tone, or the sign that turns a symbol into an emoji.
    """
    if unicodedata.combining(after) == _VIRAMA:
        return True
    if unicodedata.bidirectional(after) == "AL":
        return bool(base) and unicodedata.bidirectional(base) == "AL"
    emoji = before == "\ufe0f" or unicodedata.category(before) in ("So", "Sk")
    return joiner == "\u200d" and emoji and unicodedata.category(after) in ("So", "Sm")


def _has_variants(before: str) -> bool:
    category = unicodedata.category(before)
    if category == "Lo":
        return before >= _LETTERS_WITH_VARIANTS
    return category in ("So", "Sm", "Po", "Pd", "Nd") or before == "\N{INFORMATION SOURCE}"
