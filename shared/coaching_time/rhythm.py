"""The rhythms that terms can have: a subset of the recurrence rules of RFC 5545, section 3.3.10."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

MISSING: Final = (
    "{part} is missing. A rhythm is FREQ=DAILY, or FREQ=WEEKLY with BYDAY (MO to SU) and, if wanted, INTERVAL (1 to "
    "52), or FREQ=MONTHLY with either BYDAY (MO to SU, or one of them in the month: 1MO to 4SU, -1MO to -4SU) or "
    "BYMONTHDAY (1 to 28, or -1 for the last day)."
)
NOT_HERE: Final = (
    "{part} cannot be used here. A rhythm is FREQ=DAILY, or FREQ=WEEKLY with BYDAY (MO to SU) and, if wanted, INTERVAL "
    "(1 to 52), or FREQ=MONTHLY with either BYDAY (MO to SU, or one of them in the month: 1MO to 4SU, -1MO to -4SU) or "
    "BYMONTHDAY (1 to 28, or -1 for the last day)."
)
LONGEST_RULE: Final = 200
DAYS: Final = {name: number for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
DAY_OF_WEEK: Final = re.compile(r"(?P<nth>-?[1-4])?(?P<day>MO|TU|WE|TH|FR|SA|SU)")
WHOLE_NUMBER: Final = re.compile(r"-?[0-9]{1,2}")


class UnsupportedRhythm(ValueError):
    """The rule is no recurrence rule, or is outside the subset. The sentence says what is wrong and what is allowed."""

    def __init__(self, sentence: str, part: str) -> None:
        super().__init__(sentence.replace("{part}", part))
        self.sentence = sentence
        self.values = {"part": part}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recurrence:
    """A parsed rule. `weekdays` are pairs: the weekday (0 = Monday) and its number in the month (0 for each)."""

    every: Literal["day", "week", "month"]
    interval: int = 1
    weekdays: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()


@lru_cache(maxsize=4096)
def parse_rhythm(rule: str) -> Recurrence:
    """The recurrence of the rule. Raises UnsupportedRhythm."""
    parts = _parts(rule)
    match parts.pop("FREQ", None):
        case "DAILY":
            found = Recurrence(every="day", interval=_interval(parts, most=1))
        case "WEEKLY":
            found = Recurrence(every="week", interval=_interval(parts, most=52), weekdays=_weekdays(parts, nth=False))
        case "MONTHLY":
            interval = _interval(parts, most=1)
            if "BYDAY" in parts:
                found = Recurrence(every="month", interval=interval, weekdays=_weekdays(parts, nth=True))
            else:
                found = Recurrence(every="month", interval=interval, month_days=_month_days(parts))
        case None:
            raise UnsupportedRhythm(MISSING, "FREQ")
        case _:
            raise UnsupportedRhythm(NOT_HERE, "FREQ")
    if parts:
        raise UnsupportedRhythm(NOT_HERE, ", ".join(sorted(parts)))
    return found


def _parts(rule: str) -> dict[str, str]:
    if len(rule) > LONGEST_RULE:
        raise UnsupportedRhythm(NOT_HERE, "RRULE")
    parts: dict[str, str] = {}
    for part in rule.upper().split(";"):
        name, equals, value = part.partition("=")
        if not (equals and value and name.isascii() and name.isalpha()):
            raise UnsupportedRhythm(NOT_HERE, "RRULE")
        if name in parts:
            raise UnsupportedRhythm(NOT_HERE, name)
        parts[name] = value
    return parts


def _interval(parts: dict[str, str], *, most: int) -> int:
    return _number("INTERVAL", parts.pop("INTERVAL", "1"), range(1, most + 1))


def _weekdays(parts: dict[str, str], *, nth: bool) -> tuple[tuple[int, int], ...]:
    found: set[tuple[int, int]] = set()
    for text in _list(parts, "BYDAY"):
        day = DAY_OF_WEEK.fullmatch(text)
        if day is None or (day["nth"] and not nth):
            raise UnsupportedRhythm(NOT_HERE, "BYDAY")
        found.add((DAYS[day["day"]], int(day["nth"] or 0)))
    return tuple(sorted(found))


def _month_days(parts: dict[str, str]) -> tuple[int, ...]:
    allowed = (*range(1, 29), -1)
    return tuple(sorted({_number("BYMONTHDAY", text, allowed) for text in _list(parts, "BYMONTHDAY")}))


def _list(parts: dict[str, str], name: str) -> list[str]:
    if name not in parts:
        raise UnsupportedRhythm(MISSING, name)
    return parts.pop(name).split(",")


def _number(name: str, text: str, allowed: range | tuple[int, ...]) -> int:
    if not WHOLE_NUMBER.fullmatch(text) or int(text) not in allowed:
        raise UnsupportedRhythm(NOT_HERE, name)
    return int(text)
