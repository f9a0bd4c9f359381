"""The committed schemas are current and compatible, and every event survives its way through JSON."""

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker, validate
from jsonschema import ValidationError as Invalid
from pydantic import TypeAdapter, ValidationError

from coaching_events import (
    EVENTS,
    SERVICE_OF_KIND,
    TOPICS,
    CommitmentMade,
    Event,
    Moment,
    PersonRegistered,
    Terms,
    TermsAgreed,
)
from coaching_events.compatibility import incompatibilities
from coaching_events.event import CONFIDENTIAL, data_of
from coaching_events.fields import MEANINGS
from coaching_events.ids import RuleName, StreamId
from coaching_events.schemas import breaks, example_of, main, schema_of, stale, write
from tests.contracts.event_strategies import events

COMMITTED = Path(__file__).parents[2] / "docs" / "events"
ALL = [
    pytest.param(kind, event, id=f"{kind}/{name}") for kind, types in EVENTS.items() for name, event in types.items()
]


def test_the_committed_schemas_are_current() -> None:
    assert stale(COMMITTED) == []


def test_the_classes_are_compatible_with_the_committed_schemas() -> None:
    assert breaks(COMMITTED) == []


@pytest.mark.parametrize(("kind", "event"), ALL)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_event_comes_back_from_json_as_it_was(kind: str, event: type[Event], data: st.DataObject) -> None:
    fact = data.draw(events(event))
    text = fact.model_dump_json()
    assert event.model_validate_json(text) == fact
    validate(json.loads(text), schema_of(kind, event), Draft202012Validator)


@pytest.mark.parametrize(("kind", "event"), ALL)
def test_every_schema_is_a_schema(kind: str, event: type[Event]) -> None:
    Draft202012Validator.check_schema(schema_of(kind, event))


@pytest.mark.parametrize(("kind", "event"), ALL)
def test_every_event_is_a_frozen_fact_with_a_sentence_and_without_a_judgement(kind: str, event: type[Event]) -> None:
    assert event.model_config.get("frozen")
    assert event.__doc__
    assert re.fullmatch("[a-z]+(-[a-z]+)+", event.type)
    assert not {"credit", "score", "reliability", "figure"} & event.model_fields.keys()


@pytest.mark.parametrize(("kind", "event"), ALL)
def test_every_type_has_a_real_example(kind: str, event: type[Event]) -> None:
    path = COMMITTED / example_of(kind, event.type)
    assert path.is_file(), f"there is no {path.relative_to(COMMITTED)}: write it with make examples"
    example = json.loads(path.read_text(encoding="utf-8"))
    try:
        validate(example, schema_of(kind, event), Draft202012Validator, format_checker=FormatChecker())
    except Invalid as wrong:
        pytest.fail(f"{path.relative_to(COMMITTED)}: {wrong.message}")
    said = event.model_validate(example)
    assert json.loads(data_of(StreamId(example["stream"]), said)) == example, path.name


def test_every_schema_has_a_name_of_its_own() -> None:
    names = [schema_of(kind, event)["$id"] for kind, events in EVENTS.items() for event in events.values()]
    assert len({*names}) == len(names)


def test_every_field_is_described_and_no_description_is_left_over() -> None:
    def fields(schema: Any) -> Iterator[tuple[str, str]]:
        for name, field in schema["properties"].items():
            assert field["description"], name
            yield schema["title"], name

    used = {
        each
        for kind, events in EVENTS.items()
        for event in events.values()
        for schema in [cast(Any, schema_of(kind, event))]
        for part in (schema, *schema.get("$defs", {}).values())
        for each in fields(part)
    }
    assert {name for _, name in used} | {f"{title}.{name}" for title, name in used} >= {*MEANINGS}


@pytest.mark.parametrize(("id", "fits"), [("person_4f0c", True), ("partnership_4f0c", False), ("rule:silence", False)])
def test_a_schema_tells_ids_of_other_kinds_apart(id: str, fits: bool) -> None:
    validator = cast(Any, Draft202012Validator(schema_of("commitment", CommitmentMade)))
    assert validator.is_valid(json.loads(PROMISE) | {"owner": id}) == fits


def test_every_kind_has_a_service_and_a_topic() -> None:
    assert EVENTS.keys() == SERVICE_OF_KIND.keys()
    assert set(SERVICE_OF_KIND.values()) == TOPICS.keys()


def test_fields_of_a_newer_contract_are_ignored() -> None:
    text = PersonRegistered(by=RULE, zone="UTC", locale="en", source="hr", external_id="7").model_dump_json()
    newer = json.dumps(json.loads(text) | {"half_days": True})
    assert PersonRegistered.model_validate_json(newer) == PersonRegistered.model_validate_json(text)


@pytest.mark.parametrize("words", ["I call Anna", {"key": "pair-1", "cipher": "c2VjcmV0"}, None])
def test_confidential_words_are_a_text_a_cipher_or_absent(words: object) -> None:
    made = json.loads(PROMISE) | {"text": words}
    assert json.loads(CommitmentMade.model_validate(made).model_dump_json())["text"] == words


def test_peoples_words_and_names_are_marked() -> None:
    marked = {
        name
        for types in EVENTS.values()
        for event in types.values()
        for name, field in event.model_fields.items()
        if field.json_schema_extra == CONFIDENTIAL
    }
    assert marked == {"display_name", "email", "purpose", "text", "title", "description", "note", "place"}


@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC)), min_size=2))  # noqa: DTZ001
def test_texts_of_moments_sort_as_the_moments_do(instants: list[datetime]) -> None:
    moments = [MOMENT.validate_python(instant) for instant in instants]
    texts = [json.loads(MOMENT.dump_json(moment)) for moment in moments]
    assert sorted(texts) == [json.loads(MOMENT.dump_json(moment)) for moment in sorted(moments)]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text) for text in texts)


NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001
BEYOND_THE_CALENDAR = ("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00")


@pytest.mark.parametrize("wrong", ["2026-01-01T00:00:00", NAIVE, "soon", *BEYOND_THE_CALENDAR])
def test_a_moment_without_a_zone_or_outside_the_calendar_is_refused(wrong: object) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(wrong)


def test_a_moment_is_written_in_utc_with_milliseconds() -> None:
    assert MOMENT.dump_json(MOMENT.validate_python("2026-01-01T01:00:00+01:00")) == b'"2026-01-01T00:00:00.000Z"'
    odd = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=1999)
    assert MOMENT.validate_python(odd) == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=1)


def changed(change: str) -> Mapping[str, Any]:
    schema = deepcopy(dict(json.loads(json.dumps(schema_of("commitment", CommitmentMade)))))
    match change:
        case "a further field that may be absent":
            schema["properties"]["mood"] = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
        case "other prose":
            schema["description"] = schema["properties"]["due"]["title"] = "Other words"
        case "removed":
            del schema["properties"]["goal"]
        case "newly required":
            schema["required"].append("goal")
        case "may now be absent":
            schema["required"].remove("due")
        case "narrowed":
            schema["properties"]["goal"] = {"type": "null", "default": None}
        case _:
            schema["properties"]["grace_end"] = {"type": "integer"}
    return schema


@pytest.mark.parametrize("change", ["a further field that may be absent", "other prose"])
def test_an_additive_change_is_compatible(change: str) -> None:
    assert incompatibilities(schema_of("commitment", CommitmentMade), changed(change)) == ()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("removed", "goal"),
        ("newly required", "goal"),
        ("may now be absent", "due"),
        ("narrowed", "goal"),
        ("other", "grace_end"),
    ],
)
def test_any_other_change_is_not(change: str, field: str) -> None:
    old = schema_of("commitment", CommitmentMade)
    assert any(f"event.{field}" in each for each in incompatibilities(old, changed(change)))


def test_a_change_inside_a_shared_value_is_found() -> None:
    old = schema_of("partnership", TermsAgreed)
    new = json.loads(json.dumps(old))
    del new["$defs"][Terms.__name__]["properties"]["reminders"]
    assert "event.terms.reminders: was removed" in incompatibilities(old, new)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path)
    return tmp_path


def test_check_names_what_is_stale_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "session" / "session-held.json").unlink()
    assert main(["--check", "--folder", str(folder)]) == 1
    assert "session/session-held.json" in capsys.readouterr().err
    assert not (folder / "session" / "session-held.json").exists()
    assert main(["--folder", str(folder)]) == 0
    assert main(["--check", "--folder", str(folder)]) == 0


def test_an_incompatible_schema_is_not_written_over(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "commitment" / "commitment-kept.json"
    published = json.loads(path.read_text(encoding="utf-8"))
    published["properties"]["mood"] = {"type": "string"}
    path.write_text(json.dumps(published), encoding="utf-8")
    (folder / "commitment" / "commitment-forgotten.json").write_text("{}", encoding="utf-8")
    assert main(["--folder", str(folder)]) == 1
    told = capsys.readouterr().err
    assert "event.mood: was removed" in told
    assert "commitment-forgotten.json: the event was dropped" in told
    assert "mood" in path.read_text(encoding="utf-8")


MOMENT = TypeAdapter[datetime](Moment)
RULE = RuleName("rule:roster")
PROMISE = json.dumps(
    {
        "by": "person_1",
        "partnership": "partnership_1",
        "owner": "person_1",
        "partner": "person_2",
        "due": "2026-01-01T00:00:00Z",
        "grace_end": "2026-01-02T00:00:00Z",
    }
)
