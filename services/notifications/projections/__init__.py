"""The read models of goals and sessions in notifications, with only what decides whether an entry is needed."""

from notifications.projections.check_ins import CHECK_INS_ROWS, KnownCheckIns
from notifications.projections.commitment import COMMITMENT_ROWS, KnownCommitment
from notifications.projections.session import SESSION_ROWS, KnownSession

__all__ = ["CHECK_INS_ROWS", "COMMITMENT_ROWS", "SESSION_ROWS", "KnownCheckIns", "KnownCommitment", "KnownSession"]
