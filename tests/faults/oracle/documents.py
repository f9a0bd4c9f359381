"""The documents held against the topics, against what was answered, and against their own histories."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise
from typing import Any

from coaching_events.ids import StreamId, kind_of, parse, position
from tests.faults.oracle.evidence import Answer, Document, Evidence
from tests.faults.oracle.suite import AGGREGATES, OWNER, decoded
from tests.faults.oracle.topics import Stream, Topics


def faults(evidence: Evidence, topics: Topics) -> Iterator[str]:
    """What was answered is written, what is written is told, and nothing else is; each state is its history."""
    documents = {document.stream: document for document in evidence.documents}
    if len(documents) != len(evidence.documents):
        yield "some stream has several documents"
    yield from (f"{stream} is told, and no service has it" for stream in topics.streams.keys() - documents.keys())
    for document in evidence.documents:
        yield from _told(document, topics.streams.get(document.stream, Stream()), is_real_time=evidence.is_real_time)
        yield from _commands_once(document)
        yield from _never_back(document)
        yield from _folded(document)
    yield from _answered(evidence.answers, documents, topics)


def _told(document: Document, stream: Stream, *, is_real_time: bool) -> Iterator[str]:
    service, id = OWNER.get(kind_of(document.stream)), document.stream
    if service is None or service.name != document.service:
        yield f"{id} is kept by {document.service}, which does not own it"
        return
    first = stream.by_version
    for entry in document.history:
        heard = first.get(entry.version)
        if heard is None:
            yield f"{id}@{entry.version} ({entry.type}) is written and was never told"
            continue
        envelope, told_at = heard.envelope, heard.record.told_at
        if is_real_time and told_at is not None and told_at < entry.at and entry.command.endswith("|due"):
            yield f"{id}@{entry.version} ({entry.type}) was decided {entry.at - told_at} before its moment {entry.at}"
        told = (envelope.type, envelope.at, envelope.cause, envelope.key, heard.record.value)
        if told != (entry.type, entry.at, entry.cause, document.key, entry.data.encode()):
            yield f"{id}@{entry.version} is written as {entry.type} and told as {envelope.type}, or not the same"
    written = {entry.version for entry in document.history}
    yield from (f"{id}@{version} is told and is not written" for version in first.keys() - written)
    if document.published != {service.writes: document.version}:
        yield f"{id} is at {document.version}, and noted as published up to {dict(document.published)}"


def _commands_once(document: Document) -> Iterator[str]:
    """Each command has one place in the history; a deadline is one at its version; nothing is said twice at once."""
    id, history = document.stream, document.history
    versions = [entry.version for entry in history]
    if versions != list(range(1, document.version + 1)):
        yield f"{id} is at {document.version} and its history has {len(versions)} events"
    seen: set[str] = set()
    for command, together in groupby(history, key=lambda entry: entry.command):
        entries = list(together)
        if command in seen:
            yield f"{id}@{entries[0].version}: one command had its effect twice ({_short(command)})"
        seen.add(command)
        if len({(entry.type, entry.data) for entry in entries}) < len(entries):
            yield f"{id}@{entries[-1].version}: one decision says the same thing twice"
        where, _, what = command.partition("|")
        if what == "due" and where != f"{id}@{entries[0].version - 1}":
            yield f"{id}@{entries[0].version} follows from a deadline of {where}"


def _never_back(document: Document) -> Iterator[str]:
    for before, after in pairwise(document.history):
        if after.at < before.at:
            yield f"{document.stream}@{after.version} is of {after.at}, and the event before it of {before.at}"


def _folded(document: Document) -> Iterator[str]:
    """State, next deadline and key follow from the history alone."""
    id, aggregate = document.stream, AGGREGATES.get(kind_of(document.stream))
    if aggregate is None:
        return
    state: Any = None
    for entry in document.history:
        try:
            state = aggregate.evolve(state, decoded(id, entry))
        except Exception as wrong:  # whatever a fold raises: such a history was never decided
            yield f"the history of {id} cannot be: {type(wrong).__name__} at {entry.version}, a {entry.type}"
            return
    if state is None:
        yield f"{id} has no history"
        return
    if aggregate.states.dump_python(state, mode="json") != document.state:
        yield f"the state of {id} is not what its history says"
    if aggregate.wake_at(state) != document.wake_at:
        yield f"{id} wakes at {document.wake_at}, and by its history at {aggregate.wake_at(state)}"
    if aggregate.key(state) != document.key:
        yield f"{id} has the key {document.key}, and by its history {aggregate.key(state)}"


def _answered(answers: Sequence[Answer], documents: Mapping[StreamId, Document], topics: Topics) -> Iterator[str]:
    """Every event that somebody was told of is on the topic as told, and no event was answered to two commands."""
    first: dict[tuple[str, str, str], Answer] = {}
    owners: Counter[str] = Counter()
    for answer in answers:
        known = first.setdefault((answer.service, answer.by, answer.key), answer)
        if known.events and known.events != answer.events:
            yield f"the command {answer.key} was answered in two ways"
        if known is answer:
            owners.update(told.position for told in answer.events)
            yield from _as_answered(answer, documents.get(answer.stream), topics)
    yield from (f"{where} was answered to {times} commands" for where, times in owners.items() if times > 1)


def _as_answered(answer: Answer, document: Document | None, topics: Topics) -> Iterator[str]:
    for told in answer.events:
        stream, version = parse(told.position)
        heard = topics.streams.get(stream, Stream()).by_version.get(version)
        if heard is None:
            yield f"{told.position} ({told.type}) was accepted and is lost: no topic has it"
        elif (heard.envelope.type, heard.envelope.at) != (told.type, told.at) or json.loads(
            heard.record.value or b"null"
        ) != told.data:
            yield f"{told.position} was answered as {told.type} at {told.at} and is told otherwise"
    if document is None or not answer.events:
        return
    _, last = parse(answer.events[-1].position)
    command = next((entry.command for entry in document.history if entry.version == last), None)
    of_it = [position(answer.stream, entry.version) for entry in document.history if entry.command == command]
    if of_it != [told.position for told in answer.events]:
        yield f"the command {answer.key} was answered with {len(answer.events)} events and wrote {of_it}"


def _short(command: str) -> str:
    return command if len(command) < 90 else f"{command[:87]}…"
