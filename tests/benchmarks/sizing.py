"""What many people take, computed from what few took: ``python -m tests.benchmarks.sizing`` prints the table.

docs/benchmarks.md explains each line. What was counted comes from one run of ``make quarter``; what was measured, from
the benchmarks. Nothing here is measured when it runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from rich.console import Console
from rich.table import Table

PEOPLE = (1_000_000, 10_000_000, 100_000_000)

PAIR_WEEKS = 13 * 13
"""Thirteen pairs for thirteen weeks."""
EVENTS: Mapping[str, int] = {"partnership": 31, "check-ins": 963, "commitment": 776, "session": 208, "mailbox": 2219}
DOCUMENT_BYTES: Mapping[str, int] = {
    "partnership": 955,
    "check-ins": 663,
    "commitment": 835,
    "session": 663,
    "mailbox": 903,
}
"""BSON of a document, for each event in it."""
SERVICES_WITH_A_ROW: Mapping[str, int] = {"partnership": 3, "check-ins": 1, "commitment": 1, "session": 1, "mailbox": 0}
COMMANDS, CHECK_INS_WRITTEN = 1098, 244
DOCUMENTS, ROWS = 306 + 67 + 244, 306 + 67
ROW_BYTES = 306 * 444 + 67 * 352
"""Of promises and sessions: the rows that come with time."""
ROWS_OF_A_PAIR = 2 * 2272 + 2 * 3 * 670 + 3 * 571
"""Bytes that are there once: of both check-ins, both people in three services, the partnership in three."""
RECORD_BYTES = 923
"""Of one event on the disk of one replica of its topic."""
INDEX_SHARE = 0.115
"""Bytes of indexes for a byte of documents."""

SERVE, WORK = 0.008, 0.008
"""Seconds of CPU: of ``serve`` for a command, of ``work`` for an event that comes alone."""

WEEKS = 52
WORKING_SECONDS = 40 * 3600
"""Of a week."""
IN_ONE_HOUR = 0.5
"""The share of a week's check-ins, and of what follows from them, that falls into the same hour."""
LOOKS = 1 / 0.2 + 1 / 1.5 + 1
"""A second, of a worker with nothing to do: for deadlines, for what is unpublished, for what waits for rows."""
WRITES_OF_A_PRIMARY = 5_000
"""Document writes a second that one primary is trusted with: an assumption, to be replaced by one's own figure."""
ROOM = 4
"""Partitions for each worker that is needed at first, as the count never changes."""


@dataclass(frozen=True, slots=True)
class Sized:
    """So many people, each in one pair."""

    people: int

    @property
    def pairs(self) -> float:
        """Two people each."""
        return self.people / 2

    def a_year(self, in_the_quarter: float) -> float:
        """What all pairs make in a year of something that was counted in the quarter."""
        return self.pairs * in_the_quarter / PAIR_WEEKS * WEEKS

    def in_the_hour(self, in_the_quarter: float) -> float:
        """A second, in the hour that all share."""
        return self.pairs * in_the_quarter / PAIR_WEEKS * IN_ONE_HOUR / 3600

    @property
    def peak_events(self) -> float:
        """A second: check-ins and what mailboxes make of them."""
        return self.in_the_hour(EVENTS["check-ins"] + EVENTS["mailbox"])

    @property
    def peak_commands(self) -> float:
        """A second: check-ins that are written in that hour, beside what people do at any working hour."""
        return self.in_the_hour(CHECK_INS_WRITTEN) + self.pairs * COMMANDS / PAIR_WEEKS / WORKING_SECONDS

    @property
    def peak_writes(self) -> float:
        """Documents written a second: the event, its acknowledgement, and a row in each service that keeps one."""
        rows = sum(EVENTS[kind] * SERVICES_WITH_A_ROW[kind] for kind in EVENTS)
        return self.peak_events * (2 + rows / sum(EVENTS.values()))

    @property
    def workers(self) -> int:
        """Of notifications, which hears everything; one core each."""
        return ceil(self.peak_events * WORK)

    @property
    def primaries(self) -> int:
        """Shards, by what one takes."""
        return ceil(self.peak_writes / WRITES_OF_A_PRIMARY)

    def lines(self) -> Mapping[str, str]:
        """The table's lines of this size."""
        documents = self.a_year(sum(EVENTS[kind] * DOCUMENT_BYTES[kind] for kind in EVENTS))
        rows = self.a_year(ROW_BYTES) + self.pairs * ROWS_OF_A_PAIR
        return {
            "pairs": f"{self.pairs / 1e6:g} million",
            "events a year": f"{self.a_year(sum(EVENTS.values())) / 1e9:.2g} billion",
            "topics a year, each replica": f"{self.a_year(sum(EVENTS.values())) * RECORD_BYTES / 1e12:.2g} TB",
            "documents a year": f"{self.a_year(DOCUMENTS) / 1e9:.2g} billion",
            "rows a year": f"{self.a_year(ROWS) / 1e9:.2g} billion",
            "documents, rows and indexes a year": f"{(documents + rows) * (1 + INDEX_SHARE) / 1e12:.2g} TB",
            "commands a second, in the shared hour": f"{self.peak_commands:,.0f}",
            "events a second, in the shared hour": f"{self.peak_events:,.0f}",
            "documents written a second, then": f"{self.peak_writes:,.0f}",
            "cores of `serve`": f"{ceil(self.peak_commands * SERVE):,}",
            "workers of notifications": f"{self.workers:,}",
            "`TOPIC_PARTITIONS`": f"{ceil(self.workers * ROOM / 12) * 12:,}",
            "shards": f"{self.primaries:,}",
            "looks a second at nothing, all shards": f"{self.workers * LOOKS * self.primaries:,.0f}",
        }


def main() -> None:
    """Print the table."""
    sizes = [Sized(people) for people in PEOPLE]
    table = Table("", *(f"{size.people / 1e6:g} million people" for size in sizes))
    for name in sizes[0].lines():
        table.add_row(name, *(size.lines()[name] for size in sizes))
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
