"""A service that goes wrong and tells everybody so: documents, topics and rows agree with each other."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from coaching_events.envelope import Envelope, headers, read, source_of
from coaching_events.ids import StreamId, kind_of
from coaching_events.topics import topic_of
from tests.faults.damage.small_changes import HOUR, folded, instead
from tests.faults.oracle.evidence import Document, Evidence, Record, Written
from tests.faults.oracle.suite import AGGREGATES, decoded


def lived(evidence: Evidence, document: Document, history: Sequence[Written]) -> Evidence:
    """As if this had been the course of a stream all along: its document, its records, all rows, all answers."""
    entries = [replace(entry, version=number) for number, entry in enumerate(history, 1)]
    aggregate, state = AGGREGATES[kind_of(document.stream)], None
    for entry in entries:
        try:
            state = aggregate.evolve(state, decoded(document.stream, entry))
        except Exception:  # what cannot be folded changes nothing
            continue
    others = [record for record in evidence.records if read(record.headers).stream != document.stream]
    topic = topic_of(kind_of(document.stream))
    written = [_record(document, topic, entry) for entry in entries]
    changed = replace(
        document,
        history=tuple(entries),
        version=len(entries),
        published={topic: len(entries)},
        state=aggregate.states.dump_python(state, mode="json") if state is not None else {},
        wake_at=aggregate.wake_at(state) if state is not None else None,
    )
    after = replace(instead(evidence, changed), records=[*others, *written])
    rows = [folded(after, row, len(entries)) if row.stream == document.stream else row for row in evidence.rows]
    answers = [answer for answer in evidence.answers if answer.stream != document.stream]
    return replace(after, rows=[row for row in rows if row is not None], answers=answers)


def _record(document: Document, topic: str, entry: Written) -> Record:
    envelope = Envelope(
        stream=document.stream,
        version=entry.version,
        type=entry.type,
        source=source_of("tandem", document.service),
        at=entry.at,
        key=document.key,
        cause=entry.cause,
    )
    return Record(
        topic=topic,
        partition=0,
        offset=0,
        key=document.key.encode(),
        value=entry.data.encode(),
        headers=tuple((name, text.encode()) for name, text in headers(envelope).items()),
    )


def with_event(evidence: Evidence, dice: Random, *types: str) -> tuple[Document, int]:
    """A document that has an event of one of these types, and the place of one."""
    found = [
        (document, place)
        for document in evidence.documents
        for place, entry in enumerate(document.history)
        if entry.type in types
    ]
    return dice.choice(found)


def an_outcome_dropped(evidence: Evidence, dice: Random) -> Evidence:
    """A deadline that nobody saw to: nothing of it, or of what followed on it, is anywhere."""
    document, place = with_event(evidence, dice, "commitment-missed", "check-in-missed")
    return lived(evidence, document, document.history[:place])


def an_outcome_doubled(evidence: Evidence, dice: Random) -> Evidence:
    """Two workers decided the same deadline, one after the other."""
    document, place = with_event(evidence, dice, "commitment-missed", "check-in-missed", "check-in-opened")
    entry = document.history[place]
    again = replace(entry, command=f"{document.stream}@{entry.version}|due")
    return lived(evidence, document, [*document.history[: place + 1], again, *document.history[place + 1 :]])


def an_outcome_early(evidence: Evidence, dice: Random) -> Evidence:
    return _moved(evidence, dice, -HOUR)


def an_outcome_late(evidence: Evidence, dice: Random) -> Evidence:
    return _moved(evidence, dice, HOUR)


def _moved(evidence: Evidence, dice: Random, by: timedelta) -> Evidence:
    document, place = with_event(evidence, dice, "commitment-missed", "check-in-missed")
    history = list(document.history)
    history[place] = replace(history[place], at=history[place].at + by)
    return lived(evidence, document, history)


def a_time_that_goes_back(evidence: Evidence, dice: Random) -> Evidence:
    """Something happened an hour before what had happened already."""
    long = [each for each in evidence.documents if each.version > 1]
    document = dice.choice(long)
    history = list(document.history)
    history[-1] = replace(history[-1], at=history[-2].at - HOUR)
    return lived(evidence, document, history)


def a_nudge_doubled(evidence: Evidence, dice: Random) -> Evidence:
    """It leaves once more, as a message of its own."""
    document, place = with_event(evidence, dice, "nudge-sent")
    entry = document.history[place]
    data = {**json.loads(entry.data), "message": "another-message"}
    again = replace(entry, command="again", data=json.dumps(data))
    return lived(evidence, document, [*document.history, again])


def a_word_dropped(evidence: Evidence, dice: Random) -> Evidence:
    """Somebody asked, and their partner never heard of it."""
    asked = [
        (document, place)
        for document in evidence.documents
        for place, entry in enumerate(document.history)
        if entry.type == "message-received" and "news" not in json.loads(entry.data)["entry"]
    ]
    document, place = dice.choice(asked)
    return lived(evidence, document, document.history[:place])


def a_budget_exceeded(evidence: Evidence, dice: Random) -> Evidence:
    """More reminders than the two agreed to."""
    sent, place = with_event(evidence, dice, "nudge-sent")
    pair = json.loads(sent.history[place].data)["entries"][0]["partnership"]
    document = next(each for each in evidence.documents if each.stream == pair)
    return lived(evidence, document, [_without_reminders(entry) for entry in document.history])


def _without_reminders(entry: Written) -> Written:
    data: dict[str, Any] = json.loads(entry.data)
    if "terms" in data:
        data["terms"]["reminders"] = 0
    return replace(entry, data=json.dumps(data))


def gone(evidence: Evidence, stream: StreamId) -> Evidence:
    """As if a stream had never been."""
    return replace(
        evidence,
        documents=[each for each in evidence.documents if each.stream != stream],
        records=[each for each in evidence.records if read(each.headers).stream != stream],
        rows=[each for each in evidence.rows if each.stream != stream],
        answers=[each for each in evidence.answers if each.stream != stream],
    )


def check_ins_never_begun(evidence: Evidence, dice: Random) -> Evidence:
    """A partnership was formed, and of one of the two nobody asked anything."""
    document, _ = with_event(evidence, dice, "check-ins-started")
    return gone(evidence, document.stream)


def an_answer_lost(evidence: Evidence, dice: Random) -> Evidence:
    """Somebody was told that it is done; then the database went back, and with it everything that followed."""
    answer = dice.choice([each for each in evidence.answers if each.events])
    document = next(each for each in evidence.documents if each.stream == answer.stream)
    version = int(answer.events[0].position.rpartition("@")[2])
    if version == 1:
        return check_ins_never_begun(evidence, dice)
    return replace(lived(evidence, document, document.history[: version - 1]), answers=evidence.answers)


def a_mail_doubled(evidence: Evidence, dice: Random) -> Evidence:
    document, place = with_event(evidence, dice, "nudge-sent")
    message = json.loads(document.history[place].data)["message"]
    return replace(evidence, mails=(message, message))
