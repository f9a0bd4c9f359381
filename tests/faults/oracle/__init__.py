"""Judges what is known after a drill: every accepted command, every stream, every row, every deadline, every word.

Pure: it reads evidence and knows nothing of the databases, the broker, or what was broken.
"""

from dataclasses import dataclass

from tests.faults.oracle import documents, follow_ups, meetings, outcomes, reflections, rows, telling, topics
from tests.faults.oracle.evidence import Evidence

__all__ = ["Evidence", "Verdict", "judge"]


@dataclass(frozen=True)
class Verdict:
    """What was looked at, and every fault as a sentence; none if all is well."""

    findings: tuple[str, ...]
    commands: int
    events: int
    records: int
    duplicates: int
    rows: int


def judge(evidence: Evidence) -> Verdict:
    """Look at everything."""
    heard = topics.listen(evidence)
    told = outcomes.histories(evidence)
    findings = [
        *topics.faults(heard),
        *documents.faults(evidence, heard),
        *rows.faults(evidence, heard),
        *outcomes.faults(evidence, told),
        *telling.faults(evidence, told),
        *meetings.faults(evidence, told),
        *follow_ups.faults(evidence, told),
        *reflections.faults(evidence, told),
    ]
    return Verdict(
        findings=tuple(findings),
        commands=len({(answer.by, answer.key) for answer in evidence.answers}),
        events=sum(len(document.history) for document in evidence.documents),
        records=len(evidence.records),
        duplicates=heard.duplicates,
        rows=len(evidence.rows),
    )
