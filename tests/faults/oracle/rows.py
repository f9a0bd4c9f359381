"""Every row is the fold of its stream as the topics tell it, with what was decided about dead letters."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coaching_events.envelope import Envelope, Recorded
from coaching_events.ids import StreamId, kind_of, parse
from eventlog.projection import AnyProjection
from eventlog.service import Service
from tests.faults.oracle.evidence import Evidence, Letter, Row
from tests.faults.oracle.suite import ROWS, SERVICES
from tests.faults.oracle.topics import Heard, Topics


@dataclass(frozen=True)
class Expected:
    """What a row must say; ``stuck`` if it cannot go on: its next record cannot be taken, and nobody has decided."""

    at: int
    value: Mapping[str, Any] | None
    stuck: bool


def faults(evidence: Evidence, topics: Topics) -> Iterator[str]:
    """Rows that are missing, late, doubled, or say something else; letters that nothing explains."""
    rows = {(row.service, row.number, row.stream): row for row in evidence.rows}
    if len(rows) != len(evidence.rows):
        yield "some stream has several rows in one service"
    stuck: set[tuple[str, StreamId]] = set()
    for service in SERVICES:
        for stream, heard in _followed(service, topics).items():
            expected = fold_of(service, ROWS[service.name][kind_of(stream)], stream, heard, evidence.discards)
            for number in evidence.numbers:
                row = rows.pop((service.name, number, stream), None)
                yield from _as_expected(service, stream, row, expected)
            if expected.stuck:
                stuck.add((service.name, stream))
    yield from (f"{service} has a row of {stream}, of which no topic tells" for service, _, stream in rows)
    yield from _letters(evidence, topics, stuck)


def _followed(service: Service, topics: Topics) -> Mapping[StreamId, Sequence[Heard]]:
    """The streams that this service keeps rows of, with all that was said in their name, planted or not."""
    kinds, listens = ROWS[service.name], set(service.listens)
    found: dict[StreamId, list[Heard]] = {}
    for stream, told in topics.streams.items():
        if kind_of(stream) in kinds:
            found[stream] = [*told.events, *told.repeats]
    for stream, planted in topics.planted.items():
        if kind_of(stream) in kinds:
            found.setdefault(stream, []).extend(each for each in planted if each.record.topic in listens)
    return {stream: heard for stream, heard in found.items() if heard}


def fold_of(
    service: Service,
    projection: AnyProjection,
    stream: StreamId,
    heard: Iterable[Heard],
    discards: frozenset[tuple[str, str]],
) -> Expected:
    """The row of a stream by all that was said in its name: of several records for one place the first good one."""
    said: dict[int, list[Heard]] = {}
    for each in heard:
        said.setdefault(each.envelope.version, []).append(each)
    at, value = 0, None
    while at + 1 in said:
        for each in said[at + 1]:
            try:
                value = _evolved(projection, value, each)
                break
            except Exception:  # whatever a fold raises belongs to that one record
                continue
        else:
            if (service.name, f"{service.name}.projections|{stream}@{at + 1}") not in discards:
                break
        at += 1
    stuck = at < max(said)
    return Expected(at, None if value is None else projection.values.dump_python(value, mode="json"), stuck)


def _evolved(projection: AnyProjection, value: Any, heard: Heard) -> Any:
    envelope: Envelope = heard.envelope
    known = projection.events.get(envelope.type)
    if known is None:
        return value
    event = known.model_validate_json(heard.record.value or b"")
    return projection.evolve(
        value,
        Recorded(stream=envelope.stream, version=envelope.version, at=envelope.at, event=event, cause=envelope.cause),
    )


def _as_expected(service: Service, stream: StreamId, row: Row | None, expected: Expected) -> Iterator[str]:
    if row is None:
        # A stream of which nothing could be taken so far may have no row.
        if not (expected.stuck and expected.at == 0):
            yield f"{service.name} has no row of {stream}, which is at {expected.at}"
        return
    if row.at != expected.at:
        yield f"{service.name} knows {stream} up to {row.at}, and the topic tells {expected.at}"
    elif row.value != expected.value:
        yield f"{service.name} knows {stream} at {row.at} otherwise than its events say"
    if (row.waiting > 0) != expected.stuck:
        waits = "something" if expected.stuck else "nothing"
        yield f"{service.name} has {stream} marked {row.waiting}, and {waits} waits"


def _letters(evidence: Evidence, topics: Topics, stuck: set[tuple[str, StreamId]]) -> Iterator[str]:
    """Nothing waits for a person but what was planted; and of what was planted nothing is dropped without a word."""
    for letter in evidence.letters:
        stream = _stream_of(letter)
        planted = stream in topics.planted if stream else letter.id.split("|")[1] in _places(topics)
        if not planted:
            yield f"{letter.service} has the dead letter {letter.id} ({letter.reason}), and nothing was planted there"
    kept = {(letter.service, _of_any_number(letter.id)) for letter in evidence.letters} | evidence.discards
    for service in SERVICES:
        handlers = [group.removesuffix(f".{service.projection_version}") for group in service.groups]
        for topic, partition, offset in topics.nameless:
            missing = [
                handler
                for handler in handlers
                if topic in service.listens and (service.name, f"{handler}|{topic}-{partition}-{offset}") not in kept
            ]
            yield from (f"{handler} has dropped {topic}-{partition}-{offset} without a letter" for handler in missing)
    for service, stream in stuck:
        if not any(each.service == service and _stream_of(each) == stream for each in evidence.letters):
            yield f"{service} cannot go on with {stream}, and no letter says so"


def _of_any_number(letter_id: str) -> str:
    """Whose the letter is and of which record, without the number of the rows: so decisions name it."""
    return re.sub(r"\.\d+\|", "|", letter_id)


def _stream_of(letter: Letter) -> StreamId | None:
    try:
        return parse(letter.id.split("|")[1])[0]
    except ValueError:
        return None


def _places(topics: Topics) -> frozenset[str]:
    return frozenset(f"{topic}-{partition}-{offset}" for topic, partition, offset in topics.nameless)
