"""The read model of a promise: whether it is open and overdue. Agendas and calendar feeds have it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.commitment import (
    CleanSlateGiven,
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
    CommitmentThanked,
    DeclarationWithdrawn,
    FollowUpNotTaken,
    ReleaseDeclined,
    ReleaseLapsed,
    ReleaseProposed,
    ReleaseWithdrawn,
    RenegotiationDeclined,
    RenegotiationLapsed,
    RenegotiationProposed,
    RenegotiationWithdrawn,
)
from coaching_events.ids import PartnershipId, PersonId
from coaching_events.registry import EVENTS
from eventlog import Projection


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentReadModel:
    """A promise, or the request for one. ``standing``: it was made, and is neither kept nor released."""

    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    text: str | Cipher | None
    due: datetime
    overdue: bool = False
    standing: bool = False


def evolve(promise: CommitmentReadModel | None, recorded: Recorded[CommitmentEvent]) -> CommitmentReadModel | None:
    """Fold one event of a promise."""
    event = recorded.event
    if isinstance(event, CommitmentRequested | CommitmentMade):
        return CommitmentReadModel(
            partnership=event.partnership,
            owner=event.owner,
            partner=event.partner,
            text=event.text,
            due=event.due,
            standing=isinstance(event, CommitmentMade),
        )
    if promise is None:
        return None
    match event:
        case CommitmentMissed():
            return replace(promise, due=event.due, overdue=True)
        case CommitmentRenegotiated() | DeclarationWithdrawn():
            return replace(promise, due=event.due, overdue=False, standing=True)
        case CommitmentSuspended():
            return replace(promise, due=event.until or event.due, overdue=False)
        case CommitmentKept() | CommitmentReleased():
            return replace(promise, overdue=False, standing=False)
        case (
            CommitmentRequestDeclined()
            | CommitmentRequestWithdrawn()
            | CommitmentRequestLapsed()
            | RenegotiationProposed()
            | RenegotiationDeclined()
            | RenegotiationWithdrawn()
            | RenegotiationLapsed()
            | ReleaseProposed()
            | ReleaseDeclined()
            | ReleaseWithdrawn()
            | ReleaseLapsed()
            | CommitmentThanked()
            | CleanSlateGiven()
            | FollowUpNotTaken()
            | AnswerExtended()
        ):
            return promise
        case _:
            assert_never(event)


COMMITMENT_PROJECTION = Projection[CommitmentReadModel](
    kind="commitment",
    values=TypeAdapter(CommitmentReadModel),
    events=EVENTS["commitment"],
    evolve=evolve,
    indexes=("partnership", "owner"),
    parties=lambda _, promise: (promise.owner, promise.partner),
)
