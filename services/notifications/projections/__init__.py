"""The read models of goals and sessions in notifications, with only what decides whether an entry is needed."""

from notifications.projections.check_ins import CHECK_INS_PROJECTION, CheckInsReadModel
from notifications.projections.commitment import COMMITMENT_PROJECTION, CommitmentReadModel
from notifications.projections.goal import GOAL_PROJECTION, GoalReadModel
from notifications.projections.session import SESSION_PROJECTION, SessionReadModel

__all__ = [
    "CHECK_INS_PROJECTION",
    "COMMITMENT_PROJECTION",
    "GOAL_PROJECTION",
    "SESSION_PROJECTION",
    "CheckInsReadModel",
    "CommitmentReadModel",
    "GoalReadModel",
    "SessionReadModel",
]
