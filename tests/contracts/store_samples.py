"""Small writes, rows and letters for the contract tests of the stores."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from coaching_events.ids import StreamId
from eventlog.stores import DeadLetter, Document, Entry, Reason, Store
from eventlog.stores.documents import Write

NOON = datetime(2026, 3, 2, 12, 0, 0, 123_000, tzinfo=UTC)
TOY = StreamId("toy_1")


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def entry(version: int, command: str = "", *, data: str = "{}", request: str = "") -> Entry:
    return Entry(
        version=version, type="toy-moved", at=NOON, command=command or f"command-{version}", request=request, data=data
    )


def first(
    stream: StreamId = TOY, *, state: Mapping[str, Any] | None = None, wake_at: datetime | None = None,
    entries: int = 1, command: str = "", words: Mapping[str, str] | None = None,
) -> Write:  # fmt: skip
    """The write that makes a stream."""
    return Write(
        stream=stream, key="pair-1", version=0, published=0, schema_version=1, state=state or {"owner": "anna"},
        entries=tuple(entry(version, command) for version in range(1, entries + 1)), wake_at=wake_at,
        personal_texts=words or {},
    )  # fmt: skip


def following(
    document: Document, *, state: Mapping[str, Any] | None = None, wake_at: datetime | None = None, command: str = "",
    words: Mapping[str, str] | None = None,
) -> Write:  # fmt: skip
    """The write of one more event."""
    return Write(
        stream=document.stream, key=document.key, version=document.version, published=document.published,
        schema_version=1, state=state or {"owner": "ben"}, entries=(entry(document.version + 1, command),),
        wake_at=wake_at, personal_texts=words or {}, size=document.size,
    )  # fmt: skip


async def there(store: Store, stream: StreamId = TOY) -> Document:
    """A document that must exist."""
    (document,) = await store.states([stream])
    return document


def letter(
    version: int = 3, *, stream: StreamId | None = TOY, reason: Reason = "gap", handler: str = "toys.projections",
    since: datetime = NOON,
) -> DeadLetter:  # fmt: skip
    """A record that was set aside."""
    return DeadLetter(
        id=f"{handler}|{stream}@{version}", handler=handler, reason=reason, stream=stream, version=version, tries=1,
        next_try=NOON + seconds(5), error="not yet", headers={"ce_id": f"{stream}@{version}"}, raw=b"{\xff}",
        since=since,
    )  # fmt: skip
