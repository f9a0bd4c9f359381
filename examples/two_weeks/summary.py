"""The two weeks in numbers, as an independent reader of the topics counts them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table

from coaching_events import DigestSent, MessageReceived, NudgeSent, StreamId
from coaching_events.event import Event, PairEvent
from examples.quarter.audit import Heard
from examples.quarter.person import Person

COLUMNS = ("Promises made", "Promises kept", "Check-ins", "Meetings", "Reminders", "Messages")


def table(pairs: Mapping[str, tuple[Person, Person]], streams: Mapping[StreamId, Heard]) -> Table:
    """One line per pair."""
    drawn = Table(
        header_style="bold",
        title="Two weeks in numbers",
        title_justify="left",
        box=SIMPLE_HEAD,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    drawn.add_column("Pair", no_wrap=True)
    for column in COLUMNS:
        drawn.add_column(column, justify="right")
    events = [event for heard in streams.values() for event in heard.events]
    for partnership, (one, other) in pairs.items():
        counted = _counted(partnership, events)
        drawn.add_row(f"{one.first_name} & {other.first_name}", *(str(counted[column]) for column in COLUMNS))
    return drawn


def _counted(partnership: str, events: Sequence[Event]) -> Counter[str]:
    types = Counter(event.type for event in events if isinstance(event, PairEvent) and event.partnership == partnership)
    sent = [entry for event in events if isinstance(event, NudgeSent | DigestSent) for entry in event.entries]
    received = [event.entry for event in events if isinstance(event, MessageReceived)]
    return Counter(
        {
            "Promises made": types["commitment-made"],
            "Promises kept": types["commitment-kept"],
            "Check-ins": types["check-in-submitted"],
            "Meetings": types["session-held"],
            "Reminders": sum(entry.partnership == partnership and bool(entry.step) for entry in sent),
            "Messages": sum(entry.partnership == partnership for entry in received),
        }
    )
