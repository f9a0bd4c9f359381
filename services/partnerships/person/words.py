"""The words of names as a search compares them. Pure."""

import unicodedata
from itertools import groupby

from coaching_readmodels import compared

_OWN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_DIACRITIC = 200
"""From this combining class on a mark stands above or below a letter. Smaller ones are part of a script's letters."""


def search_words(text: str) -> tuple[str, ...]:
    """The words of a text, case folded and without accents: ``José-Luis`` is ``jose`` and ``luis``."""
    return _pieces(_plain(compared(text)))


def name_words(name: str) -> tuple[str, ...]:
    """All words by whose beginning a name is found.

    Besides its own words these are words with a hyphen or an apostrophe in one piece (``obrien``) and umlauts written
    in two letters (``mueller``).
    """
    found: set[str] = set()
    for part in compared(name).split():
        for spelt in (_plain(part), _plain(part.translate(_UMLAUTS))):
            pieces = _pieces(spelt)
            found.update(pieces, ["".join(pieces)] if pieces else [])
    return tuple(sorted(found))


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.translate(_OWN_LETTERS))
    return "".join(each for each in apart if unicodedata.combining(each) < _DIACRITIC)


def _pieces(text: str) -> tuple[str, ...]:
    return tuple("".join(group) for in_word, group in groupby(text, _in_word) if in_word)


def _in_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LMN"
