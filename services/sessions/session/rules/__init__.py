"""What each may do, one function a command, in one file a subject."""

from sessions.session.rules.agreeing import (
    ANSWER_DAYS,
    EARLY_NOTICE,
    accept,
    cancel,
    decline,
    propose,
    propose_time,
    withdraw,
)

__all__ = ["ANSWER_DAYS", "EARLY_NOTICE", "accept", "cancel", "decline", "propose", "propose_time", "withdraw"]
