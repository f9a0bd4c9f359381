"""Every text for people is in a catalogue, with a translation that has the same places and reads as a text."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from service_kit.languages import LANGUAGES, Language, language_of
from tests.languages.catalogues import all_catalogues, as_text, faults, faults_of, messages, path_of, read, updated
from tests.languages.sentences import PARTS, Part, outside_in, sentences, unlisted

CATALOGUES = [pytest.param(part, tag, id=f"{part.package}-{tag}") for part, tag in all_catalogues()]
IN_ORDER = pytest.mark.parametrize(("part", "tag"), CATALOGUES)
EACH = pytest.mark.parametrize("part", [pytest.param(part, id=part.package) for part in PARTS])


@EACH
def test_each_text_for_people_is_a_constant(part: Part):
    assert [str(each) for each in outside_in(part)] == []


@EACH
def test_each_sentence_of_the_code_is_found_for_the_catalogues(part: Part):
    assert [str(each) for each in unlisted(part)] == []


@IN_ORDER
def test_a_catalogue_has_every_text_and_no_other(part: Part, tag: str):
    assert [*faults(part, tag)] == []


@IN_ORDER
def test_a_catalogue_is_written_as_make_words_writes_it(part: Part, tag: str):
    assert path_of(part, tag).read_bytes() == as_text(updated(part, tag))


@IN_ORDER
def test_with_a_value_in_each_place_no_place_stays(part: Part, tag: str):
    for message in messages(read(part, tag)):
        for language in (language_of(LANGUAGES[0]), language_of(tag)):
            said = _said(language, message)
            assert said
            assert not re.search(r"[{}]", said), said


def _said(language: Language, message: Message) -> str:
    asked = [message.id] if isinstance(message.id, str) else [*message.id]
    values = {name: "value" for text in asked for name in re.findall(r"\{(\w+)", text)}
    if len(asked) == 2:
        values.pop("number", None)
        return "".join(language.several(asked[0], asked[1], number, **values) for number in (0, 1, 2))
    return language.fill(asked[0], values, context=message.context)


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (Message("You have {most}.", ""), "has no translation"),
        (Message("You have {most}.", "Sie haben viele."), "has other places in its translation: ['most']"),
        (Message("You have {most}.", "Sie haben {viele}."), "has other places in its translation: ['most', 'viele']"),
        (Message("You have {most}.", "Sie haben {most}.", flags=["fuzzy"]), "is marked as fuzzy"),
        (Message(("One", "{number} of them"), ("Einer", "")), "has no translation"),
    ],
)
def test_a_wrong_translation_is_found(message: Message, fault: str):
    assert [*faults_of(message)] == [fault]


@pytest.mark.parametrize(
    ("code", "place"),
    [
        ('raise Refused("late", f"It is {late}.")', "a.py:1"),
        ('text = f"It is {late}."\nraise Refused("late", text)', "a.py:2"),
        ('def f(given):\n    raise Problem(409, "late", given)', "a.py:2"),
        ('\nraise malformed("late", "It is " + late)', "a.py:2"),
        ('raise ValueError("is %s" % late)', "a.py:1"),
        ('language.say(f"{late}")', "a.py:1"),
    ],
)
def test_a_text_that_no_catalogue_can_have_is_found_with_its_line(tmp_path: Path, code: str, place: str):
    (tmp_path / "a.py").write_text(code)
    (found,) = outside_in(Part("a", (str(tmp_path),)))
    assert str(found).partition(": ")[0].endswith(place)


def test_a_sentence_that_goes_nowhere_is_found_with_its_line(tmp_path: Path):
    (tmp_path / "a.py").write_text('"""A docstring."""\nWHY = "Your partner did it."\nlog.info("It is done.")\n')
    (found,) = unlisted(Part("a", (str(tmp_path),)))
    assert str(found).endswith("a.py:2: in no catalogue: 'Your partner did it.'")


def test_constants_by_their_names_are_found(tmp_path: Path):
    code = """
MANY = {"a": "One thing.", "b": "Other thing."}
def f(kind):
    sentence = "It is late." if kind else "It is early."
    raise Refused(kind, sentence)
def g(kind): raise Refused(kind, MANY[kind])
"""
    (tmp_path / "a.py").write_text(code)
    assert {each.text for each in sentences(Part("a", (str(tmp_path),)))} == {
        "It is late.",
        "It is early.",
        "One thing.",
        "Other thing.",
    }


CASES_OF_GERMAN = (
    (re.compile(r"\b(mit|von|bei|zu|nach|aus|gegenüber) \{(partner|promise|goal|writer)\}"), "dative"),
    (re.compile(r"\bam \{due\}"), "dative"),
    (re.compile(r"\bbis \{due\}"), "until"),
)


def test_german_sentences_name_the_case_that_their_prepositions_need():
    """A name is the same in each case; what stands for a name that is not known is not."""
    wrong = [
        f"{message.string!r}: the place needs :{case}"
        for part in PARTS
        for message in messages(read(part, "de"))
        for pattern, case in CASES_OF_GERMAN
        if pattern.search(str(message.string))
    ]
    assert wrong == []
