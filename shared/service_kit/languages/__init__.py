"""The languages of the people: sentences from catalogues, dates and numbers as Babel writes them.

A sentence in the code is English, and is the name of its translation. Babel and a catalogue are loaded when a text in
another language, or a date, is needed for the first time.
"""

from service_kit.languages.accepting import accepted
from service_kit.languages.catalogues import LANGUAGES, add_catalogue
from service_kit.languages.language import ENGLISH, TITLE, Language, language_of
from service_kit.languages.phrases import Phrase, Value, short

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "TITLE",
    "Language",
    "Phrase",
    "Value",
    "accepted",
    "add_catalogue",
    "language_of",
    "short",
]
