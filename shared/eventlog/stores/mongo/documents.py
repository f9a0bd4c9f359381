"""How documents, rows and letters lie in MongoDB: from and to what store.py calls them. Pure, and knows no driver."""

import re
from collections.abc import Collection, Mapping
from typing import Any, cast

from coaching_events.ids import StreamId
from eventlog.clock import EPOCH, wall_in
from eventlog.stores.documents import (
    BeginsWith,
    Between,
    DeadLetter,
    Document,
    Entry,
    Order,
    ReadModel,
    Write,
    legible,
    refuse_odd_names,
)

Raw = Mapping[str, Any]
"""As the driver gives it."""

PUBLISHED: dict[str, Any] = {"outbox_since": 1, "outbox_from": 1}
"""What is gone once the broker has everything. The first is moved ahead by who takes it, the second stays."""
WITHOUT_HISTORY: dict[str, Any] = {
    "key": 1,
    "version": 1,
    "schema_version": 1,
    "state": 1,
    "published": 1,
    "wake_at": 1,
    "size": 1,
    "last_at": {"$let": {"vars": {"last": {"$arrayElemAt": ["$history", -1]}}, "in": "$$last.at"}},
}
"""What is read of a document where its history is not asked for."""


def field_of(topic: str) -> str:
    """The field below ``published`` that counts what a topic has."""
    return topic.replace(".", "_")


def matching(prefix: str, where: Mapping[str, Any]) -> dict[str, Any]:
    """The filter for these values of a state or a row's value; raises ValueError for names that are no fields."""
    refuse_odd_names(where)
    filters: dict[str, Any] = {}
    for name, value in where.items():
        filters[f"{prefix}.{name}"] = _condition(value)
    return filters


def _condition(value: Any) -> dict[str, Any]:
    match value:
        case Between():
            return {"$gte": value.start} | ({} if value.end is None else {"$lt": value.end})
        case BeginsWith(beginnings=(beginning,)):
            return {"$regex": f"^{re.escape(beginning)}"}
        case BeginsWith():
            return {"$all": [re.compile(f"^{re.escape(beginning)}") for beginning in value.beginnings]}
        case list() | tuple() | set() | frozenset():
            return {"$in": list(cast(Collection[Any], value))}
        case _:
            return {"$in": [value]}


def in_order(filters: dict[str, Any], kind: str, order: Order) -> list[dict[str, Any]]:
    """The filters whose documents, one after another, come after a place in this order. Each is a range of an index."""
    refuse_odd_names({order.field: None})
    if order.after is None:
        return [filters | of_kind(kind)]
    name, (text, stream) = f"state.{order.field}", order.after
    bounds = filters.get(name, {})
    # Not one filter with $or: that reads every document.
    return [
        {**filters, name: {**bounds, "$eq": text}, **of_kind(kind, stream)},
        {**filters, name: {**bounds, "$gt": text}, **of_kind(kind)},
    ]


def of_kind(kind: str, after: StreamId | None = None) -> dict[str, Any]:
    """The filter for streams of a kind, those that follow one if it is given."""
    return {"_id": {"$gt": after or f"{kind}_", "$lt": f"{kind}`"}}  # "`" follows "_" in code order


def document_from(raw: Raw, topic: str) -> Document:
    """A document as it was read, with what this topic has of it."""
    return Document(
        stream=raw["_id"],
        key=raw["key"],
        version=raw["version"],
        schema_version=raw["schema_version"],
        state=raw["state"],
        published=raw["published"].get(field_of(topic), 0),
        size=raw["size"],
        last_at=raw["last_at"],
        wake_at=raw.get("wake_at"),
        answered=tuple(entry_from(entry) for entry in raw.get("answered", ())),
    )


def entry_from(raw: Raw) -> Entry:
    """One event of a history as it was read."""
    return Entry(
        version=raw["version"],
        type=raw["type"],
        at=raw["at"],
        command=raw["command"],
        request=raw["request"],
        data=raw["data"],
        cause=raw.get("cause"),
        traceparent=raw.get("traceparent"),
        used=raw.get("used"),
    )


def _raw_entry(entry: Entry) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "version": entry.version,
        "type": entry.type,
        "at": entry.at,
        "command": entry.command,
        "request": entry.request,
        "data": entry.data,
    }
    if entry.cause is not None:
        raw["cause"] = entry.cause
    if entry.traceparent is not None:
        raw["traceparent"] = entry.traceparent
    if entry.used is not None:
        raw["used"] = entry.used
    return raw


def to_insert(write: Write) -> dict[str, Any]:
    """The whole document of a stream that begins."""
    document: dict[str, Any] = {
        "_id": write.stream,
        "key": write.key,
        "version": write.next_version,
        "schema_version": write.schema_version,
        "state": write.state,
        "history": [_raw_entry(entry) for entry in write.entries],
        "size": write.next_size,
        "published": {},
        "outbox_since": wall_in(0),
        "outbox_from": wall_in(0),
        "leased_until": EPOCH,
    }
    if write.wake_at is not None:
        document["wake_at"] = write.wake_at
    if write.personal_texts:
        document["personal_texts"] = dict(write.personal_texts)
    return document


def to_update(write: Write) -> tuple[dict[str, Any], dict[str, Any]]:
    """Which document is changed, guarded by its version, and how."""
    changed: dict[str, Any] = {
        "version": write.next_version,
        "schema_version": write.schema_version,
        "state": write.state,
        "size": write.next_size,
        "leased_until": EPOCH,
    }
    changed |= {f"personal_texts.{name}": text for name, text in write.personal_texts.items()}
    update: dict[str, Any] = {
        "$set": changed,
        "$push": {"history": {"$each": [_raw_entry(entry) for entry in write.entries]}},
        "$min": {"outbox_since": wall_in(0), "outbox_from": wall_in(0)},
    }
    if write.wake_at is None:
        update["$unset"] = {"wake_at": 1}
    else:
        changed["wake_at"] = write.wake_at
    return {"_id": write.stream, "version": write.version}, update


def to_resnapshot(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    """Which document is stored in another schema version, guarded by its version, and how."""
    changed: dict[str, Any] = {"schema_version": document.schema_version, "state": document.state}
    update: dict[str, Any] = {"$set": changed}
    if document.wake_at is None:
        update["$unset"] = {"wake_at": 1}
    else:
        changed["wake_at"] = document.wake_at
    return {"_id": document.stream, "version": document.version}, update


def read_model_from(raw: Raw) -> ReadModel:
    """A row as it was read."""
    return ReadModel(raw["_id"], raw["at"], raw["value"], raw["gaps"], raw.get("digests", b""))


def raw_read_model(read_model: ReadModel) -> dict[str, Any]:
    """A row as it is kept."""
    kept = {"_id": read_model.stream, "at": read_model.at, "value": read_model.value, "gaps": read_model.gaps}
    return kept | {"digests": read_model.digests} if read_model.digests else kept


def letter_from(raw: Raw) -> DeadLetter:
    """A dead letter as it was read."""
    return DeadLetter(
        id=raw["_id"],
        handler=raw["handler"],
        reason=raw["reason"],
        stream=raw["stream"],
        version=raw["version"],
        tries=raw["tries"],
        next_try=raw["next_try"],
        error=raw["error"],
        headers=dict(raw["headers"]),
        raw=raw["raw"],
        since=raw["since"],
    )


def raw_letter(letter: DeadLetter) -> dict[str, Any]:
    """A dead letter as it is kept, without its id and ``since``, which the first one decides."""
    # Poison must not make its own letter unstorable: a header's name may hold a zero byte, which no field's name may.
    return {
        "handler": letter.handler,
        "reason": letter.reason,
        "stream": letter.stream,
        "version": letter.version,
        "tries": letter.tries,
        "next_try": letter.next_try,
        "error": legible(letter.error),
        "headers": [[legible(name), legible(value)] for name, value in letter.headers.items()],
        "raw": letter.raw,
    }
