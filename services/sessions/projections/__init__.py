"""What sessions knows of the streams of goals: no more than agendas suggest and calendar feeds have."""

from sessions.projections.check_ins import CHECK_INS_PROJECTION, CheckInsReadModel
from sessions.projections.commitment import COMMITMENT_PROJECTION, CommitmentReadModel
from sessions.projections.goal import GOAL_PROJECTION, GoalReadModel

__all__ = [
    "CHECK_INS_PROJECTION",
    "COMMITMENT_PROJECTION",
    "GOAL_PROJECTION",
    "CheckInsReadModel",
    "CommitmentReadModel",
    "GoalReadModel",
]
