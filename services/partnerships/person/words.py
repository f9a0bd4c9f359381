"""The words of names, in the form in which a search compares them. Pure."""

import unicodedata
from itertools import groupby

from coaching_readmodels import compared

_OWN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_DIACRITIC = 200
"""From this combining class on, a mark is above or below a letter. A smaller class is part of the letter."""


def search_words(text: str) -> tuple[str, ...]:
    """The words of a text in small letters, without accents: ``José-Luis`` gives ``jose`` and ``luis``."""
    return _pieces(_plain(compared(text)))


def name_words(name: str) -> tuple[str, ...]:
    """All words by whose beginning a search finds the name.

    These are its words, its words with a hyphen or an apostrophe in one piece (``obrien``), and umlauts written in two
    letters (``mueller``).
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
