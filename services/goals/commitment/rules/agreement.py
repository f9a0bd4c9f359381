"""The partner's answer to the owner's question, and what a yes and a no mean. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.commitment import (
    CommitmentReleased,
    CommitmentRenegotiated,
    ReleaseDeclined,
    RenegotiationDeclined,
)
from coaching_events.ids import PersonId, Position, RuleName
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_readmodels.refusals import in_force
from coaching_time import promise_grace_end
from eventlog import Refused
from goals.commitment.rules.promises import grace_from
from goals.commitment.state import Commitment, Open, Overdue, Proposal, Standing, waits_for_its_cause
from goals.owner import Who, who


def agree(
    promise: Commitment, *, by: PersonId, at: datetime, clean_slate: bool, reference_data: PairReferenceData
) -> Sequence[CommitmentRenegotiated | CommitmentReleased]:
    """The partner agrees to another due moment, or to a release."""
    standing, proposal, pair = _asked(promise, by, reference_data)
    return [agreed(standing, proposal, by=by, at=at, pair=pair, clean_slate=clean_slate, reference_data=reference_data)]


def decline(
    promise: Commitment, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[RenegotiationDeclined | ReleaseDeclined]:
    """The partner declines another due moment, or a release. The due moment stays."""
    standing, proposal, pair = _asked(promise, by, reference_data)
    ending = RenegotiationDeclined if proposal.due is not None else ReleaseDeclined
    return [ending(**not_agreed(standing, proposal, by, at, pair, reference_data))]


def agreed(
    promise: Standing,
    proposal: Proposal,
    *,
    by: PersonId | RuleName,
    at: datetime,
    pair: PartnershipReadModel,
    reference_data: PairReferenceData,
    clean_slate: bool = False,
    by_silence: bool = False,
) -> CommitmentRenegotiated | CommitmentReleased:
    """The events of a yes. If the new due moment has already passed, the grace counts from the yes."""
    asked = proposal.question
    if proposal.due is None:
        return CommitmentReleased(
            **who(promise, by), cause="silence" if by_silence else "agreed", based_on=asked.position
        )
    grace_end = promise_grace_end(reference_data.time(promise.owner), max(proposal.due, at), pair.terms.promise_grace)
    return CommitmentRenegotiated(
        **who(promise, by),
        proposal=asked.position,
        due=proposal.due,
        due_date=proposal.due_date,
        moved=proposal.moved,
        grace_end=grace_end,
        previous_due=promise.due,
        asked_at=asked.asked_at,
        timely=proposal.timely,
        by_silence=by_silence,
        clean_slate=clean_slate,
    )


class NotAgreed(Who):
    """How a question ended without a yes, and which due moment is in force."""

    proposal: Position
    due: datetime
    grace_end: datetime | None


def not_agreed(
    promise: Standing,
    proposal: Proposal,
    by: PersonId | RuleName,
    at: datetime,
    pair: PartnershipReadModel,
    reference_data: PairReferenceData,
) -> NotAgreed:
    """What is in force after a question without a yes. For a question asked in time, the grace counts from the answer.

    Without a ``grace_end``, a recorded miss or a suspension without a known end stays.
    """
    if promise.miss is not None or waits_for_its_cause(promise):
        grace_end = None
    elif proposal.timely:
        grace_end = grace_from(promise, at, pair, reference_data)
    else:
        grace_end = promise.grace_end
    return NotAgreed(**who(promise, by), proposal=proposal.question.position, due=promise.due, grace_end=grace_end)


def _asked(
    promise: Commitment, by: PersonId, reference_data: PairReferenceData
) -> tuple[Standing, Proposal, PartnershipReadModel]:
    match promise:
        case Open(proposal=proposal) | Overdue(proposal=proposal) if proposal is not None:
            if by != promise.partner:
                raise Refused("not-yours-to-answer", "You cannot answer your own question.")
            return promise, proposal, in_force(promise.partnership, by, reference_data)
        case _:
            raise Refused("nothing-asked", "There is no open question to answer.", status=promise.status)
