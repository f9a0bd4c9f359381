"""Why a promise counts as it does, with numbers of hours and days, in both languages."""

from typing import Any

import pytest

from coaching_events.ids import StreamId
from goals.commitment.explaining import BESIDES, STANDINGS, explained
from goals.commitment.rules.reliability import DAY, HOUR, Besides, Counted, Standing
from service_kit.languages import ENGLISH, language_of

GERMAN = language_of("de")
A_PROMISE: Any = None


def counted(standing: Standing, late: float = 0, *besides: Besides) -> Counted:
    promise = StreamId("commitment_one")
    return Counted(stream=promise, promise=A_PROMISE, credit=1, late=late, standing=standing, besides=besides)


@pytest.mark.parametrize(
    ("late", "english", "german"),
    [
        (0, "0 minutes", "0 Minuten"),
        (60, "1 minute", "1 Minute"),
        (120, "2 minutes", "2 Minuten"),
        (2 * HOUR, "2 hours", "2 Stunden"),
        (1 * DAY, "24 hours", "24 Stunden"),
        (2 * DAY, "2 working days", "2 Arbeitstage"),
    ],
)
def test_the_length_of_a_lateness_has_the_right_plural(late: float, english: str, german: str):
    assert explained(counted("kept-late", late), ENGLISH) == f"kept, {english} after it was due"
    assert explained(counted("kept-late", late), GERMAN) == f"{german} nach dem Termin erfüllt"


def test_all_reasons_together_are_one_text():
    found = counted("open", 2 * HOUR, "asked-late", "once-due")
    assert explained(found, GERMAN) == (
        "noch offen; gezählt, als würde sie jetzt erfüllt, 2 Stunden nach dem Termin; um einen neuen Termin wurde erst "
        "nach dem alten gebeten, daher zählt die Verspätung zu diesem Zeitpunkt; in die Kennzahl geht sie ein, sobald "
        "sie fällig gewesen wäre"
    )


@pytest.mark.parametrize("standing", STANDINGS)
@pytest.mark.parametrize("beside", BESIDES)
def test_every_reason_has_words_in_both_languages(standing: Standing, beside: Besides):
    english, german = (explained(counted(standing, DAY, beside), each) for each in (ENGLISH, GERMAN))
    assert "{" not in english + german
    assert english != german
