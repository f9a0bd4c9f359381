"""Which events are signs of life: one line for each event of promises, check-ins and sessions. Pure.

Each event must be in exactly one of the three lists. A test fails for a new event that is not.
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
"""A person acted: planned entries about an open miss, and the question that this answers, are withdrawn."""

SETTLED_BY_RULE: Final[tuple[type[Event], ...]] = (
    CommitmentMissed, CommitmentSuspended, CommitmentRequestLapsed, RenegotiationLapsed, ReleaseLapsed,
    CheckInMissed, CheckInExcused, CheckInSuspended, CheckInsStopped,
    SessionLapsed,
)  # fmt: skip
"""A rule acted, and planned entries may no longer be needed: they are decided again."""

NO_SIGN: Final[tuple[type[Event], ...]] = (
    CommitmentRequested,  # the promise begins: there is no planned entry about it
    AnswerExtended,  # the same question waits longer
    CheckInsStarted, CheckInsScheduled, CheckInOpened,  # an occasion begins: nothing is submitted yet
    SessionNeedsANewTime, SessionReported, SessionHeld, SessionMissed, SessionDisputed,  # both agreed earlier
)  # fmt: skip
"""No planned entry becomes needless by these."""
