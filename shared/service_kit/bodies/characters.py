"""Characters that deceive a reader: they cannot be seen, break a line unseen, or turn the direction of what follows.

Some of them people need: joiners in Persian and Indic words and in emoji, variants of ideographs and emoji, the tags of
some flags. Where one of these does its work it counts as seen.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

# Controls, breaks of lines and marks of direction; format characters and letters that have no shape (Unicode:
# Default_Ignorable_Code_Point, DerivedCoreProperties).
ALWAYS_HIDDEN: Final = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb"
)
"""What is hidden wherever it stands, as a part of a character class of regular expressions (of Python and ECMA-262)."""
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
"""The combining class of the signs that joiners stand beside in Indic scripts (RFC 5892, appendix A)."""
_BLACK_FLAG = "\U0001f3f4"
_LETTERS_WITH_VARIANTS = "\u1000"
"""From here on letters without case have variants: Myanmar, Mongolian, ideographs."""


def hidden(text: str) -> Iterator[int]:
    """The places of all characters that deceive, from 0 on."""
    if not _SUSPECT.search(text):
        return
    before = base = ""
    for place, letter in enumerate(text):
        if _SUSPECT.match(letter) and not _has_work(letter, before, base, text[place + 1 : place + 2]):
            yield place
            continue
        before = letter
        if unicodedata.bidirectional(letter) != "NSM":
            base = letter


def shown(text: str) -> str:
    """The text without what deceives; line breaks and tabs go as well."""
    if not _SUSPECT.search(text):
        return text
    text = _NEVER_SEEN.sub("", text)
    left_out = {*hidden(text)}
    return "".join(letter for place, letter in enumerate(text) if place not in left_out)


def fault(text: str, allowed: str = "") -> str | None:
    """What is wrong with a text in which nothing may deceive, as the rest of a sentence; None if nothing is."""
    place = next((place for place in hidden(text) if text[place] not in allowed), None)
    if place is None:
        return None
    letter = text[place]
    if _LINE_BREAK.match(letter):
        kind = "a line break"
    elif unicodedata.category(letter) == "Cc":
        kind = "a control character"
    elif _DIRECTION.match(letter):
        kind = "a character that turns the direction of text"
    else:
        kind = "an invisible character"
    name = " ".join((f"U+{ord(letter):04X}", unicodedata.name(letter, ""))).strip()
    return f"has {kind} ({name}) at place {place + 1}: leave it out"


def _has_work(letter: str, before: str, base: str, after: str) -> bool:
    """Whether a character is needed between its neighbours. ``base`` is the letter before that marks stand on."""
    if not before:
        return False
    if _JOINER.match(letter):
        return unicodedata.combining(before) == _VIRAMA or (bool(after) and _joins(letter, before, base, after))
    if _VARIANT.match(letter):
        return _has_variants(before)
    return bool(_TAG.match(letter)) and (before == _BLACK_FLAG or bool(_TAG.match(before)))


def _joins(joiner: str, before: str, base: str, after: str) -> bool:
    """Whether it stands between letters of a script that joins them (class AL), or between two emoji.

    An emoji ends with a symbol, a tone of skin, or the sign that makes an emoji of a symbol.
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
