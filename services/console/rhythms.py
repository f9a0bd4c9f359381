"""The rhythms that a form offers, in words. The services know more of them."""

from collections.abc import Sequence
from typing import Final

from service_kit.languages import Language

DAYS: Final = ("MO", "TU", "WE", "TH", "FR")
DAILY: Final = "Every day"
EVERY_WEEK: Final = "Every week on {day}"
EVERY_SECOND_WEEK: Final = "Every second week on {day}"
FIRST_OF_MONTH: Final = "Every month, on the first {day}"


def rhythms(language: Language) -> Sequence[tuple[str, str]]:
    """Each rule, and its words."""
    from babel.dates import get_day_names

    names = get_day_names("wide", "format", language.tag)
    days = [(code, names[number]) for number, code in enumerate(DAYS)]
    return [
        *((f"FREQ=WEEKLY;BYDAY={code}", language.say(EVERY_WEEK, day=name)) for code, name in days),
        *((f"FREQ=WEEKLY;INTERVAL=2;BYDAY={code}", language.say(EVERY_SECOND_WEEK, day=name)) for code, name in days),
        *((f"FREQ=MONTHLY;BYDAY=1{code}", language.say(FIRST_OF_MONTH, day=name)) for code, name in days),
        ("FREQ=DAILY", language.say(DAILY)),
    ]


def in_words(rule: str, language: Language) -> str:
    """A rule in words; the rule itself, if no form offers it."""
    parts = _parts(rule.upper())
    if parts.get("INTERVAL") == "1":
        del parts["INTERVAL"]
    return next((words for each, words in rhythms(language) if _parts(each) == parts), rule)


def _parts(rule: str) -> dict[str, str]:
    return {name: value for name, _, value in (part.partition("=") for part in rule.split(";"))}
