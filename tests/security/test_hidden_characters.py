"""Names and titles refuse characters that deceive a reader; longer texts are kept as they were typed."""

import re
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from coaching_events.envelope import Recorded
from coaching_events.events.person import PersonChanged, PersonRegistered
from coaching_events.ids import StreamId
from coaching_readmodels import PERSON_PROJECTION
from goals.commitment.api import Make
from partnerships.calendar.api import HolidayBody
from partnerships.partnership.api import Propose as ProposePartnership
from partnerships.person.details import Details, NewDetails
from partnerships.roster.columns import RosterShape
from partnerships.roster.rows import read_roster
from service_kit.bodies import Note, ShortText, shown
from service_kit.bodies.characters import ALWAYS_HIDDEN, hidden
from sessions.session.api import Propose as ProposeSession
from tests.contracts.partnerships_in_memory import COLUMNS, ROSTER, START, PartnershipsInMemory, answered, refused

VISIBLE_MARKS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
"""Format characters with a shape: they enclose or underline numbers."""
DECEPTIVE = [
    letter
    for letter in map(chr, range(sys.maxunicode + 1))
    if unicodedata.category(letter) in ("Cc", "Cf", "Zl", "Zp") and letter not in VISIBLE_MARKS
]
SOME = {
    "a bell": ("\x07", "a control character (U+0007)"),
    "an escape": ("\x1b", "a control character (U+001B)"),
    "a tab": ("\t", "a control character (U+0009)"),
    "a C1 control": ("\x9b", "a control character (U+009B)"),
    "a line feed": ("\n", "a line break (U+000A)"),
    "a vertical tab": ("\x0b", "a line break (U+000B)"),
    "a form feed": ("\x0c", "a line break (U+000C)"),
    "a next line": ("\x85", "a line break (U+0085)"),
    "a line separator": ("\u2028", "a line break (U+2028 LINE SEPARATOR)"),
    "a paragraph separator": ("\u2029", "a line break (U+2029 PARAGRAPH SEPARATOR)"),
    "an override": ("\u202e", "a character that turns the direction of text (U+202E RIGHT-TO-LEFT OVERRIDE)"),
    "an isolate": ("\u2066", "a character that turns the direction of text (U+2066 LEFT-TO-RIGHT ISOLATE)"),
    "a mark": ("\u200f", "a character that turns the direction of text (U+200F RIGHT-TO-LEFT MARK)"),
    "an Arabic mark": ("\u061c", "a character that turns the direction of text (U+061C ARABIC LETTER MARK)"),
    "no width": ("\u200b", "an invisible character (U+200B ZERO WIDTH SPACE)"),
    "a joiner without work": ("\u200d", "an invisible character (U+200D ZERO WIDTH JOINER)"),
    "a tag": ("\U000e0041", "an invisible character (U+E0041 TAG LATIN CAPITAL LETTER A)"),
    "a filler": ("\u3164", "an invisible character (U+3164 HANGUL FILLER)"),
    "a variant of nothing": ("\ufe0f", "an invisible character (U+FE0F VARIATION SELECTOR-16)"),
}
NAMES = [
    "José Luis García-Márquez",
    "محمد رضا",
    "علی‌رضا کریمی",
    "שלמה כהן",
    "രാജന്‍",
    "ක්‍රිස්තියානි",
    "র‍্যাব",
    "渡邉󠄂 葛󠄀城",
    "Ana 👩🏽‍⚕️",
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "1️⃣ ℹ️ 🙂‍↔️",
    "O’Brien",
    "Ｙａｍａｄａ　太郎",
]

LINES: list[tuple[type[BaseModel], str, dict[str, Any]]] = [
    (NewDetails, "display_name", {"zone": "UTC"}),
    (Details, "display_name", {}),
    (Details, "unit", {}),
    (ProposeSession, "title", {"start": "2026-03-13T15:00:00Z", "minutes": 30}),
    (HolidayBody, "name", {"day": "2026-01-01"}),
]


def test_all_controls_and_format_characters_without_a_shape_are_hidden():
    assert [letter for letter in DECEPTIVE if [*hidden(f"a{letter}b")] != [1]] == []
    assert [letter for letter in DECEPTIVE if shown(f"a{letter}b") != "ab"] == []
    assert not any([*hidden(f"a{letter}b")] for letter in VISIBLE_MARKS)


@pytest.mark.parametrize("kind", SOME)
@pytest.mark.parametrize(("body", "field", "more"), LINES, ids=[f"{body.__name__}.{field}" for body, field, _ in LINES])
def test_a_line_refuses_what_deceives_and_says_what_it_is(
    body: type[BaseModel], field: str, more: dict[str, Any], kind: str
):
    letter, named = SOME[kind]
    with pytest.raises(ValidationError) as wrong:
        body.model_validate({**more, field: f"Ben{letter}Ortiz"})
    assert wrong.value.errors()[0]["msg"] == f"Value error, has {named} at place 4: leave it out"


@pytest.mark.parametrize("letter", ["\u202e", "\u2028", "\x85", "\u200b"])
def test_it_is_refused_at_the_ends_as_well(letter: str):
    for name in (f"{letter}Ben", f"Ben{letter}"):
        with pytest.raises(ValidationError):
            NewDetails.model_validate({"display_name": name, "zone": "UTC"})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("body", "field", "more"), LINES, ids=[f"{body.__name__}.{field}" for body, field, _ in LINES])
def test_names_in_every_script_and_emoji_are_taken_as_they_are(
    body: type[BaseModel], field: str, more: dict[str, Any], name: str
):
    assert getattr(body.model_validate({**more, field: f" {name}\n"}), field) == name
    assert shown(name) == name


def test_a_purpose_has_lines_and_tabs_and_nothing_else_that_is_not_seen():
    other = "person_" + "0" * 32
    purpose = "Grow into the role:\n\t- lead a team"
    assert ProposePartnership.model_validate({"other": other, "purpose": purpose}).purpose == purpose
    for letter in "\u202e\u2028\x85\x0b\x0c\u200b":
        with pytest.raises(ValidationError):
            ProposePartnership.model_validate({"other": other, "purpose": f"Grow{letter}into"})


@given(st.sampled_from(DECEPTIVE))
def test_a_promise_and_a_note_are_kept_as_they_were_typed(letter: str):
    typed = f"First{letter}then\r\n\tthat"
    made = Make.model_validate({"text": typed, "due": {"on": "2026-03-13"}, "note": typed})
    assert (made.text, made.note, Note(note=typed).note) == (typed, typed, typed)


async def test_a_name_that_deceives_is_422_over_http_and_is_not_registered():
    service = PartnershipsInMemory()
    async with service.hr() as hr:
        body = {"source": "hr", "external_id": "1", "display_name": "Ben\u202eOrtiz", "zone": "UTC"}
        told = refused(await hr.post("/people", json=body), 422, "invalid-request")
        assert told["errors"] == [
            {
                "where": "body.display_name",
                "what": "has a character that turns the direction of text (U+202E RIGHT-TO-LEFT OVERRIDE) at place 4: "
                "leave it out",
            }
        ]
        assert answered(await hr.get("/people"), 200)["items"] == []


async def test_a_cell_that_deceives_is_a_sentence_with_its_line_and_the_others_go_in():
    service = PartnershipsInMemory()
    async with service.hr() as hr:
        csv = ROSTER.replace("Anna;Bauer", "Anna\u2066;Bauer").replace("Martina;", "Mart\u2028ina;")
        report = answered(await hr.post("/roster", json={"shape": COLUMNS, "csv": csv}), 200)
        assert [(each["line"], each["why"]) for each in report["wrong"]] == [
            (
                2,
                "First Name and Last Name: 'Mart\\u2028ina Vogel' has a line break (U+2028 LINE SEPARATOR) at place 5: "
                "leave it out.",
            ),
            (
                3,
                "First Name and Last Name: 'Anna\\u2066 Bauer' has a character that turns the direction of text "
                "(U+2066 LEFT-TO-RIGHT ISOLATE) at place 5: leave it out.",
            ),
        ]
        assert report["registered"] == 25


def test_a_unit_that_deceives_is_a_warning_and_the_person_goes_in():
    shape = RosterShape.model_validate({**COLUMNS, "columns": {**COLUMNS["columns"], "unit": "Cost Centre"}})
    (row, *_) = read_roster(ROSTER.replace("4711", "47\u200b11", 1), shape).rows
    assert row.details is not None
    assert row.details.display_name == "Martina Vogel"
    assert "an invisible character (U+200B ZERO WIDTH SPACE) at place 3" in str(row.warnings[0])


def test_names_that_were_stored_before_are_still_read():
    name = "Ben\u202e\u2028\x07Ortiz"
    data = {"by": "rule:hr.directory", "display_name": name, "zone": "UTC", "locale": "en"}
    registered = PersonRegistered.model_validate_json(
        PersonRegistered.model_validate({**data, "source": "hr", "external_id": "1"}).model_dump_json()
    )
    changed = PersonChanged.model_validate({**data, "patterns": (), "regions": (), "changed": ()})
    known = None
    for version, event in enumerate((registered, changed), 1):
        known = PERSON_PROJECTION.evolve(known, _recorded(event, version))
        assert known is not None
        assert known.display_name == name


def _recorded(event: PersonRegistered | PersonChanged, version: int) -> Recorded[Any]:
    return Recorded(stream=StreamId("person_ben"), version=version, at=START, event=event)


def test_the_pattern_in_the_openapi_document_refuses_no_name_that_is_taken():
    pattern = TypeAdapter(ShortText).json_schema()["pattern"]
    assert all(re.search(pattern, name) for name in NAMES)
    always = [letter for letter in DECEPTIVE if re.fullmatch(f"[{ALWAYS_HIDDEN}]", letter)]
    assert len(always) > 90
    assert not any(re.search(pattern, text) for letter in always for text in (f"a{letter}b", letter, f"{letter}a"))
