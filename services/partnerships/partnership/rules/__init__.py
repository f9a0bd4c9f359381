"""The rules of a partnership: one function per command, one file per subject."""

from partnerships.partnership.rules.lifecycle import (
    DAY,
    LONGEST_PAUSE,
    PAUSE_IS_OVER,
    WITH_THE_END,
    accept,
    check_may_be_asked,
    decline,
    end,
    formed_only,
    lapsing_terms,
    next_ordinal,
    pause,
    pause_is_over,
    propose,
    resume,
    withdraw,
)

__all__ = [
    "DAY",
    "LONGEST_PAUSE",
    "PAUSE_IS_OVER",
    "WITH_THE_END",
    "accept",
    "check_may_be_asked",
    "decline",
    "end",
    "formed_only",
    "lapsing_terms",
    "next_ordinal",
    "pause",
    "pause_is_over",
    "propose",
    "resume",
    "withdraw",
]
