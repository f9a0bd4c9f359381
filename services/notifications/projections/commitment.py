"""What is known of a promise: whether it stands, whether a miss of it is open, whether a question about it is."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from pydantic import TypeAdapter

from coaching_events.answers import AnswerExtended
from coaching_events.commitment import (
    CommitmentEvent,
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
from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.registry import EVENTS
from eventlog import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCommitment:
    """A promise. ``last`` is the position of the last event that said something about it.

    ``open_miss`` is the miss that nobody has said a word about since, ``question`` what waits for an answer.
    """

    status: Literal["requested", "made", "suspended", "closed"]
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    text: str | Cipher | None
    due: datetime
    last: Position
    question: Position | None = None
    open_miss: Position | None = None
    missed_at: datetime | None = None


def evolve(promise: KnownCommitment | None, recorded: Recorded[CommitmentEvent]) -> KnownCommitment | None:
    """Fold one event of a promise."""
    event = recorded.event
    if promise is None:
        if not isinstance(event, CommitmentRequested | CommitmentMade):
            return None
        promise = KnownCommitment(
            status="requested",
            partnership=event.partnership,
            owner=event.owner,
            partner=event.partner,
            text=event.text,
            due=event.due,
            last=recorded.position,
        )
    # Whatever is said about a promise after its miss is a sign of life, and whatever follows a question answers it; but
    # for a deadline, which says nothing: what was asked still waits, and whoever has asked needs no reminder.
    said = replace(promise, last=recorded.position, question=None, open_miss=None, missed_at=None)
    match event:
        case AnswerExtended():
            return promise
        case CommitmentRequested() | ReleaseProposed() | RenegotiationProposed():
            return replace(said, question=recorded.position)
        case CommitmentMade():
            return replace(said, status="made", text=event.text, due=event.due)
        case CommitmentMissed() if promise.question is not None:
            return replace(said, status="made", due=event.due, question=promise.question)
        case CommitmentMissed():
            return replace(said, status="made", due=event.due, open_miss=recorded.position, missed_at=recorded.at)
        case CommitmentSuspended():
            return replace(said, status="suspended", due=event.until or event.due, question=promise.question)
        case CommitmentRenegotiated() | DeclarationWithdrawn():
            return replace(said, status="made", due=event.due)
        case (
            CommitmentKept()
            | CommitmentReleased()
            | CommitmentRequestDeclined()
            | CommitmentRequestWithdrawn()
            | CommitmentRequestLapsed()
        ):
            return replace(said, status="closed")
        case (
            RenegotiationDeclined()
            | RenegotiationWithdrawn()
            | RenegotiationLapsed()
            | ReleaseDeclined()
            | ReleaseWithdrawn()
            | ReleaseLapsed()
        ):  # the due moment before the proposal holds again
            return replace(said, status="made", due=event.due)
        case _:
            assert_never(event)


COMMITMENT_ROWS = Projection[KnownCommitment](
    kind="commitment",
    values=TypeAdapter(KnownCommitment),
    events=EVENTS["commitment"],
    evolve=evolve,
    parties=lambda _, commitment: (commitment.owner, commitment.partner),
)
