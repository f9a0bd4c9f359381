"""What was measured: as a line of the table, and as figures for the file."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import ceil
from statistics import median
from typing import Any, Protocol


class Finding(Protocol):
    """Something that was measured."""

    def row(self) -> tuple[str, ...]:
        """A line of the table: what, measured, beside, ratio, CPU each, wanted."""
        ...

    def figures(self) -> dict[str, Any]:
        """All of it, for the file."""
        ...

    @property
    def reached(self) -> bool | None:
        """Whether it is as good as it must be; None where nothing is demanded."""
        ...


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds of wall time and of this process's CPU time for so many pieces of work."""

    work: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        """Pieces of work a second."""
        return self.work / self.wall

    @property
    def cpu_each(self) -> float:
        """Microseconds of CPU for a piece of work."""
        return self.cpu / self.work * 1e6


@dataclass(frozen=True, slots=True)
class Compared:
    """Ours beside its twin, or ``beside`` whatever else, over all rounds. ``least`` is the ratio that it must reach."""

    what: str
    beside: str
    ours: Sequence[Sample]
    twin: Sequence[Sample]
    least: float | None = None

    @property
    def ratio(self) -> float:
        """The median of the ratios within each round."""
        return median(self._ratios())

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is reached."""
        return None if self.least is None else self.ratio >= self.least

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        ratios = self._ratios()
        return (
            self.what,
            _rates(self.ours),
            f"{_rates(self.twin)} {self.beside}",
            f"{self.ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
            f"{_cpu(self.ours):,.1f} / {_cpu(self.twin):,.1f} µs",
            "" if self.least is None else f"≥ {self.least:.2f}",
        )

    def figures(self) -> dict[str, Any]:
        """Every run of both."""
        return {
            "what": self.what, "beside": self.beside, "ratio": self.ratio, "least": self.least, "reached": self.reached,
            "cpu_us_each": {"ours": _cpu(self.ours), "twin": _cpu(self.twin)},
            "ours": [asdict(sample) for sample in self.ours], "twin": [asdict(sample) for sample in self.twin],
        }  # fmt: skip

    def _ratios(self) -> list[float]:
        return [ours.rate / twin.rate for ours, twin in zip(self.ours, self.twin, strict=True)]


@dataclass(frozen=True, slots=True)
class Counted:
    """A number that must not be exceeded, and how it came about."""

    what: str
    number: float
    how: str
    most: float | None = None

    @property
    def reached(self) -> bool | None:
        """Whether it is small enough."""
        return None if self.most is None else self.number <= self.most

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        return (self.what, f"{self.number:g} {self.how}", "", "", "", "" if self.most is None else f"≤ {self.most:g}")

    def figures(self) -> dict[str, Any]:
        """The number."""
        return {**asdict(self), "reached": self.reached}


@dataclass(frozen=True, slots=True)
class Latency:
    """How long something took, each time, in seconds."""

    what: str
    seconds: Sequence[float]
    how: str

    @property
    def reached(self) -> bool | None:
        """Nothing is demanded."""
        return None

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        p50, p99 = (self.percentile(share) * 1000 for share in (0.5, 0.99))
        return (self.what, f"p50 {p50:.1f} ms, p99 {p99:.1f} ms", f"{len(self.seconds):,} {self.how}", "", "", "")

    def figures(self) -> dict[str, Any]:
        """Percentiles in milliseconds."""
        named = {f"p{share:g}": self.percentile(share / 100) * 1000 for share in (5, 50, 90, 95, 99, 100)}
        return {"what": self.what, "how": self.how, "count": len(self.seconds), "milliseconds": named}

    def percentile(self, share: float) -> float:
        """The time within which this share of them was done (nearest rank)."""
        in_order = sorted(self.seconds)
        return in_order[max(0, ceil(len(in_order) * share) - 1)]


def _rates(samples: Sequence[Sample]) -> str:
    return f"{median(s.rate for s in samples):,.0f}/s"


def _cpu(samples: Sequence[Sample]) -> float:
    return median(s.cpu_each for s in samples)
