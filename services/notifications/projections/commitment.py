"""The read model of a promise: its status, its open miss and its open question."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal, assert_never

from pydantic import TypeAdapter

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher, Event
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
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.registry import EVENTS
from eventlog import Projection
from notifications.audiences import NewsOfEvents, Telling, agreed_by, by_silence, owner, partner


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentReadModel:
    """A promise. ``last`` is the position of the last event that counts.

    ``open_miss`` is the position of a miss without a later sign of life, ``question`` that of an open question.
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


def evolve(promise: CommitmentReadModel | None, recorded: Recorded[CommitmentEvent]) -> CommitmentReadModel | None:
    """Fold one event of a promise."""
    event = recorded.event
    if promise is None:
        if not isinstance(event, CommitmentRequested | CommitmentMade | FollowUpNotTaken):
            return None
        promise = CommitmentReadModel(
            status="closed" if isinstance(event, FollowUpNotTaken) else "requested",
            partnership=event.partnership,
            owner=event.owner,
            partner=event.partner,
            text=event.text,
            due=event.due,
            last=recorded.position,
        )
    # Any event after a miss is a sign of life, and any event after a question answers it. A deadline is neither: the
    # question stays open, and its author needs no reminder.
    said = replace(promise, last=recorded.position, question=None, open_miss=None, missed_at=None)
    match event:
        case AnswerExtended() | CommitmentThanked() | CleanSlateGiven() | FollowUpNotTaken():
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
        ):  # the due moment before the proposal is in force again
            return replace(said, status="made", due=event.due)
        case _:
            assert_never(event)


COMMITMENT_PROJECTION = Projection[CommitmentReadModel](
    kind="commitment",
    values=TypeAdapter(CommitmentReadModel),
    events=EVENTS["commitment"],
    evolve=evolve,
    parties=lambda _, commitment: (commitment.owner, commitment.partner),
)

NEWS: Final[NewsOfEvents] = {
    CommitmentRequested: "question",
    CommitmentRequestDeclined: (Telling(partner, "answer"),),
    CommitmentRequestWithdrawn: (Telling(owner, "answer"),),
    CommitmentRequestLapsed: (Telling(partner, "answer"),),
    CommitmentMade: (
        Telling(partner, "answer", lambda made: made.request is not None),
        Telling(partner, "other", lambda made: made.request is None),
    ),
    CommitmentKept: (Telling(partner, "answer"),),
    CommitmentMissed: "ladder",
    CommitmentSuspended: "nobody",  # nobody acted, and an absence may be the reason
    CommitmentReleased: (Telling(owner, "answer"), Telling(partner, "other", by_silence)),
    FollowUpNotTaken: (Telling(agreed_by, "answer"),),
    RenegotiationProposed: "question",
    RenegotiationDeclined: (Telling(owner, "answer"),),
    RenegotiationWithdrawn: (Telling(partner, "answer"),),
    RenegotiationLapsed: (Telling(owner, "answer"),),
    CommitmentRenegotiated: (Telling(owner, "answer"), Telling(partner, "other", by_silence)),
    ReleaseProposed: "question",
    ReleaseDeclined: (Telling(owner, "answer"),),
    ReleaseWithdrawn: (Telling(partner, "answer"),),
    ReleaseLapsed: (Telling(owner, "answer"),),
    DeclarationWithdrawn: (Telling(partner, "answer"),),
    CommitmentThanked: (Telling(owner, "answer"),),
    CleanSlateGiven: (Telling(owner, "answer"),),
}
"""For each event: the people who get it as news, or why there is none."""

SIGNS_OF_LIFE: Final[tuple[type[Event], ...]] = (
    CommitmentMade,
    CommitmentKept,
    CommitmentReleased,
    CommitmentRequestDeclined,
    CommitmentRequestWithdrawn,
    DeclarationWithdrawn,
    RenegotiationProposed,
    RenegotiationDeclined,
    RenegotiationWithdrawn,
    CommitmentRenegotiated,
    ReleaseProposed,
    ReleaseDeclined,
    ReleaseWithdrawn,
)
"""A person acted: planned entries about an open miss, and the question that this answers, are withdrawn."""

SETTLED_BY_RULE: Final[tuple[type[Event], ...]] = (
    CommitmentMissed,
    CommitmentSuspended,
    CommitmentRequestLapsed,
    RenegotiationLapsed,
    ReleaseLapsed,
)
"""A rule acted, and planned entries may no longer be needed: they are decided again."""

NO_SIGN: Final[tuple[type[Event], ...]] = (
    CommitmentRequested,  # the promise begins: there is no planned entry about it
    CommitmentThanked,  # the promise was kept: there is no planned entry any more
    CleanSlateGiven,
    FollowUpNotTaken,  # no promise begins: there is no planned entry about it
)
"""No planned entry becomes needless by these."""
