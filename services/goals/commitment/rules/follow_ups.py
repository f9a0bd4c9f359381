"""What two people agreed on in a session: a promise, a request, or neither. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coaching_events.envelope import Recorded
from coaching_events.events.commitment import CommitmentMade, CommitmentRequested, FollowUpNotTaken
from coaching_events.events.session import FollowUpAgreed
from coaching_events.ids import PersonId, RuleName, SessionId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.promises import Due
from coaching_time import USUAL, AskingLimits
from eventlog import Refused
from goals.commitment.rules.promises import make
from goals.commitment.rules.requests import request
from goals.commitment.state import Commitment

FOLLOW_UP: Final = RuleName("rule:follow-up")


def take_up(
    promise: Commitment | None,
    *,
    agreed: Recorded[FollowUpAgreed],
    open_requests: int,
    taken_back: Sequence[datetime] = (),
    limits: AskingLimits = USUAL,
    reference_data: PairReferenceData,
) -> Sequence[CommitmentMade | CommitmentRequested | FollowUpNotTaken]:
    """Make the promise if its owner recorded it, else ask for it. What is refused is recorded as not taken."""
    if promise is not None:
        return ()
    event, session = agreed.event, SessionId(agreed.stream)
    due = Due(day=event.due_date) if event.due_date is not None else Due(instant=event.due)
    by, text = _one_of(event), event.text
    try:
        if not isinstance(text, str):
            raise Refused("nothing-promised", "Say what you promise.")
        if by == event.owner:
            return make(
                None,
                partnership=event.partnership,
                by=by,
                at=agreed.at,
                text=text,
                due=due,
                session=session,
                reference_data=reference_data,
            )
        return request(
            partnership=event.partnership,
            by=by,
            at=agreed.at,
            text=text,
            due=due,
            session=session,
            open_requests=open_requests,
            taken_back=taken_back,
            limits=limits,
            reference_data=reference_data,
        )
    except Refused as refused:
        return [
            FollowUpNotTaken(
                by=FOLLOW_UP,
                partnership=event.partnership,
                owner=event.owner,
                partner=_other(event, event.owner),
                text=event.text,
                due=event.due,
                due_date=event.due_date,
                session=session,
                agreed_by=by,
                based_on=agreed.position,
                problem=refused.type,
            )
        ]


def _one_of(event: FollowUpAgreed) -> PersonId:
    return event.people[0] if event.by == event.people[0] else event.people[1]


def _other(event: FollowUpAgreed, person: PersonId) -> PersonId:
    return event.people[1] if person == event.people[0] else event.people[0]
