"""The rules of a session: one function per command, one file per subject."""

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
