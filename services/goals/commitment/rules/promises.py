"""Make a promise, declare it kept, and take that declaration back. Only the owner does these. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from coaching_events.events.commitment import CommitmentKept, CommitmentMade, DeclarationWithdrawn, DueMoved
from coaching_events.ids import GoalId, PartnershipId, PersonId, SessionId
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_readmodels.promises import Due, due_moment, due_moved
from coaching_readmodels.refusals import in_force
from coaching_time import promise_grace_end
from eventlog import Refused
from goals.commitment.rules.refusals import refused
from goals.commitment.state import Commitment, Kept, Open, Overdue, Requested, waits_for_its_cause
from goals.owner import who

TAKE_BACK = timedelta(hours=24)
"""The time within which a person may take back a declaration."""


def make(
    asked: Commitment | None,
    *,
    partnership: PartnershipId,
    by: PersonId,
    at: datetime,
    text: str | None,
    due: Due | None,
    session: SessionId | None = None,
    goal: GoalId | None = None,
    reference_data: PairReferenceData,
) -> Sequence[CommitmentMade]:
    """Promise something to the partner: freely, or in answer to a request, in its words or in the owner's own.

    It comes out of ``session`` and serves ``goal``. For a promise in answer to a request, those are of the request.
    """
    pair = in_force(partnership, by, reference_data)
    request = None if asked is None else _asked_of(asked, by)
    words = text if text is not None or request is None else request.text
    if words is None:
        raise Refused("nothing-promised", "Say what you promise.")
    if due is not None:
        moment, day = due_moment(by, due, at, reference_data), due.day
        moved = due_moved(by, due, reference_data)
    else:
        moment, day, moved = _as_asked(request, at)
    return [
        CommitmentMade(
            by=by,
            partnership=partnership,
            owner=by,
            partner=pair.other(by),
            text=words,
            due=moment,
            due_date=day,
            grace_end=promise_grace_end(reference_data.time(by), moment, pair.terms.promise_grace),
            moved=moved,
            request=None if request is None else request.question.position,
            session=session if request is None else request.session,
            goal=goal if request is None else request.goal,
        )
    ]


def keep(
    promise: Commitment, *, by: PersonId, at: datetime, kept_at: datetime | None, reference_data: PairReferenceData
) -> Sequence[CommitmentKept]:
    """Declare that the promise is kept, and since when. The owner is believed."""
    match promise:
        case Open(owner=owner) | Overdue(owner=owner) if owner == by:
            in_force(promise.partnership, by, reference_data)
            moment = kept_at or at
            if not promise.made_at <= moment <= at:
                raise Refused(
                    "kept-at-out-of-range",
                    "A promise is kept between the moment it was made and now.",
                    made_at=promise.made_at,
                    now=at,
                )
            return [CommitmentKept(**who(promise, by), kept_at=moment, due=promise.due)]
        case _:
            raise refused(promise, by)


def take_back(
    promise: Commitment, *, by: PersonId, at: datetime, reference_data: PairReferenceData
) -> Sequence[DeclarationWithdrawn]:
    """Take back, within 24 hours, that it is kept. The grace counts from now. A recorded miss stays."""
    match promise:
        case Kept(owner=owner) if owner == by:
            pair = in_force(promise.partnership, by, reference_data)
            if at - promise.declared_at > TAKE_BACK:
                raise Refused(
                    "too-late-to-take-back", "You said this more than 24 hours ago. It can no longer be taken back."
                )
            stands = promise.miss is not None or waits_for_its_cause(promise)
            grace_end = None if stands else grace_from(promise, at, pair, reference_data)
            return [
                DeclarationWithdrawn(
                    **who(promise, by), supersedes=promise.declaration, due=promise.due, grace_end=grace_end
                )
            ]
        case _:
            raise refused(promise, by)


def grace_from(
    promise: Open | Overdue | Kept, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> datetime:
    """The end of the grace, counted from the due moment, or from ``at`` if that is later."""
    return promise_grace_end(reference_data.time(promise.owner), max(promise.due, at), pair.terms.promise_grace)


def _asked_of(asked: Commitment, by: PersonId) -> Requested:
    match asked:
        case Requested(owner=owner) if owner == by:
            return asked
        case Requested():
            raise Refused("not-yours-to-promise", "You asked for this promise. Only your partner can make it.")
        case _:
            raise refused(asked, by)


def _as_asked(request: Requested | None, at: datetime) -> tuple[datetime, date | None, DueMoved | None]:
    if request is None:
        raise Refused("no-due-moment", "Say until when: a date, or a moment.")
    if request.due <= at:
        raise Refused("due-has-passed", "The date that your partner asked for has passed: name another date.")
    return request.due, request.due_date, request.moved
