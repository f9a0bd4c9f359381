"""How documents lie in MongoDB, and how the event log's own types are made from them. Pure, and knows no driver."""

import re
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import Any, NotRequired, TypedDict, cast

from coaching_events.ids import Position, StreamId
from eventlog.clock import EPOCH, wall_in
from eventlog.stores.documents import DeadLetter, Document, Entry, ReadModel, Write, legible
from eventlog.stores.queries import BeginsWith, Between, Condition, Order, Value, Where, refuse_odd_names

Filter = dict[str, object]
Update = dict[str, Mapping[str, object]]


class RawEntry(TypedDict):
    """An event in a history."""

    version: int
    type: str
    at: datetime
    command: str
    request: str
    data: str
    cause: NotRequired[Position]
    traceparent: NotRequired[str]
    used: NotRequired[str]


class RawStream(TypedDict):
    """An aggregate.

    ``outbox_since`` is there while something is unpublished; sweepers move it ahead. ``outbox_from`` stays.
    ``answered`` and ``last_at`` are computed by the server when it is read.
    """

    _id: StreamId
    key: str
    version: int
    schema_version: int
    state: Value
    history: list[RawEntry]
    size: int
    published: Mapping[str, int]
    leased_until: datetime
    wake_at: NotRequired[datetime]
    outbox_since: NotRequired[datetime]
    outbox_from: NotRequired[datetime]
    personal_texts: NotRequired[Mapping[str, str]]
    answered: NotRequired[list[RawEntry]]
    last_at: NotRequired[datetime]


class RawReadModel(TypedDict):
    """A read model."""

    _id: StreamId
    at: int
    value: Value | None
    gaps: int
    digests: NotRequired[bytes]


PUBLISHED: Mapping[str, int] = {"outbox_since": 1, "outbox_from": 1}
"""Fields that are removed once the broker has everything."""
WITHOUT_HISTORY: Mapping[str, object] = {
    "key": 1,
    "version": 1,
    "schema_version": 1,
    "state": 1,
    "published": 1,
    "wake_at": 1,
    "size": 1,
    "last_at": {"$let": {"vars": {"last": {"$arrayElemAt": ["$history", -1]}}, "in": "$$last.at"}},
}
"""What is read of an aggregate if its history is not asked for."""


def texts_named_by(field: str | None) -> Mapping[str, object]:
    """What is read besides, to get the personal texts that this field of the state names; all if it lacks the field."""
    if field is None:
        return {}
    refuse_odd_names([field])
    named = {"$in": ["$$text.k", {"$ifNull": [f"$state.{field}", ["$$text.k"]]}]}
    texts: Filter = {"$objectToArray": {"$ifNull": ["$personal_texts", {}]}}
    return {"personal_texts": {"$arrayToObject": {"$filter": {"input": texts, "as": "text", "cond": named}}}}


def field_of(topic: str) -> str:
    """The field below ``published`` that counts what a topic has."""
    return topic.replace(".", "_")


def matching(prefix: str, where: Where) -> Filter:
    """The filter for these conditions on a state or value; raises ValueError for names that are no fields."""
    refuse_odd_names(where)
    return {f"{prefix}.{name}": _condition(condition) for name, condition in where.items()}


def _condition(condition: Condition) -> Mapping[str, object]:
    match condition:
        case Between(start=start, end=None):
            return {"$gte": start}
        case Between(start=start, end=end):
            return {"$gte": start, "$lt": end}
        case BeginsWith(beginnings=(beginning,)):
            return {"$regex": f"^{re.escape(beginning)}"}
        case BeginsWith(beginnings=beginnings):
            return {"$all": [re.compile(f"^{re.escape(beginning)}") for beginning in beginnings]}
        case str() | int() | float() | None:
            return {"$in": [condition]}
        case Sequence() | Set():
            return {"$in": list(condition)}


def in_order(filters: Filter, kind: str, order: Order) -> list[Filter]:
    """Filters for the documents after a place in this order, one after another. Each is a range of an index."""
    refuse_odd_names([order.field])
    if order.after is None:
        return [filters | of_kind(kind)]
    name, (text, stream) = f"state.{order.field}", order.after
    bounds = cast(Filter, filters.get(name, {}))
    # Not one filter with $or: that reads every document.
    return [
        {**filters, name: {**bounds, "$eq": text}, **of_kind(kind, stream)},
        {**filters, name: {**bounds, "$gt": text}, **of_kind(kind)},
    ]


def of_kind(kind: str, after: StreamId | None = None) -> Filter:
    """The filter for streams of a kind, after one if given."""
    return {"_id": {"$gt": after or f"{kind}_", "$lt": f"{kind}`"}}  # "`" follows "_" in code order


def document_from(raw: RawStream, topic: str) -> Document:
    """An aggregate as it was read, with the version up to which this topic has it."""
    return Document(
        stream=raw["_id"],
        key=raw["key"],
        version=raw["version"],
        schema_version=raw["schema_version"],
        state=raw["state"],
        published=raw["published"].get(field_of(topic), 0),
        size=raw["size"],
        last_at=raw.get("last_at", EPOCH),
        wake_at=raw.get("wake_at"),
        answered=tuple(Entry(**entry) for entry in raw.get("answered", ())),
        history=tuple(Entry(**entry) for entry in raw.get("history", ())),
        personal_texts=raw.get("personal_texts", {}),
    )


def _raw_entry(entry: Entry) -> RawEntry:
    fields = {name: getattr(entry, name) for name in Entry.__slots__}
    return cast(RawEntry, {name: value for name, value in fields.items() if value is not None})


def to_insert(write: Write) -> RawStream:
    """The document of a stream that begins."""
    document = RawStream(
        _id=write.stream,
        key=write.key,
        version=write.next_version,
        schema_version=write.schema_version,
        state=write.state,
        history=[_raw_entry(entry) for entry in write.entries],
        size=write.next_size,
        published={},
        outbox_since=wall_in(0),
        outbox_from=wall_in(0),
        leased_until=EPOCH,
    )
    if write.wake_at is not None:
        document["wake_at"] = write.wake_at
    if write.personal_texts:
        document["personal_texts"] = write.personal_texts
    return document


def to_update(write: Write) -> tuple[Filter, Update]:
    """Which document a write changes, guarded by its version, and how."""
    changed: Filter = {
        "version": write.next_version,
        "schema_version": write.schema_version,
        "state": write.state,
        "size": write.next_size,
        "leased_until": EPOCH,
    }
    changed |= {f"personal_texts.{name}": text for name, text in write.personal_texts.items()}
    update: Update = {
        "$push": {"history": {"$each": [_raw_entry(entry) for entry in write.entries]}},
        "$min": {"outbox_since": wall_in(0), "outbox_from": wall_in(0)},
    }
    return {"_id": write.stream, "version": write.version}, update | _with_wake(changed, write.wake_at)


def to_resnapshot(document: Document) -> tuple[Filter, Update]:
    """Which document is stored in another schema version, guarded by its version, and how."""
    changed: Filter = {"schema_version": document.schema_version, "state": document.state}
    return {"_id": document.stream, "version": document.version}, _with_wake(changed, document.wake_at)


def _with_wake(changed: Filter, wake_at: datetime | None) -> Update:
    if wake_at is None:
        return {"$set": changed, "$unset": {"wake_at": 1}}
    return {"$set": {**changed, "wake_at": wake_at}}


def read_model_from(raw: RawReadModel) -> ReadModel:
    """A read model as it was read."""
    return ReadModel(raw["_id"], raw["at"], raw["value"], raw["gaps"], raw.get("digests", b""))


def raw_read_model(read_model: ReadModel) -> RawReadModel:
    """A read model as it is stored."""
    raw = RawReadModel(_id=read_model.stream, at=read_model.at, value=read_model.value, gaps=read_model.gaps)
    if read_model.digests:
        raw["digests"] = read_model.digests
    return raw


def letter_from(raw: dict[str, Any]) -> DeadLetter:
    """A dead letter as it was read."""
    return DeadLetter(id=raw.pop("_id"), headers=dict(raw.pop("headers")), **raw)


def raw_letter(letter: DeadLetter) -> Mapping[str, object]:
    """A dead letter as it is stored, without its id and ``since``, which the first write decides."""
    # Headers are pairs: a header's name may hold a zero byte, which no field's name may.
    headers = [[legible(name), legible(value)] for name, value in letter.headers.items()]
    plain = ("handler", "reason", "stream", "version", "tries", "next_try", "raw")
    return {name: getattr(letter, name) for name in plain} | {"error": legible(letter.error), "headers": headers}
