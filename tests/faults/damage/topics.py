"""Damage to the topics: records dropped, doubled, swapped, altered, late."""

import json
from dataclasses import replace
from random import Random

from coaching_events.envelope import Envelope, headers, read
from tests.faults.damage.small_changes import HOUR, altered
from tests.faults.oracle.evidence import Evidence, Record


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
