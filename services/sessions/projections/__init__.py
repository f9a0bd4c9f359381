"""What sessions knows of the streams of goals: no more than it suggests for an agenda."""

from sessions.projections.commitment import COMMITMENT_PROJECTION, CommitmentReadModel
from sessions.projections.goal import GOAL_PROJECTION, GoalReadModel

__all__ = ["COMMITMENT_PROJECTION", "GOAL_PROJECTION", "CommitmentReadModel", "GoalReadModel"]
