"""The sentences of pages are found in their templates, and what a page says in English alone is found with its line."""

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from console.rendering import environment
from service_kit.languages import language_of
from tests.languages.catalogues import messages, read
from tests.languages.sentences import PARTS, Part, outside_in, sentences, unlisted

CONSOLE = next(part for part in PARTS if part.package == "console")
THREE_CASES = re.compile(r"\b(mit|von|bei|zu|nach|aus|seit|gegenüber|wegen|dank|trotz) \{name\}")


@pytest.fixture
def part(tmp_path: Path) -> Part:
    (tmp_path / "templates").mkdir()
    return Part("a", (str(tmp_path),))


def written(part: Part, source: str) -> None:
    (Path(part.folders[0]) / "templates" / "a.html").write_text(source)


def test_the_sentences_of_a_template_are_found_wherever_they_are(part: Part):
    written(
        part,
        """
{{ say("Hello {name}.", name=say("you")) }}
{{ say("It is late." if late else "It is early.") }}
{% macro number(n) %}{{ several("One", "{number} of them", n) }}{% endmacro %}
{% for address, name in [("/", say("This week"))] %}<p title="{{ say("A title") }}">{{ name }}</p>{% endfor %}
""",
    )
    assert {(each.text, each.many, each.line) for each in sentences(part)} == {
        ("Hello {name}.", None, 2),
        ("you", None, 2),
        ("It is late.", None, 3),
        ("It is early.", None, 3),
        ("One", "{number} of them", 4),
        ("This week", None, 5),
        ("A title", None, 5),
    }
    assert [*outside_in(part), *unlisted(part)] == []


@pytest.mark.parametrize(
    "source",
    [
        "\n{{ say(sentence) }}",
        '\n{{ say("It is " ~ late) }}',
        '\n{{ say("It is {}."|format(late)) }}',
        '\n{{ say("It is late." if late else early) }}',
        '\n{{ several("One", many, number) }}',
    ],
)
def test_a_sentence_that_is_no_constant_is_found_with_its_line(part: Part, source: str):
    written(part, source)
    (found,) = outside_in(part)
    assert "a.html:2: not a constant" in str(found)


@pytest.mark.parametrize(
    ("source", "line", "text"),
    [
        ("<p>{{ say('Yes') }}\n  No\n</p>", 2, "No"),
        ("\n<p\n  aria-label='Pages'>", 2, "Pages"),
        ('\n<img alt="A {{ picture }}">', 2, "A"),
        ('\n<input type="text" placeholder="Your name">', 2, "Your name"),
        ('\n<input type="submit" value="Send">', 2, "Send"),
        ("\n<p>{{ name or 'Somebody' }}</p>", 2, "Somebody"),
        ("\n<p>{{ say('{name}', name=name or 'Your partner') }}</p>", 2, "Your partner"),
        ("{% if late %}\n{# A comment\nof two lines. #}\nLate{% endif %}", 4, "Late"),
    ],
)
def test_what_a_page_says_in_english_alone_is_found_with_its_line(part: Part, source: str, line: int, text: str):
    written(part, source)
    (found,) = unlisted(part)
    assert str(found).rpartition("/")[2] == f"a.html:{line}: in no catalogue: {text!r}"


def test_what_is_for_programs_or_is_a_name_is_no_sentence(part: Part):
    written(
        part,
        '<title>{{ title }} · Tandem</title>{# A comment. #}<a class="skip" href="/help">→</a>'
        '<option value="de" lang="de">Deutsch</option><input type="hidden" value="true">'
        '<button value="anna">{{ say("Go") }}</button>{% set method = "POST" %}&middot; 13',
    )
    assert unlisted(part) == []


def test_a_german_sentence_of_a_page_needs_no_case_of_a_name():
    """What stands there for a name that is not known is "Ihr Gegenüber", which three of the four cases would change."""
    assert [each.string for each in messages(read(CONSOLE, "de")) if THREE_CASES.search(str(each.string))] == []


def test_a_page_writes_dates_and_moments_as_its_language_does():
    written = environment().from_string("{{ at|moment }} {{ on|day }} {{ rule|rhythm }}")
    values = {
        "zone": ZoneInfo("Europe/Berlin"),
        "now": datetime.fromisoformat("2026-01-20T08:00Z"),
        "at": datetime.fromisoformat("2026-01-22T14:00Z"),
        "on": date(2026, 1, 22),
        "rule": "FREQ=WEEKLY;BYDAY=TH",
    }
    english, german = (
        re.sub("<[^>]+>", "", written.render(language=language_of(tag), **values)) for tag in ("en", "de")
    )
    assert english == "Thursday 22 January, 15:00 Thursday 22 January 2026 Every week on Thursday"
    assert german == "Donnerstag, 22. Januar, 15:00 Uhr Donnerstag, 22. Januar 2026 Jede Woche am Donnerstag"
