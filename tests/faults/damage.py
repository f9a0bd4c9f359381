"""Damage to good evidence, as dice decide: one thing dropped, doubled, swapped, altered or late, in one place or all.

Each function answers evidence that a sound suite could never leave behind.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, cast

from coaching_events.envelope import Envelope, headers, read
from coaching_events.ids import kind_of
from coaching_events.topics import topic_of
from tests.faults.oracle.evidence import Document, Evidence, Record, Row, Written
from tests.faults.oracle.rows import fold_of
from tests.faults.oracle.suite import AGGREGATES, ROWS, SERVICES, decoded
from tests.faults.oracle.topics import Heard

Damage = Callable[[Evidence, Random], Evidence]
HOUR = timedelta(hours=1)


def altered(value: Any, dice: Random) -> Any:
    """The same with one leaf changed."""
    match value:
        case dict() if value:
            known = cast(dict[str, Any], value)
            name = dice.choice(sorted(known))
            return {**known, name: altered(known[name], dice)}
        case list() | tuple() if value:
            parts = list(cast(Sequence[Any], value))
            place = dice.randrange(len(parts))
            return [*parts[:place], altered(parts[place], dice), *parts[place + 1 :]]
        case bool():
            return not value
        case int() | float():
            return value + 1
        case _:
            return f"{value} and more"


def _at(evidence: Evidence, place: int, record: Record | None) -> Evidence:
    """The records with another one, or none, in the place of one."""
    records = list(evidence.records)
    records[place : place + 1] = [] if record is None else [record]
    return replace(evidence, records=records)


def _once(evidence: Evidence) -> Evidence:
    """The same without what was said again."""
    first: dict[str, Record] = {}
    for record in evidence.records:
        first.setdefault(read(record.headers).position, record)
    return replace(evidence, records=list(first.values()))


def _two_of_a_stream(evidence: Evidence, dice: Random) -> tuple[int, int]:
    """The places of two records of one stream, the second the next after the first."""
    places: dict[str, list[int]] = {}
    for place, record in enumerate(evidence.records):
        places.setdefault(read(record.headers).stream, []).append(place)
    of_one = dice.choice([found for found in places.values() if len(found) > 1])
    first = dice.randrange(len(of_one) - 1)
    return of_one[first], of_one[first + 1]


def a_record_dropped(evidence: Evidence, dice: Random) -> Evidence:
    evidence = _once(evidence)
    return _at(evidence, dice.randrange(len(evidence.records)), None)


def a_record_doubled(evidence: Evidence, dice: Random) -> Evidence:
    """The last thing that was said on a stream is said again as if it were the next."""
    last = {read(record.headers).stream: record for record in evidence.records}
    record = last[dice.choice(sorted(last))]
    envelope = read(record.headers)
    again = _told(replace(envelope, version=envelope.version + 1), record)
    return replace(evidence, records=[*evidence.records, again])


def records_swapped(evidence: Evidence, dice: Random) -> Evidence:
    evidence = _once(evidence)
    first, second = _two_of_a_stream(evidence, dice)
    records = list(evidence.records)
    records[first], records[second] = records[second], records[first]
    return replace(evidence, records=records)


def a_record_late(evidence: Evidence, dice: Random) -> Evidence:
    """One came after everything else that was said on its stream."""
    evidence = _once(evidence)
    first, _ = _two_of_a_stream(evidence, dice)
    records = list(evidence.records)
    return replace(evidence, records=[*records[:first], *records[first + 1 :], records[first]])


def a_record_altered(evidence: Evidence, dice: Random) -> Evidence:
    place = dice.randrange(len(evidence.records))
    record = evidence.records[place]
    return _at(evidence, place, _altered_record(record, dice))


def a_repeat_altered(evidence: Evidence, dice: Random) -> Evidence:
    """A duplicate that says something else than the first time."""
    record = dice.choice(evidence.records)
    return replace(evidence, records=[*evidence.records, _altered_record(record, dice)])


def _altered_record(record: Record, dice: Random) -> Record:
    envelope = read(record.headers)
    match dice.randrange(4):
        case 0:
            return _told(replace(envelope, at=envelope.at + HOUR), record)
        case 1:
            return _told(replace(envelope, type="commitment-framed"), record)
        case 2:
            return _told(replace(envelope, key="somebody"), record)
        case _:
            data = altered(json.loads(record.value or b"{}"), dice)
            return replace(record, value=json.dumps(data).encode())


def _told(envelope: Envelope, record: Record) -> Record:
    return replace(record, headers=tuple((name, text.encode()) for name, text in headers(envelope).items()))


def _row(evidence: Evidence, dice: Random, change: Callable[[Row], Row | None]) -> Evidence:
    place = dice.randrange(len(evidence.rows))
    rows = list(evidence.rows)
    changed = change(rows[place])
    rows[place : place + 1] = [] if changed is None else [changed]
    return replace(evidence, rows=rows)


def a_row_dropped(evidence: Evidence, dice: Random) -> Evidence:
    return _row(evidence, dice, lambda row: None)


def a_row_doubled(evidence: Evidence, dice: Random) -> Evidence:
    """It took something in twice, and thinks to be further than it is."""
    return _row(evidence, dice, lambda row: replace(row, at=row.at + 1))


def a_row_altered(evidence: Evidence, dice: Random) -> Evidence:
    return _row(evidence, dice, lambda row: replace(row, value=altered(row.value, dice)))


def a_row_late(evidence: Evidence, dice: Random) -> Evidence:
    return _row(evidence, dice, lambda row: _folded(evidence, row, row.at - 1))


def rows_swapped(evidence: Evidence, dice: Random) -> Evidence:
    """Two rows of one kind have each other's values."""
    while True:
        one, other = dice.sample(evidence.rows, 2)
        of_one_kind = (one.service, kind_of(one.stream)) == (other.service, kind_of(other.stream))
        if of_one_kind and one.value != other.value:
            break
    swapped = {id(one): replace(one, value=other.value), id(other): replace(other, value=one.value)}
    return replace(evidence, rows=[swapped.get(id(row), row) for row in evidence.rows])


def _folded(evidence: Evidence, row: Row, until: int) -> Row | None:
    """The row after so many events; none if there are none."""
    service = next(each for each in SERVICES if each.name == row.service)
    heard = [Heard(read(record.headers), record) for record in evidence.records]
    of_it = [each for each in heard if each.envelope.stream == row.stream and each.envelope.version <= until]
    if not of_it:
        return None
    projection = ROWS[row.service][kind_of(row.stream)]
    fold = fold_of(service, projection, row.stream, of_it, frozenset())
    return replace(row, at=fold.at, value=fold.value)


def _document(evidence: Evidence, dice: Random, change: Callable[[Document], Document | None]) -> Evidence:
    documents = list(evidence.documents)
    place = dice.randrange(len(documents))
    changed = change(documents[place])
    documents[place : place + 1] = [] if changed is None else [changed]
    return replace(evidence, documents=documents)


def a_document_dropped(evidence: Evidence, dice: Random) -> Evidence:
    return _document(evidence, dice, lambda document: None)


def an_entry_dropped(evidence: Evidence, dice: Random) -> Evidence:
    def without(document: Document) -> Document:
        place = dice.randrange(len(document.history))
        return replace(document, history=(*document.history[:place], *document.history[place + 1 :]))

    return _document(evidence, dice, without)


def an_entry_doubled(evidence: Evidence, dice: Random) -> Evidence:
    def twice(document: Document) -> Document:
        again = replace(document.history[-1], version=document.version + 1)
        return replace(document, history=(*document.history, again), version=document.version + 1)

    return _document(evidence, dice, twice)


def entries_swapped(evidence: Evidence, dice: Random) -> Evidence:
    def swapped(document: Document) -> Document:
        history = list(document.history)
        place = dice.randrange(len(history) - 1)
        one, other = history[place : place + 2]
        history[place : place + 2] = [replace(other, version=one.version), replace(one, version=other.version)]
        return replace(document, history=tuple(history))

    longer = [document for document in evidence.documents if len(document.history) > 1]
    return _instead(evidence, swapped(dice.choice(longer)))


def a_document_altered(evidence: Evidence, dice: Random) -> Evidence:
    def changed(document: Document) -> Document:
        match dice.randrange(5):
            case 0:
                return replace(document, key="somebody")
            case 1:
                return replace(document, state=altered(document.state, dice))
            case 2:
                return replace(document, wake_at=(document.wake_at or evidence.now) + HOUR)
            case 3:
                return replace(document, published={**altered(document.published, dice)})
            case _:
                place = dice.randrange(len(document.history))
                history = list(document.history)
                data = altered(json.loads(history[place].data), dice)
                history[place] = replace(history[place], data=json.dumps(data))
                return replace(document, history=tuple(history))

    return _document(evidence, dice, changed)


def a_document_late(evidence: Evidence, dice: Random) -> Evidence:
    """Something was due and was passed over."""
    return _document(evidence, dice, lambda document: replace(document, wake_at=evidence.now - HOUR))


def _instead(evidence: Evidence, document: Document) -> Evidence:
    documents = [document if each.stream == document.stream else each for each in evidence.documents]
    return replace(evidence, documents=documents)


# A service that goes wrong and tells everybody so: documents, topics and rows agree


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
        document, history=tuple(entries), version=len(entries), published={topic: len(entries)},
        state=aggregate.states.dump_python(state, mode="json") if state is not None else {},
        wake_at=aggregate.wake_at(state) if state is not None else None,
    )  # fmt: skip
    after = replace(_instead(evidence, changed), records=[*others, *written])
    rows = [_folded(after, row, len(entries)) if row.stream == document.stream else row for row in evidence.rows]
    answers = [answer for answer in evidence.answers if answer.stream != document.stream]
    return replace(after, rows=[row for row in rows if row is not None], answers=answers)


def _record(document: Document, topic: str, entry: Written) -> Record:
    envelope = Envelope(
        stream=document.stream, version=entry.version, type=entry.type, source=f"/{document.service}", at=entry.at,
        key=document.key, cause=cast(Any, entry.cause),
    )  # fmt: skip
    return Record(
        topic=topic, partition=0, offset=0, key=document.key.encode(), value=entry.data.encode(),
        headers=tuple((name, text.encode()) for name, text in headers(envelope).items()),
    )  # fmt: skip


def _with(evidence: Evidence, dice: Random, *types: str) -> tuple[Document, int]:
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
    document, place = _with(evidence, dice, "commitment-missed", "check-in-missed")
    return lived(evidence, document, document.history[:place])


def an_outcome_doubled(evidence: Evidence, dice: Random) -> Evidence:
    """Two workers decided the same deadline, one after the other."""
    document, place = _with(evidence, dice, "commitment-missed", "check-in-missed", "check-in-opened")
    entry = document.history[place]
    again = replace(entry, command=f"{document.stream}@{entry.version}|due")
    return lived(evidence, document, [*document.history[: place + 1], again, *document.history[place + 1 :]])


def an_outcome_early(evidence: Evidence, dice: Random) -> Evidence:
    return _moved(evidence, dice, -HOUR)


def an_outcome_late(evidence: Evidence, dice: Random) -> Evidence:
    return _moved(evidence, dice, HOUR)


def _moved(evidence: Evidence, dice: Random, by: timedelta) -> Evidence:
    document, place = _with(evidence, dice, "commitment-missed", "check-in-missed")
    history = list(document.history)
    history[place] = replace(history[place], at=history[place].at + by)
    return lived(evidence, document, history)


def a_nudge_doubled(evidence: Evidence, dice: Random) -> Evidence:
    """It leaves once more, as a message of its own."""
    document, place = _with(evidence, dice, "nudge-sent")
    entry = document.history[place]
    data = {**json.loads(entry.data), "message": "another-message"}
    again = replace(entry, command="again", data=json.dumps(data))
    return lived(evidence, document, [*document.history, again])


def a_word_dropped(evidence: Evidence, dice: Random) -> Evidence:
    """Somebody asked, and their partner never heard of it."""
    document, place = _with(evidence, dice, "message-received")
    return lived(evidence, document, document.history[:place])


def a_budget_exceeded(evidence: Evidence, dice: Random) -> Evidence:
    """More reminders than the two agreed to."""
    sent, place = _with(evidence, dice, "nudge-sent")
    pair = json.loads(sent.history[place].data)["entries"][0]["partnership"]
    document = next(each for each in evidence.documents if each.stream == pair)
    return lived(evidence, document, [_without_reminders(entry) for entry in document.history])


def _without_reminders(entry: Written) -> Written:
    data: dict[str, Any] = json.loads(entry.data)
    if "terms" in data:
        data["terms"]["reminders"] = 0
    return replace(entry, data=json.dumps(data))


def check_ins_never_begun(evidence: Evidence, dice: Random) -> Evidence:
    """A partnership was formed, and of one of the two nobody asked anything."""
    document, _ = _with(evidence, dice, "check-ins-started")
    gone = document.stream
    return replace(
        evidence,
        documents=[each for each in evidence.documents if each.stream != gone],
        records=[each for each in evidence.records if read(each.headers).stream != gone],
        rows=[each for each in evidence.rows if each.stream != gone],
        answers=[each for each in evidence.answers if each.stream != gone],
    )


def an_answer_lost(evidence: Evidence, dice: Random) -> Evidence:
    """Somebody was told that it is done; then the database went back, and with it everything that followed."""
    answer = dice.choice([each for each in evidence.answers if each.events])
    document = next(each for each in evidence.documents if each.stream == answer.stream)
    version = int(answer.events[0].position.rpartition("@")[2])
    if version == 1:
        return check_ins_never_begun(evidence, dice)
    return replace(lived(evidence, document, document.history[: version - 1]), answers=evidence.answers)


def a_mail_doubled(evidence: Evidence, dice: Random) -> Evidence:
    document, place = _with(evidence, dice, "nudge-sent")
    message = json.loads(document.history[place].data)["message"]
    return replace(evidence, mails=(message, message))


ALL: Mapping[str, Damage] = {
    each.__name__: each
    for each in (
        a_record_dropped, a_record_doubled, records_swapped, a_record_altered, a_record_late, a_repeat_altered,
        a_row_dropped, a_row_doubled, rows_swapped, a_row_altered, a_row_late,
        a_document_dropped, an_entry_dropped, an_entry_doubled, entries_swapped, a_document_altered, a_document_late,
        an_outcome_dropped, an_outcome_doubled, an_outcome_early, an_outcome_late, a_nudge_doubled, a_word_dropped,
        a_budget_exceeded, check_ins_never_begun, an_answer_lost, a_mail_doubled,
    )
}  # fmt: skip
