"""When something is said about a promise, a check-in or a session, what is planned about it is asked again.

A check-in that speaks of a promise is a sign of life of both.
"""

from coaching_events.check_ins import (
    CheckInExcused,
    CheckInMissed,
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
from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.session import (
    SessionCancelled,
    SessionDeclined,
    SessionLapsed,
    SessionProposed,
    SessionScheduled,
    SessionWithdrawn,
)
from eventlog.decide import EventLog
from eventlog.each import for_each
from eventlog.reaction import Reaction
from notifications.mailbox import mailboxes

SIGNS: tuple[type[Event], ...] = (
    CommitmentMade, CommitmentKept, CommitmentMissed, CommitmentSuspended, CommitmentReleased,
    CommitmentRequestDeclined, CommitmentRequestWithdrawn, CommitmentRequestLapsed, DeclarationWithdrawn,
    RenegotiationProposed, RenegotiationDeclined, RenegotiationWithdrawn, RenegotiationLapsed, CommitmentRenegotiated,
    ReleaseProposed, ReleaseDeclined, ReleaseWithdrawn, ReleaseLapsed,
    CheckInSubmitted, CheckInMissed, CheckInExcused, CheckInSuspended, CheckInsStopped,
    SessionProposed, SessionScheduled, SessionDeclined, SessionWithdrawn, SessionLapsed, SessionCancelled,
)  # fmt: skip


async def _withdraw(said: Recorded[Event], log: EventLog) -> None:
    spoken_of = said.event.speaks_of_commitments if isinstance(said.event, CheckInSubmitted) else ()
    await for_each((said.stream, *spoken_of), lambda subject: log.wake(mailboxes, {"subjects": subject}, said))


reaction = Reaction(name="when_sign_of_life_then_withdraw_what_is_planned", on=SIGNS, react=_withdraw)
