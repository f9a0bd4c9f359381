"""One language: how it says a sentence, and how it writes a date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from eventlog import filled
from service_kit.languages.catalogues import LANGUAGES, catalogue
from service_kit.languages.phrases import Phrase, Value

if TYPE_CHECKING:
    from babel import Locale

TITLE: Final = "title"
"""The context of the titles of problems in a catalogue."""
WITHOUT_A_YEAR: Final = timedelta(days=300)
"""The distance of a moment up to which nobody takes its date for that of another year."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language, such as ``de``, and the ``locale`` by which it writes dates, such as ``de_AT``."""

    tag: str
    locale: str

    def say(self, sentence: str, /, **values: Value) -> str:
        """A sentence with these values in its places."""
        return self.fill(sentence, values)

    def fill(self, sentence: str, values: Mapping[str, Value], *, context: str | None = None) -> str:
        """The same for values that have names already. ``context`` tells equal English texts apart."""
        known = catalogue(self.tag)
        said = known.gettext(sentence) if context is None else known.pgettext(context, sentence)
        return filled(said, values, self._shown)

    def phrase(self, phrase: Phrase, *, case: str | None = None) -> str:
        """Words of ours by themselves."""
        return self.fill(phrase.text, phrase.values, context=case)

    def several(self, one: str, many: str, number: int, /, **values: Value) -> str:
        """The sentence for this number of things; ``number`` can be named in a place."""
        return filled(catalogue(self.tag).ngettext(one, many, number), {"number": number, **values}, self._shown)

    def moment(self, instant: datetime, zone: tzinfo, told: date) -> str:
        """A moment with its day of the week, for a person in this zone who is told on the day ``told``.

        It has a year if without one it could be understood as a moment of another year.
        """
        near = abs(instant.astimezone(zone).date() - told) < WITHOUT_A_YEAR
        pattern = self.say("EEEE d MMMM, HH:mm") if near else self.say("EEEE d MMMM y, HH:mm")
        return self._written(instant, pattern, zone)

    def day(self, day: date) -> str:
        """A date with the day of the week."""
        instant = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return self._written(instant, self.say("EEEE d MMMM y"), UTC)

    def number(self, value: Decimal) -> str:
        """A number with all its digits."""
        from babel.numbers import format_decimal

        return format_decimal(value, locale=_known(self.locale, self.tag), decimal_quantization=False)

    def _shown(self, value: Value, case: str | None) -> str:
        match value:
            case Phrase():
                return self.phrase(value, case=case)
            case datetime():
                return self._written(value, self.say("d MMMM y, HH:mm 'UTC'"), UTC)
            case date():
                return self._written(
                    datetime(value.year, value.month, value.day, tzinfo=UTC), self.say("d MMMM y"), UTC
                )
            case float():
                from babel.numbers import format_decimal

                return format_decimal(value, locale=_known(self.locale, self.tag), group_separator=False)
            case _:
                return str(value)

    def _written(self, instant: datetime, pattern: str, zone: tzinfo) -> str:
        from babel.dates import format_datetime

        return format_datetime(instant, pattern, zone, locale=_known(self.locale, self.tag))


ENGLISH: Final = Language("en", "en")


@lru_cache(maxsize=1000)
def language_of(locale: str) -> Language:
    """The language of a person's locale, such as ``de-AT``; English for a language that has no catalogue."""
    tag = locale.replace("_", "-").partition("-")[0].lower()
    return Language(tag, locale.replace("-", "_")) if tag in LANGUAGES else ENGLISH


@lru_cache(maxsize=1000)
def _known(locale: str, tag: str) -> "Locale":
    """What Babel knows of a locale; of its language alone, if it does not know the region."""
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        return Locale.parse(tag)
