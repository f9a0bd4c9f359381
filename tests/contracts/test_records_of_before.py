"""What was written up to version 0.2.0 is read for ever: records of topics, histories in documents, stored states."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from coaching_events import EVENTS, Event
from coaching_events.envelope import TYPE_PREFIX, Recorded, headers, read
from coaching_events.event import data_of
from coaching_events.ids import StreamId, kind_of
from eventlog.stores import Entry
from eventlog.stores.memory import MemoryStore
from goals.check_ins import check_ins
from goals.check_ins.state import Stopped
from notifications.mailbox import mailboxes
from sessions.session import sessions
from tests.contracts.records_of_before import RECORDS, Old
from tests.contracts.store_samples import first
from tests.contracts.toys import toy_log

NOW = {
    "check-ins-started": {"taken": "based_on"},
    "check-ins-scheduled": {"taken": "based_on", "terms": "terms_version"},
    "check-in-submitted": {
        "speaks_of_commitments": "commitments",
        "speaks_of_goals": "goals",
        "words": "personal_texts",
    },
    "check-in-excused": {"taken": "based_on"},
    "check-in-suspended": {"taken": "based_on"},
    "check-ins-stopped": {"taken": "based_on"},
    "commitment-suspended": {"taken": "based_on"},
    "commitment-released": {"taken": "based_on"},
    "session-needs-a-new-time": {"taken": "based_on"},
    "nudge-planned": {"cause": "based_on"},
    "nudge-sent": {"of": "limit", "cause": "based_on"},
    "nudge-withdrawn": {"taken": "based_on"},
}
"""Type → former name of a field → its name."""


def named_anew(value: Any, names: dict[str, str], *, inside: bool = False) -> Any:
    """The same JSON with the fields' names of today; ``cause`` is renamed in inner values only."""
    if isinstance(value, list):
        return [named_anew(each, names, inside=True) for each in cast(list[Any], value)]
    if isinstance(value, dict):
        known = {old: new for old, new in names.items() if inside or old != "cause"}
        fields = cast(dict[str, Any], value)
        return {known.get(name, name): named_anew(each, names, inside=True) for name, each in fields.items()}
    return value


ADDED = {"invites": False}
"""Field of an inner value that is new → its value in records of before."""


def as_before(value: Any) -> Any:
    """The same JSON without the new fields of inner values."""
    if isinstance(value, list):
        return [as_before(each) for each in cast(list[Any], value)]
    if isinstance(value, dict):
        fields = cast(dict[str, Any], value)
        return {name: as_before(each) for name, each in fields.items() if name not in ADDED or each != ADDED[name]}
    return value


def event_in(old: Old) -> Event:
    envelope = read(old.raw)
    return EVENTS[kind_of(envelope.stream)][envelope.type].model_validate_json(old.value)


def history_of(stream: str) -> list[Entry]:
    envelopes = [(read(old.raw), old) for old in RECORDS if old.stream == stream]
    return [
        Entry(version=told.version, type=told.type, at=told.at, command=f"c{told.version}", request="", data=old.value)
        for told, old in envelopes
    ]


@pytest.mark.parametrize("old", RECORDS, ids=lambda old: old.headers["ce_id"])
def test_a_record_of_before_is_the_event_of_today(old: Old) -> None:
    told = read(old.raw)
    assert told.type == old.headers["ce_type"], "it had no prefix"
    today = json.loads(data_of(old.stream, event_in(old)))
    before = named_anew(json.loads(old.value), NOW.get(told.type, {}))
    assert {name: as_before(today[name]) for name in before} == before, "every field of it, under the name of today"
    assert all(value in (False, []) for name, value in today.items() if name not in before), "and nothing else"
    assert read([(name, text.encode()) for name, text in headers(told).items()]) == told
    assert headers(told)["ce_type"] == TYPE_PREFIX + told.type


def test_every_field_that_was_renamed_is_in_these_records() -> None:
    shown = {old.headers["ce_type"]: old.value for old in RECORDS}
    for type_name, names in NOW.items():
        assert [name for name in names if f'"{name}":' not in shown[type_name]] == [], type_name


@pytest.mark.parametrize("aggregate", [check_ins, sessions, mailboxes], ids=lambda aggregate: aggregate.kind)
async def test_a_history_of_before_is_folded(aggregate: Any) -> None:
    (stream,) = {old.stream for old in RECORDS if kind_of(old.stream) == aggregate.kind}
    store = MemoryStore()
    await store.append(replace(first(stream), entries=tuple(history_of(stream)), schema_version=0))
    log = toy_log(store)
    today = [event_in(old) for old in RECORDS if old.stream == stream]
    assert [each.event for each in await log.events(aggregate, stream)] == today
    current = await log.current(aggregate, stream)
    assert current is not None
    assert current.version == len(today)
    if aggregate is check_ins:
        assert isinstance(current.state, Stopped)


async def test_a_mailbox_that_was_stored_before_is_read_as_it_is() -> None:
    stream = StreamId("mailbox_anna-2026-03-02")
    state = None
    for old in RECORDS:
        if old.stream == stream:
            told = read(old.raw)
            event: Any = event_in(old)
            state = mailboxes.evolve(state, Recorded(stream=stream, version=told.version, at=told.at, event=event))
    assert state is not None
    stored = json.dumps(mailboxes.states.dump_python(state, mode="json"))
    before = stored.replace('"limit":', '"of":').replace('"based_on":', '"cause":')
    assert '"of":' in before
    assert '"cause":' in before
    assert mailboxes.states.validate_python(json.loads(before)) == state
