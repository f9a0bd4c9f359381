"""All pairs at the end of the quarter, in one table."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from examples.quarter.person import Json, Person
from examples.quarter.play import Couple


@dataclass(frozen=True, slots=True)
class Line:
    """The result of one pair's quarter, as the two can read it."""

    couple: Couple
    promises: Sequence[Json]
    histories: Sequence[Sequence[Json]]
    check_ins: Sequence[Json]
    sessions: Sequence[Json]
    reliability: Json
    inboxes: Sequence[tuple[Person, Sequence[Json]]]
    nudges: tuple[int, int]
    most_in_a_week: int
    budget: int


def told_of(line: Line) -> Counter[str]:
    """The number of events of this kind about the promises of a pair."""
    counted: Counter[str] = Counter()
    for promise, history in zip(line.promises, line.histories, strict=True):
        types = Counter(event["type"] for event in history)
        late = promise["status"] == "kept" and promise["kept_at"] > promise["due"]
        counted["kept"] += promise["status"] == "kept" and not late
        counted["late"] += late
        counted["missed"] += promise["status"] == "overdue"
        counted["suspended"] += types["commitment-suspended"] > 0
        counted["renegotiated"] += types["commitment-renegotiated"]
        counted["released"] += promise["status"] == "released"
    return counted


def table(lines: Sequence[Line]) -> Table:
    """One line per pair: promises, check-ins, sessions, reliability in both directions, nudges and budget."""
    drawn = Table(title="A quarter of all pairs", title_justify="left", header_style="bold")
    for name in (
        "Pair",
        "Kept",
        "Late",
        "Missed",
        "Susp.",
        "New date",
        "Let go",
        "In / missed / excused",
        "Held",
        "Reliability",
        "Nudges (most a week)",
    ):
        drawn.add_column(name, justify="left" if name in ("Pair", "Reliability") else "right")
    for line in lines:
        counted = told_of(line)
        pair = line.couple
        drawn.add_row(
            f"{pair.proposer.name.split()[0]} & {pair.other.name.split()[0]}",
            *(str(counted[name]) for name in ("kept", "late", "missed", "suspended", "renegotiated", "released")),
            _check_ins(line.check_ins),
            _sessions(line.sessions),
            " / ".join(_figure(direction) for direction in line.reliability["directions"]),
            f"{sum(line.nudges)} ({line.most_in_a_week} of {line.budget})",
        )
    return drawn


def _check_ins(streams: Sequence[Json]) -> str:
    statuses = Counter(occasion["status"] for stream in streams for occasion in stream["past"])
    return f"{statuses['submitted']} / {statuses['missed']} / {statuses['excused']}"


def _sessions(sessions: Sequence[Json]) -> str:
    statuses = Counter(session["status"] for session in sessions)
    return f"{statuses['held']} of {len(sessions)}"


def _figure(direction: Json) -> str:
    return "—" if direction["figure"] is None else f"{direction['figure']:.2f}"
