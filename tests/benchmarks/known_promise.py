"""The row that the benchmarks fold: what a service keeps of a promise. Both sides use the same types and fold."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter

from coaching_events import CommitmentKept, CommitmentMade, RenegotiationProposed, RenegotiationWithdrawn
from coaching_events.envelope import Envelope, Recorded, headers
from coaching_events.event import Event
from coaching_events.ids import PartnershipId, PersonId, StreamId, position
from coaching_events.registry import EVENTS
from eventlog import Projection, derived_stream
from eventlog.stores.memory import MemoryRecord

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
EACH = 4
"""Events of a stream."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPromise:
    """A promise as another service knows it."""

    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    due: datetime
    asked: bool = False
    kept_at: datetime | None = None


def evolve(promise: KnownPromise | None, recorded: Recorded[Any]) -> KnownPromise | None:
    """Fold one event."""
    match recorded.event:
        case CommitmentMade() as made:
            return KnownPromise(partnership=made.partnership, owner=made.owner, partner=made.partner, due=made.due)
        case RenegotiationProposed() if promise is not None:
            return replace(promise, asked=True)
        case RenegotiationWithdrawn() if promise is not None:
            return replace(promise, asked=False)
        case CommitmentKept() as kept if promise is not None:
            return replace(promise, kept_at=kept.kept_at)
        case _:
            return promise


ROWS = Projection[KnownPromise](
    kind="commitment", values=TypeAdapter(KnownPromise), events=EVENTS["commitment"], evolve=evolve
)


def history(number: int) -> list[tuple[Envelope, Event]]:
    """Four events of one promise."""
    stream = derived_stream("commitment", "bench", str(number))
    partnership = PartnershipId(derived_stream("partnership", "bench", str(number // 4)))
    owner, partner = (PersonId(derived_stream("person", "bench", str(number // 8), side)) for side in "ab")
    due = NOW + timedelta(days=number % 30)
    pair = {"by": owner, "partnership": partnership, "owner": owner, "partner": partner}
    events: list[Event] = [
        CommitmentMade.model_validate({**pair, "text": "I send you the draft", "due": due, "grace_end": due}),
        RenegotiationProposed.model_validate({**pair, "due": due + timedelta(days=7), "timely": True}),
        RenegotiationWithdrawn.model_validate({**pair, "proposal": position(stream, 2), "due": due}),
        CommitmentKept.model_validate({**pair, "kept_at": due, "due": due}),
    ]
    return [(_envelope(stream, version, event, partnership), event) for version, event in enumerate(events, 1)]


def records(numbers: Iterable[int]) -> list[MemoryRecord]:
    """The events of these promises as a consumer gets them, one promise after the other."""
    found: list[MemoryRecord] = []
    for number in numbers:
        for envelope, event in history(number):
            sent = [(name, text.encode()) for name, text in headers(envelope).items()]
            value = event.model_dump_json(exclude_none=True).encode()
            found.append(MemoryRecord("bench", 0, len(found), value, sent))
    return found


def _envelope(stream: StreamId, version: int, event: Event, partnership: PartnershipId) -> Envelope:
    return Envelope(
        stream=stream, version=version, type=event.type, source="urn:tandem:tandem:goals", at=NOW, key=partnership
    )
