"""Our own words in a place of a sentence. They are translated as the sentence is."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Union

from eventlog import filled

Value = Union[str, int, float, date, datetime, "Phrase", None]
"""What can be in a place. Texts are shown as they are; instants, dates and fractions as the language writes them."""


class Phrase:
    """Words of ours with named places, which stand in a place of a sentence: ``Phrase("your partner")``.

    A language whose words change with their case has a translation for each case that its sentences name, as in
    ``{partner:dative}``.
    """

    __slots__ = ("text", "values")

    def __init__(self, text: str, /, **values: Value) -> None:
        self.text = text
        self.values: Mapping[str, Value] = values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Phrase) and (self.text, self.values) == (other.text, other.values)

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        """The English words."""
        return filled(self.text, self.values)

    def __repr__(self) -> str:
        return f"Phrase({self.text!r}, {dict(self.values)!r})"


def short(number: float) -> float | int:
    """The number as an integer if it is one, so that no language writes a fraction of zero."""
    return int(number) if float(number).is_integer() else number
