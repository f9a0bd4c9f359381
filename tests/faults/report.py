"""What a drill ends with: what was broken, what went on meanwhile, and what the oracle found."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.faults.oracle import Verdict

ENOUGH = 0.6
"""A drill during which a group consumed for a smaller share of the time shows too little to count."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """``again`` is what requests met instead of an answer and were sent once more for."""

    drill: str
    seed: int
    seconds: float
    kills: Counter[str]
    notes: Sequence[str]
    shortcomings: Sequence[str]
    refused: Counter[str]
    again: Counter[str]
    slowest: float
    consuming: Mapping[str, float]
    verdict: Verdict
    findings: Sequence[str]

    @property
    def counts(self) -> bool:
        """Whether it shows enough: all that was to be broken was, and every group consumed long enough."""
        return not self.too_little

    @property
    def too_little(self) -> Sequence[str]:
        """Why it does not count."""
        idle = [group for group, share in self.consuming.items() if share < ENOUGH]
        return [*self.shortcomings, *(f"{group} consumed for less than {ENOUGH:.0%} of the time" for group in idle)]

    @property
    def is_sound(self) -> bool:
        """Nothing was lost, doubled or late, and the drill counts."""
        return not self.findings and self.counts

    def lines(self) -> list[str]:
        """For people."""
        seen = self.verdict
        shares = ", ".join(f"{group} {share:.0%}" for group, share in self.consuming.items())
        said = [
            f"{self.drill} · seed {self.seed} · {self.seconds:.0f} s",
            f"  killed: {sum(self.kills.values())}{_of(self.kills)}",
            f"  commands accepted: {seen.commands}, refused by rules: {sum(self.refused.values())}",
            f"  sent again: {sum(self.again.values())}{_of(self.again)}; slowest answer {self.slowest:.1f} s",
            f"  events: {seen.events}, records: {seen.records}, duplicates among them: {seen.duplicates}, "
            f"rows: {seen.rows}",
            f"  consuming: {shares}",
            *(f"  {note}" for note in self.notes),
        ]
        said += [f"  DOES NOT COUNT: {why}" for why in self.too_little]
        if self.findings:
            said += [f"  FOUND: {len(self.findings)}", *(f"    {finding}" for finding in self.findings[:25])]
        else:
            said.append("  found: nothing lost, nothing doubled, nothing late")
        return said


def _of(counted: Counter[str]) -> str:
    parts = ", ".join(f"{name} {number}" for name, number in counted.most_common())
    return f" ({parts})" if parts else ""
