"""Reflections open once, when both have written within a week. Their words are in no event and in no read model."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from coaching_events.events.session import ReflectionsOpened, ReflectionWritten
from coaching_events.ids import StreamId, kind_of
from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.outcomes import Events

WITHIN: Final = timedelta(days=7)
FIELDS: Final = {"stream", "by", "partnership", "people", "personal_texts"}
"""All that an event says of a reflection: who wrote, and under which name the words are kept."""


def faults(evidence: Evidence, told: Mapping[StreamId, Events]) -> Iterator[str]:
    """Whether they were opened when both had written, and whether any words went further."""
    for stream, events in told.items():
        if kind_of(stream) == "session":
            yield from _opened(stream, events)
    yield from _sealed(evidence)


def _opened(stream: StreamId, events: Events) -> Iterator[str]:
    written: dict[str, datetime] = {}
    opened: str | None = None
    for recorded in events:
        match recorded.event:
            case ReflectionWritten() as reflection:
                if reflection.by in written or reflection.by not in reflection.people:
                    yield f"{recorded.position} is one more reflection of {reflection.by}"
                written[reflection.by] = recorded.at
            case ReflectionsOpened():
                if opened is not None:
                    yield f"{recorded.position} opens the reflections that {opened} had opened"
                if not _matched(written):
                    yield f"{recorded.position} opens reflections, and only {len(written)} wrote within a week"
                opened = recorded.position
            case _:
                pass
    if _matched(written) and opened is None:
        yield f"{stream}: both reflected within a week, and neither can read what the other wrote"


def _matched(written: Mapping[str, datetime]) -> bool:
    return len(written) == 2 and max(written.values()) - min(written.values()) <= WITHIN


def _sealed(evidence: Evidence) -> Iterator[str]:
    for document in evidence.documents:
        for entry in document.history:
            if entry.type in (ReflectionWritten.type, ReflectionsOpened.type):
                further = json.loads(entry.data).keys() - FIELDS
                if further:
                    yield f"{document.stream}@{entry.version} tells of a reflection: {', '.join(sorted(further))}"
    for where, texts in _texts(evidence):
        together = "\n".join(texts)
        yield from (
            f"{where} have the words of a reflection: {words}" for words in evidence.sealed if words in together
        )


def _texts(evidence: Evidence) -> Iterator[tuple[str, Iterator[str]]]:
    """All that leaves the sessions or can be read by others."""
    values = ((record.value or b"", *(value for _, value in record.headers)) for record in evidence.records)
    yield "the topics", (value.decode(errors="replace") for of_one in values for value in of_one)
    yield "the histories", (entry.data for document in evidence.documents for entry in document.history)
    yield "the states", (json.dumps(document.state, default=str, ensure_ascii=False) for document in evidence.documents)
    yield "the read models", (json.dumps(row.value, default=str, ensure_ascii=False) for row in evidence.rows)
