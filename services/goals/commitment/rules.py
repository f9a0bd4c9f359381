"""A promise one partner makes to the other: what each may do. Pure; time, ids and facts come in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypedDict

from coaching_events.commitment import (
    CommitmentKept,
    CommitmentMade,
    CommitmentReleased,
    CommitmentRenegotiated,
    CommitmentRequestDeclined,
    CommitmentRequested,
    CommitmentRequestWithdrawn,
    DeclarationWithdrawn,
    ReleaseDeclined,
    ReleaseProposed,
    ReleaseWithdrawn,
    RenegotiationDeclined,
    RenegotiationProposed,
    RenegotiationWithdrawn,
)
from coaching_events.ids import PartnershipId, PersonId, Position, RuleName
from coaching_rows import KnownPartnership, PairFacts
from coaching_time import answer_by, due_on, promise_grace_end
from eventlog.aggregate import NotFound, Refused
from goals.commitment.state import (
    Commitment,
    Kept,
    Open,
    Overdue,
    Proposal,
    Requested,
    Standing,
    is_suspended,
)

OPEN_REQUESTS = 5
"""How many requests may be open in one direction."""
REQUEST_DAYS, TIMELY_DAYS, LATE_DAYS = 5, 2, 5
"""Working days for which a request, a question asked before the due moment and one asked after it are open."""
TAKE_BACK = timedelta(hours=24)
FURTHEST = timedelta(days=2 * 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When something is to be done: an instant (UTC), or a local date of the owner."""

    instant: datetime | None = None
    day: date | None = None


def request(
    *, partnership: PartnershipId, by: PersonId, at: datetime, text: str, due: Due, open_requests: int, facts: PairFacts
) -> Sequence[CommitmentRequested]:
    """Ask the partner for a promise. They may make it, in their own words, or not."""
    pair = _in_force(partnership, by, facts)
    if pair.pause_at(at) is not None:
        raise Refused("partnership-paused", "Your partnership is paused: ask again when you are both back.")
    if open_requests >= OPEN_REQUESTS:
        raise Refused(
            "too-many-requests-open",
            f"{OPEN_REQUESTS} requests to your partner are open: wait for an answer, or withdraw one.",
            open=open_requests,
            most=OPEN_REQUESTS,
        )
    owner = pair.other(by)
    moment = _due(owner, due, at, facts)
    until = answer_by(facts.time(owner), at, REQUEST_DAYS, pair.all_pauses()) or moment
    return [
        CommitmentRequested(
            by=by,
            partnership=partnership,
            owner=owner,
            partner=by,
            text=text,
            due=moment,
            due_date=due.day,
            answer_by=min(until, moment),
        )
    ]


def make(
    asked: Commitment | None,
    *,
    partnership: PartnershipId,
    by: PersonId,
    at: datetime,
    text: str | None,
    due: Due | None,
    facts: PairFacts,
) -> Sequence[CommitmentMade]:
    """Promise something to the partner: freely, or in answer to a request, as asked or in one's own words."""
    pair = _in_force(partnership, by, facts)
    match asked:
        case None:
            request_position: Position | None = None
        case Requested(owner=owner) if owner == by:
            request_position = asked.question.position
            if asked.due <= at and due is None:
                raise Refused("due-has-passed", "What was asked was due already: promise it with a date of your own.")
        case Requested():
            raise Refused("not-yours-to-promise", "You asked for this; only your partner can promise it.")
        case _:
            raise _refused(asked, "promised")
    words = text if text is not None else (asked.text if asked is not None else None)
    if words is None or (asked is None and due is None):
        raise Refused("nothing-promised", "Say what you promise, and for when.")
    moment = _due(by, due, at, facts) if due is not None else (asked.due if asked is not None else at)
    day = due.day if due is not None else (asked.due_date if asked is not None else None)
    return [
        CommitmentMade(
            by=by,
            partnership=partnership,
            owner=by,
            partner=pair.other(by),
            text=words,
            due=moment,
            due_date=day,
            grace_end=promise_grace_end(facts.time(by), moment, pair.terms.promise_grace),
            request=request_position,
        )
    ]


def decline_request(
    asked: Commitment, *, by: PersonId, at: datetime, note: str | None, facts: PairFacts
) -> Sequence[CommitmentRequestDeclined]:
    """Say that one does not promise it."""
    match asked:
        case Requested(owner=owner) if owner == by:
            _in_force(asked.partnership, by, facts)
            return [CommitmentRequestDeclined(**who(asked, by), note=note)]
        case _:
            raise _refused(asked, "declined by you")


def withdraw_request(
    asked: Commitment, *, by: PersonId, at: datetime, facts: PairFacts
) -> Sequence[CommitmentRequestWithdrawn]:
    """Take a request back."""
    match asked:
        case Requested(partner=partner) if partner == by:
            _in_force(asked.partnership, by, facts)
            return [CommitmentRequestWithdrawn(**who(asked, by))]
        case _:
            raise _refused(asked, "withdrawn by you")


def keep(
    promise: Commitment, *, by: PersonId, at: datetime, kept_at: datetime | None, facts: PairFacts
) -> Sequence[CommitmentKept]:
    """Say that it is kept, also since when; the owner is believed."""
    match promise:
        case Open(owner=owner) | Overdue(owner=owner) if owner == by:
            _in_force(promise.partnership, by, facts)
            moment = kept_at or at
            if not promise.made_at <= moment <= at:
                raise Refused(
                    "kept-at-out-of-range",
                    "A promise is kept between the moment it was made and now.",
                    made_at=promise.made_at.isoformat(),
                    now=at.isoformat(),
                )
            return [CommitmentKept(**who(promise, by), kept_at=moment, due=promise.due)]
        case _:
            raise _refused(promise, "kept by you")


def take_back(promise: Commitment, *, by: PersonId, at: datetime, facts: PairFacts) -> Sequence[DeclarationWithdrawn]:
    """Take back having said that it is kept, within 24 hours. The grace counts from here."""
    match promise:
        case Kept(owner=owner) if owner == by:
            pair = _in_force(promise.partnership, by, facts)
            if at - promise.declared_at > TAKE_BACK:
                raise Refused("too-late-to-take-back", "This was said more than 24 hours ago and stands.")
            grace_end = None if promise.miss is not None else _grace(promise, pair, at, facts)
            return [
                DeclarationWithdrawn(
                    **who(promise, by), supersedes=promise.declaration, due=promise.due, grace_end=grace_end
                )
            ]
        case _:
            raise _refused(promise, "taken back by you")


def renegotiate(
    promise: Commitment, *, by: PersonId, at: datetime, due: Due, note: str | None, facts: PairFacts
) -> Sequence[RenegotiationProposed]:
    """Ask for another date."""
    standing, pair = _to_be_asked(promise, by, facts)
    moment = _due(by, due, at, facts)
    timely = at < standing.due or is_suspended(standing, at)
    return [
        RenegotiationProposed(
            **who(standing, by),
            due=moment,
            due_date=due.day,
            note=note,
            timely=timely,
            answer_by=_answer_by(standing, pair, at, timely, facts),
        )
    ]


def ask_for_release(
    promise: Commitment, *, by: PersonId, at: datetime, note: str | None, facts: PairFacts
) -> Sequence[ReleaseProposed]:
    """Ask to be released."""
    standing, pair = _to_be_asked(promise, by, facts)
    timely = at < standing.due or is_suspended(standing, at)
    answer = _answer_by(standing, pair, at, timely, facts)
    return [ReleaseProposed(**who(standing, by), note=note, timely=timely, answer_by=answer)]


def agree(
    promise: Commitment, *, by: PersonId, at: datetime, clean_slate: bool, facts: PairFacts
) -> Sequence[CommitmentRenegotiated | CommitmentReleased]:
    """The partner says yes to another date, or to a release."""
    standing, proposal, pair = _asked(promise, by, facts, answered_by="partner")
    return agreed(standing, proposal, by=by, at=at, pair=pair, clean_slate=clean_slate, facts=facts)


def agreed(
    promise: Standing,
    proposal: Proposal,
    *,
    by: PersonId | RuleName,
    at: datetime,
    pair: KnownPartnership,
    clean_slate: bool,
    by_silence: bool = False,
    facts: PairFacts,
) -> Sequence[CommitmentRenegotiated | CommitmentReleased]:
    """What a yes means."""
    if proposal.due is None:
        return [
            CommitmentReleased(
                **who(promise, by), cause="silence" if by_silence else "agreed", taken=proposal.question.position
            )
        ]
    grace_end = promise_grace_end(facts.time(promise.owner), max(proposal.due, at), pair.terms.promise_grace)
    return [
        CommitmentRenegotiated(
            **who(promise, by),
            proposal=proposal.question.position,
            due=proposal.due,
            due_date=proposal.due_date,
            grace_end=grace_end,
            previous_due=promise.due,
            asked_at=proposal.question.asked_at,
            timely=proposal.timely,
            by_silence=by_silence,
            clean_slate=clean_slate,
        )
    ]


def decline(
    promise: Commitment, *, by: PersonId, at: datetime, note: str | None, facts: PairFacts
) -> Sequence[RenegotiationDeclined | ReleaseDeclined]:
    """The partner says no to another date, or to a release: the due moment before holds."""
    standing, proposal, pair = _asked(promise, by, facts, answered_by="partner")
    ending = RenegotiationDeclined if proposal.due is not None else ReleaseDeclined
    return [ending(**not_agreed(standing, proposal, by, at, pair, facts), note=note)]


def withdraw(
    promise: Commitment, *, by: PersonId, at: datetime, facts: PairFacts
) -> Sequence[RenegotiationWithdrawn | ReleaseWithdrawn]:
    """The owner takes the question back."""
    standing, proposal, pair = _asked(promise, by, facts, answered_by="owner")
    ending = RenegotiationWithdrawn if proposal.due is not None else ReleaseWithdrawn
    return [ending(**not_agreed(standing, proposal, by, at, pair, facts))]


class Who(TypedDict):
    """Whose promise an event is about, and who acted."""

    by: PersonId | RuleName
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId


class NotAgreed(Who):
    """How a question ended without a yes: what holds again."""

    proposal: Position
    due: datetime
    grace_end: datetime | None


def who(promise: Commitment, by: PersonId | RuleName) -> Who:
    """The fields that name the promise's people."""
    return Who(by=by, partnership=promise.partnership, owner=promise.owner, partner=promise.partner)


def not_agreed(
    promise: Standing,
    proposal: Proposal,
    by: PersonId | RuleName,
    at: datetime,
    pair: KnownPartnership,
    facts: PairFacts,
) -> NotAgreed:
    """What holds again: for a timely question the grace counts from the answer, else nothing has changed."""
    if promise.miss is not None:
        grace_end = None
    elif proposal.timely:
        grace_end = _grace(promise, pair, at, facts)
    else:
        grace_end = promise.grace_end
    return NotAgreed(**who(promise, by), proposal=proposal.question.position, due=promise.due, grace_end=grace_end)


def _grace(promise: Standing | Kept, pair: KnownPartnership, at: datetime, facts: PairFacts) -> datetime:
    """The end of the grace that counts from the due moment, or from now if that is later."""
    return promise_grace_end(facts.time(promise.owner), max(promise.due, at), pair.terms.promise_grace)


def _in_force(partnership: PartnershipId, by: PersonId, facts: PairFacts) -> KnownPartnership:
    pair = facts.partnership(partnership)
    if by not in pair.people:
        raise NotFound
    if pair.ended_at is not None:
        raise Refused("partnership-ended", "This partnership has ended; what was promised in it is no longer owed.")
    if pair.status != "formed":
        raise Refused("partnership-not-formed", "A partnership exists once both of you have accepted its terms.")
    return pair


def _due(owner: PersonId, due: Due, at: datetime, facts: PairFacts) -> datetime:
    if due.instant is not None:
        moment = due.instant
    elif due.day is not None:
        moment = due_on(facts.time(owner), due.day)
    else:
        raise Refused("no-due-moment", "Say until when: a date, or a moment.")
    if moment <= at:
        raise Refused("due-in-the-past", "A promise is about something to come: name a later date.", due=_text(moment))
    if moment > at + FURTHEST:
        raise Refused("due-too-far", "Promise something within the next two years.", due=_text(moment))
    return moment


def _to_be_asked(promise: Commitment, by: PersonId, facts: PairFacts) -> tuple[Standing, KnownPartnership]:
    match promise:
        case Open(owner=owner) | Overdue(owner=owner) if owner == by:
            pair = _in_force(promise.partnership, by, facts)
            if promise.proposal is not None:
                raise Refused(
                    "question-open",
                    "You have asked your partner something about this already: wait for the answer, or withdraw it.",
                    asked_at=_text(promise.proposal.question.asked_at),
                )
            return promise, pair
        case _:
            raise _refused(promise, "renegotiated or released by you")


def _asked(
    promise: Commitment, by: PersonId, facts: PairFacts, *, answered_by: Literal["owner", "partner"]
) -> tuple[Standing, Proposal, KnownPartnership]:
    match promise:
        case Open() | Overdue() if promise.proposal is not None:
            if by != (promise.owner if answered_by == "owner" else promise.partner):
                raise Refused("not-yours-to-answer", "Nobody answers their own question.")
            return promise, promise.proposal, _in_force(promise.partnership, by, facts)
        case _:
            raise Refused("nothing-asked", "Nothing is open to be answered here.", status=promise.status)


def _answer_by(
    promise: Standing, pair: KnownPartnership, at: datetime, timely: bool, facts: PairFacts
) -> datetime | None:
    days = TIMELY_DAYS if timely else LATE_DAYS
    return answer_by(facts.time(promise.partner), at, days, pair.all_pauses())


def _refused(promise: Commitment, what: str) -> Refused:
    now = {
        "requested": "is a request that its owner has not answered",
        "declined": "was declined",
        "withdrawn": "was withdrawn",
        "lapsed": "has lapsed",
        "open": "is an open promise of its owner",
        "overdue": "is a promise that its owner can still keep",
        "kept": "has been kept",
        "released": "has been released",
    }[promise.status]
    return Refused("not-possible-now", f"This {now}; it cannot be {what}.", status=promise.status)


def _text(moment: datetime) -> str:
    return moment.isoformat()
