"""What sessions knows of the streams of goals: no more than it suggests for an agenda."""

from sessions.projections.commitment import COMMITMENT_PROJECTION, CommitmentReadModel

__all__ = ["COMMITMENT_PROJECTION", "CommitmentReadModel"]
