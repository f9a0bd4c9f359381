"""Which events are signs of life: one line for each event of promises, check-ins and sessions. Pure.

A new event must be put into exactly one of the three lists; a test fails until it is.
"""

from typing import Final

from coaching_events.answers import AnswerExtended
from coaching_events.check_ins import (
    CheckInExcused,
    CheckInMissed,
    CheckInOpened,
    CheckInsScheduled,
    CheckInsStarted,
    CheckInsStopped,
    CheckInSubmitted,
    CheckInSuspended,
)
from coaching_events.commitment import (
    CommitmentKept,
    CommitmentMade,
    CommitmentMissed,
    CommitmentReleased,
    CommitmentRenegotiated,
    CommitmentRequestDeclined,
    CommitmentRequested,
    CommitmentRequestLapsed,
    CommitmentRequestWithdrawn,
    CommitmentSuspended,
    DeclarationWithdrawn,
    ReleaseDeclined,
    ReleaseLapsed,
    ReleaseProposed,
    ReleaseWithdrawn,
    RenegotiationDeclined,
    RenegotiationLapsed,
    RenegotiationProposed,
    RenegotiationWithdrawn,
)
from coaching_events.event import Event
from coaching_events.session import (
    SessionCancelled,
    SessionDeclined,
    SessionDisputed,
    SessionHeld,
    SessionLapsed,
    SessionMissed,
    SessionNeedsANewTime,
    SessionProposed,
    SessionReported,
    SessionScheduled,
    SessionWithdrawn,
)

SIGNS_OF_LIFE: Final[tuple[type[Event], ...]] = (
    CommitmentMade, CommitmentKept, CommitmentReleased, CommitmentRequestDeclined, CommitmentRequestWithdrawn,
    DeclarationWithdrawn, RenegotiationProposed, RenegotiationDeclined, RenegotiationWithdrawn,
    CommitmentRenegotiated, ReleaseProposed, ReleaseDeclined, ReleaseWithdrawn,
    CheckInSubmitted,
    SessionProposed, SessionScheduled, SessionDeclined, SessionWithdrawn, SessionCancelled,
)  # fmt: skip
"""Somebody said something about it: what is planned about an open miss, or waits for this answer, is withdrawn."""

SETTLED_BY_RULE: Final[tuple[type[Event], ...]] = (
    CommitmentMissed, CommitmentSuspended, CommitmentRequestLapsed, RenegotiationLapsed, ReleaseLapsed,
    CheckInMissed, CheckInExcused, CheckInSuspended, CheckInsStopped,
    SessionLapsed,
)  # fmt: skip
"""Nobody said anything, and yet what is planned may not be needed any more: it is asked again."""

NO_SIGN: Final[tuple[type[Event], ...]] = (
    CommitmentRequested,  # it begins a promise: nothing can be planned about it before
    AnswerExtended,  # the same question waits longer
    CheckInsStarted, CheckInsScheduled, CheckInOpened,  # an occasion comes: nobody has written yet
    SessionNeedsANewTime, SessionReported, SessionHeld, SessionMissed, SessionDisputed,  # the time was agreed before
)  # fmt: skip
"""Nothing that is planned becomes needless by it."""
