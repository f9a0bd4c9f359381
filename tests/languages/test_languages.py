"""A person's language: how it is chosen, and how it writes dates, numbers and our own words."""

import subprocess
import sys
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from service_kit.http.problems import Problem
from service_kit.languages import ENGLISH, Language, Phrase, accepted, language_of

GERMAN = language_of("de")

NOT_AT_START = """
import sys
from notifications.app import definition
definition.routers(), definition.pages()
assert not {"babel", "babel.core"} & {*sys.modules}
"""


def test_a_process_starts_without_babel_and_reads_no_catalogue():
    assert subprocess.run([sys.executable, "-c", NOT_AT_START], check=False).returncode == 0


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE-de", "de"),
        ("de-DE, de;q=0.9, en;q=0.8", "de"),
        ("en-GB, de;q=0.9", "en"),
        ("fr, de;q=0.5", "de"),
        ("fr, de;q=0.4, en;q=0.5", "en"),
        ("en;q=0.5, de;q=0.50", "en"),
        ("de;q=0, en", "en"),
        ("de;q=0", None),
        ("fr", None),
        ("*", "en"),
        ("fr, *;q=0.1", "en"),
        ("de;q=0.2, *;q=0.1", "de"),
        ("den", None),
        ("", None),
        (",, ,", None),
        ("de;q=high, en;q=0.1", "en"),
        ("de;q=2, en;q=0.1", "en"),
        ("de; q = 0.7 , en;q=0.3", "de"),
        ("\xe9\xff;;;q=, de", "de"),
        ("de" * 4000, None),
    ],
)
def test_the_language_that_a_client_accepts_best(header: str, tag: str | None):
    found = accepted(header)
    assert (None if found is None else found.tag) == tag


@pytest.mark.parametrize(
    ("locale", "tag"),
    [("de", "de"), ("de-DE", "de"), ("de_AT", "de"), ("en-US", "en"), ("fr", "en"), ("", "en"), ("zz-ZZ", "en")],
)
def test_the_language_of_a_person_is_that_of_their_locale_or_else_english(locale: str, tag: str):
    assert language_of(locale).tag == tag


SPRING = [
    (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Sunday 29 March, 01:59", "Sonntag, 29. März, 01:59 Uhr"),
    (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Sunday 29 March, 03:00", "Sonntag, 29. März, 03:00 Uhr"),
]
AUTUMN = [
    (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Sunday 25 October, 02:30", "Sonntag, 25. Oktober, 02:30 Uhr"),
    (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Sunday 25 October, 02:30", "Sonntag, 25. Oktober, 02:30 Uhr"),
    (datetime(2026, 10, 25, 2, 30, tzinfo=UTC), "Sunday 25 October, 03:30", "Sonntag, 25. Oktober, 03:30 Uhr"),
]


@pytest.mark.parametrize(("instant", "english", "german"), [*SPRING, *AUTUMN])
def test_a_moment_is_written_on_the_readers_clock_over_both_changes_of_it(instant: datetime, english: str, german: str):
    assert ENGLISH.moment(instant, BERLIN, instant.date()) == english
    assert GERMAN.moment(instant, BERLIN, instant.date()) == german


def test_months_have_the_names_of_the_readers_region():
    january = datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert GERMAN.moment(january, BERLIN, january.date()) == "Montag, 5. Januar, 13:00 Uhr"
    assert language_of("de-AT").moment(january, BERLIN, january.date()) == "Montag, 5. Jänner, 13:00 Uhr"
    assert language_of("de-XX").moment(january, BERLIN, january.date()) == "Montag, 5. Januar, 13:00 Uhr"


def test_a_moment_that_is_far_away_is_told_with_its_year():
    told, due = date(2026, 2, 12), datetime(2027, 3, 8, 11, 15, tzinfo=UTC)
    assert ENGLISH.moment(due, BERLIN, told) == "Monday 8 March 2027, 12:15"
    assert GERMAN.moment(due, BERLIN, told) == "Montag, 8. März 2027, 12:15 Uhr"
    assert GERMAN.moment(due, BERLIN, date(2026, 12, 31)) == "Montag, 8. März, 12:15 Uhr"
    assert GERMAN.moment(due, BERLIN, date(2028, 2, 1)) == "Montag, 8. März 2027, 12:15 Uhr"


def test_values_in_a_sentence_are_written_as_the_language_writes_them():
    values = {"at": datetime(2026, 3, 2, 15, tzinfo=UTC), "on": date(2026, 3, 2), "share": 0.5, "many": 50_000}
    assert ENGLISH.fill("{at} {on} {share} {many}", values) == "2 March 2026, 15:00 UTC 2 March 2026 0.5 50000"
    assert GERMAN.fill("{at} {on} {share} {many}", values) == "2. März 2026, 15:00 Uhr (UTC) 2. März 2026 0,5 50000"


def test_what_is_in_a_value_is_never_taken_for_a_place():
    assert ENGLISH.fill("{a} and {b}", {"a": "{b}", "b": "{a}"}) == "{b} and {a}"
    assert ENGLISH.fill("{a} and {b}", {"a": "x"}) == "x and {b}"


def test_our_own_words_in_a_place_are_translated_too():
    either = Phrase("{first} or {last}", first="a", last="b")
    assert ENGLISH.fill("should be {expected}", {"expected": either}) == "should be a or b"
    assert GERMAN.fill("should be {expected}", {"expected": either}) == "muss a oder b sein"


@pytest.mark.parametrize("language", [ENGLISH, GERMAN])
def test_a_text_without_a_translation_stays_as_it_is(language: Language):
    assert language.say("Nobody translates this: {it}.", it=1) == "Nobody translates this: 1."


def test_a_problem_has_a_text_in_english_for_logs():
    problem = Problem(413, "body-too-large", "A body may have {most} kB.", values={"most": 256})
    assert str(problem) == "A body may have 256 kB."
