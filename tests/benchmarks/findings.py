"""What was measured: as a line of the table, and as figures for the file."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
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
    """One run: seconds of wall time and of CPU time of whoever did the work, for so many pieces of it."""

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
    """Ours beside its twin, or ``beside`` whatever else, over all rounds.

    ``least`` is the ratio of rates that it must reach, ``most_cpu`` how many times the twin's CPU it may take.
    """

    what: str
    beside: str
    ours: Sequence[Sample]
    twin: Sequence[Sample]
    least: float | None = None
    most_cpu: float | None = None

    @property
    def ratio(self) -> float:
        """The median of the ratios within each round."""
        return median(self._ratios())

    @property
    def cpu_ratio(self) -> float:
        """The median of the ratios of CPU time within each round."""
        return median(ours.cpu_each / twin.cpu_each for ours, twin in zip(self.ours, self.twin, strict=True))

    @property
    def reached(self) -> bool | None:
        """Whether both are reached, as the table shows them."""
        demanded = [
            *([] if self.least is None else [round(self.ratio, 2) >= self.least]),
            *([] if self.most_cpu is None else [round(self.cpu_ratio, 2) <= self.most_cpu]),
        ]
        return all(demanded) if demanded else None

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        ratios = self._ratios()
        wanted = [
            *([] if self.least is None else [f"≥ {self.least:.2f}"]),
            *([] if self.most_cpu is None else [f"CPU ≤ {self.most_cpu:.2f}"]),
        ]
        return (
            self.what,
            _rates(self.ours),
            f"{_rates(self.twin)} {self.beside}",
            f"{self.ratio:.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
            f"{_cpu(self.ours):,.1f} / {_cpu(self.twin):,.1f} µs ({self.cpu_ratio:.2f})",
            ", ".join(wanted),
        )

    def figures(self) -> dict[str, Any]:
        """Every run of both."""
        return {
            "what": self.what,
            "beside": self.beside,
            "ratio": self.ratio,
            "least": self.least,
            "reached": self.reached,
            "cpu_us_each": {"ours": _cpu(self.ours), "twin": _cpu(self.twin)},
            "cpu_ratio": self.cpu_ratio,
            "most_cpu": self.most_cpu,
            "ours": [asdict(sample) for sample in self.ours],
            "twin": [asdict(sample) for sample in self.twin],
        }

    def _ratios(self) -> list[float]:
        return [ours.rate / twin.rate for ours, twin in zip(self.ours, self.twin, strict=True)]


@dataclass(frozen=True, slots=True)
class Ceiling:
    """How fast one part alone is, with nothing of ours around it: nothing that needs this part can be faster."""

    what: str
    samples: Sequence[Sample]
    reached: None = None

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        return (f"ceiling: {self.what}", _rates(self.samples), "", "", f"{_cpu(self.samples):,.1f} µs", "")

    def figures(self) -> dict[str, Any]:
        """Every run."""
        return {
            "what": self.what,
            "cpu_us_each": _cpu(self.samples),
            "samples": [asdict(each) for each in self.samples],
        }


@dataclass(frozen=True, slots=True)
class Counted:
    """A number that must not be exceeded, and how it came about; ``of`` are the numbers it is the largest of."""

    what: str
    number: float
    how: str
    most: float | None = None
    of: Mapping[str, float] = field(default_factory=dict[str, float])

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


@dataclass(slots=True)
class Turn:
    """How long something took, each time. All times are in seconds.

    Where that is seen: how long until it was answered, how long each look for its end took, and the CPU time that each
    process spent for one of them.
    """

    taken: list[float] = field(default_factory=list[float])
    answered: list[float] = field(default_factory=list[float])
    looks: list[float] = field(default_factory=list[float])
    spent: dict[str, float] = field(default_factory=dict[str, float])

    def percentile(self, share: float) -> float:
        """The milliseconds within which this share of them was done (nearest rank)."""
        in_order = sorted(self.taken)
        return in_order[max(0, ceil(len(in_order) * share) - 1)] * 1000


@dataclass(frozen=True, slots=True)
class Latency:
    """How long something took, in some turns, and in as many of a ``twin`` if there is one.

    ``most`` are the milliseconds within which half of them and 99 in a hundred must be done. The ratio is
    that of what half of them took, within each turn.
    """

    what: str
    turns: Sequence[Turn]
    how: str
    most: tuple[float, float] | None = None
    beside: str = ""
    twin: Sequence[Turn] = ()

    @property
    def reached(self) -> bool | None:
        """Whether both are fast enough."""
        if self.most is None:
            return None
        all_of_them = _together(self.turns)
        return all(all_of_them.percentile(p) <= most for p, most in zip((0.5, 0.99), self.most, strict=True))

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        ours, ratios = _together(self.turns), self._ratios()
        beside = f"{_p50_p99(_together(self.twin))} {self.beside}, " if self.twin else ""
        return (
            self.what,
            _p50_p99(ours),
            f"{beside}{len(ours.taken):,} {self.how}",
            f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})" if ratios else "",
            " / ".join(_spent(turns) for turns in (self.turns, self.twin) if turns and turns[0].spent),
            "" if self.most is None else "p50 ≤ {:g} ms, p99 ≤ {:g} ms".format(*self.most),
        )

    def figures(self) -> dict[str, Any]:
        """Percentiles in milliseconds, of all turns and of each."""
        return {
            "what": self.what,
            "how": self.how,
            "most": self.most,
            "reached": self.reached,
            "beside": self.beside,
            "ours": _figures(_together(self.turns)),
            "turns": [_figures(turn) for turn in self.turns],
            "twin": _figures(_together(self.twin)),
            "turns_of_the_twin": [_figures(turn) for turn in self.twin],
            "ratios_of_p50": self._ratios(),
        }

    def _ratios(self) -> list[float]:
        halves = zip(self.turns, self.twin, strict=True) if self.twin else ()
        return [ours.percentile(0.5) / twin.percentile(0.5) for ours, twin in halves]


def _together(turns: Sequence[Turn]) -> Turn:
    names = turns[0].spent if turns else ()
    return Turn(
        [each for turn in turns for each in turn.taken],
        spent={name: median(turn.spent[name] for turn in turns) for name in names},
    )


def _figures(turn: Turn) -> dict[str, Any] | None:
    if not turn.taken:
        return None
    named = {f"p{share:g}": turn.percentile(share / 100) for share in (5, 50, 90, 95, 99, 100)}
    spent = {name: seconds * 1000 for name, seconds in turn.spent.items()}
    return {"count": len(turn.taken), "milliseconds": named, "cpu_ms_each": spent}


def _spent(turns: Sequence[Turn]) -> str:
    spent = _together(turns).spent
    return f"{', '.join(f'{name} {seconds * 1000:.1f}' for name, seconds in spent.items())} ms"


def _p50_p99(turn: Turn) -> str:
    return f"p50 {turn.percentile(0.5):,.1f} ms, p99 {turn.percentile(0.99):,.1f} ms"


def _rates(samples: Sequence[Sample]) -> str:
    return f"{median(s.rate for s in samples):,.0f}/s"


def _cpu(samples: Sequence[Sample]) -> float:
    return median(s.cpu_each for s in samples)
