"""Why a promise counts as it does, in the words of a reader's language."""

from collections.abc import Mapping
from typing import Final

from goals.commitment.rules.reliability import DAY, HOUR, Besides, Counted, Standing
from service_kit.languages import Language

STANDINGS: Final[Mapping[Standing, str]] = {
    "nothing-promised": "nothing was promised",
    "released": "released: it is no longer owed and counts nowhere",
    "suspended": "suspended: it fell due during an absence, a pause or an outage",
    "not-due": "not due yet",
    "asked-in-time": "a question asked in time: your partner has not answered yet",
    "made-too-late": "made less than a working day before it was due, and not on request",
    "kept-on-time": "kept on time",
    "kept-late": "kept, {length} after it was due",
    "open": "still open, counted as if it were kept now, {length} after it was due",
}
BESIDES: Final[Mapping[Besides, str]] = {
    "asked-late": "a new date was asked for only after the old one had passed, so the lateness then sets the credit",
    "clean-slate": "your clean slate makes it count as on time",
    "once-due": "it counts in the figure once it would have been due",
    "too-old": "it was due more than 26 weeks ago and no longer counts in the figure",
}


def explained(counted: Counted, language: Language) -> str:
    """The reason for a credit, or for none."""
    standing = language.say(STANDINGS[counted.standing], length=_length(counted.late, language))
    return "; ".join((standing, *(language.say(BESIDES[each]) for each in counted.besides)))


def _length(seconds: float, language: Language) -> str:
    if seconds >= 2 * DAY:
        return language.several("1 working day", "{number} working days", round(seconds / DAY))
    if seconds >= 2 * HOUR:
        return language.several("1 hour", "{number} hours", round(seconds / HOUR))
    return language.several("1 minute", "{number} minutes", round(seconds / 60))
