"""Sentences with named places, as in ``You have {most} open requests.`` The places are filled after a translation."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

PLACE: Final = re.compile(r"\{(\w+)(?::(\w+))?\}")
"""A place: its name, and the grammatical case that the sentence needs there: ``{partner:dative}``."""


def as_text(value: object, case: str | None) -> str:
    """The value as Python writes it, whatever the case."""
    return str(value)


def filled(sentence: str, values: Mapping[str, Any], shown: Callable[[Any, str | None], str] = as_text) -> str:
    """The sentence with these values in its places. A place without a value stays as it is.

    What is in a value is never taken for a place.
    """
    return PLACE.sub(lambda place: shown(values[place[1]], place[2]) if place[1] in values else place[0], sentence)
