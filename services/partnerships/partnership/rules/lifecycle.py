"""The rules of a partnership: propose, accept, pause and end. Pure: time and ids are arguments."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

from coaching_events.events.partnership import (
    PartnershipDeclined,
    PartnershipEnded,
    PartnershipEvent,
    PartnershipFormed,
    PartnershipPaused,
    PartnershipProposed,
    PartnershipResumed,
    PartnershipWithdrawn,
    TermsLapsed,
)
from coaching_events.ids import PartnershipId, PersonId, RuleName
from coaching_time import USUAL, AskingLimits, ask_again_at, at_local, local_date
from eventlog import Decision, Refused, Timed
from partnerships.partnership.draft import TermsDraft
from partnerships.partnership.figures import USUAL_FIGURES, PairFigures
from partnerships.partnership.rules.answering import after_pause, first_answer_by
from partnerships.partnership.state import AnyPartnership, Closed, Ended, Formed, Proposed, resumed
from partnerships.partnership.terms import drafted
from partnerships.person.state import Active, Record
from partnerships.reference_data import PeopleReferenceData

LONGEST_PAUSE: Final = timedelta(days=2 * 366)
PAUSE_IS_OVER: Final = RuleName("rule:pause-is-over")
WITH_THE_END: Final = RuleName("rule:lapses-with-the-end")

NOTHING_AGREED: Final[Mapping[str, str]] = {
    "declined": "The proposal was declined: nothing was agreed.",
    "withdrawn": "The proposal was withdrawn: nothing was agreed.",
    "lapsed": "The proposal has lapsed: nothing was agreed.",
}
NO_LONGER_OPEN: Final[Mapping[str, str]] = {
    "declined": "The proposal was declined.",
    "withdrawn": "The proposal was withdrawn.",
    "lapsed": "The proposal has lapsed.",
}

DAY = timedelta(days=1)


def propose(
    partnership: AnyPartnership | None,
    *,
    by: PersonId,
    at: datetime,
    id: PartnershipId,
    other: PersonId,
    earlier: Sequence[AnyPartnership],
    draft: TermsDraft,
    purpose: str | None = None,
    open_proposals: int = 0,
    limits: AskingLimits = USUAL,
    figures: PairFigures = USUAL_FIGURES,
    reference_data: PeopleReferenceData,
) -> Sequence[PartnershipProposed]:
    """Propose a partnership under these terms.

    ``earlier`` are all partnerships that the two have had. ``open_proposals`` is the number of proposals of ``by``
    without
    an answer.
    """
    earlier = earlier if partnership is None or partnership in earlier else [*earlier, partnership]
    check_may_be_asked(
        by=by,
        at=at,
        other=other,
        earlier=earlier,
        open_proposals=open_proposals,
        limits=limits,
        record=reference_data.person(other),
    )
    return [
        PartnershipProposed(
            by=by,
            partnership=id,
            other=other,
            ordinal=next_ordinal(earlier),
            purpose=purpose,
            terms=drafted(draft, None, version=1, by=by, at=at, reference_data=reference_data, figures=figures),
            answer_by=first_answer_by(reference_data.time(other), at),
        )
    ]


def check_may_be_asked(
    *,
    by: PersonId,
    at: datetime,
    other: PersonId,
    earlier: Sequence[AnyPartnership],
    record: Record | None,
    open_proposals: int = 0,
    limits: AskingLimits = USUAL,
) -> None:
    """Raise Refused if ``by`` cannot propose a partnership to ``other`` now. The arguments are those of `propose`.

    ``record`` is that of the other person in the directory.
    """
    if by == other:
        raise Refused("with-yourself", "A partnership takes two people.")
    _check_active(record)
    standing = [each for each in earlier if isinstance(each, Proposed | Formed)]
    if standing:
        open_one = standing[0].id
        raise Refused("already-open", "The two of you already have a partnership or a proposal.", partnership=open_one)
    _respect_a_no(earlier, other, at, limits)
    _wait_after_taking_back(earlier, by, at, limits)
    if open_proposals >= limits.proposals:
        raise Refused(
            "too-many-proposals-open",
            "You have {most} open proposals: wait for an answer, or withdraw one.",
            open=open_proposals,
            most=limits.proposals,
        )


def next_ordinal(earlier: Sequence[AnyPartnership]) -> int:
    """The ordinal of the next partnership of these two."""
    return max((each.ordinal for each in earlier), default=0) + 1


def accept(
    partnership: AnyPartnership, *, by: PersonId, version: int, reference_data: PeopleReferenceData
) -> Sequence[PartnershipFormed]:
    """Accept this version of the terms. This forms the partnership."""
    proposed = _asked(partnership, by)
    terms = proposed.question.terms
    if version != terms.version:
        raise Refused("other-terms", "Other terms have been proposed since: read them first.", current=terms.version)
    _check_active(reference_data.person(proposed.other(by)))
    return [
        PartnershipFormed(by=by, partnership=proposed.id, people=proposed.people, purpose=proposed.purpose, terms=terms)
    ]


def decline(partnership: AnyPartnership, *, by: PersonId) -> Sequence[PartnershipDeclined]:
    """Decline. No reason is needed."""
    return [PartnershipDeclined(by=by, partnership=_asked(partnership, by).id)]


def withdraw(partnership: AnyPartnership, *, by: PersonId) -> Sequence[PartnershipWithdrawn]:
    """Withdraw the own proposal."""
    proposed = _proposed(partnership)
    if by != proposed.question.by:
        raise Refused("not-your-proposal", "Your partner proposed these terms: accept or decline them.")
    return [PartnershipWithdrawn(by=by, partnership=proposed.id)]


def pause(
    partnership: AnyPartnership,
    *,
    by: PersonId,
    at: datetime,
    last: date | None = None,
    reference_data: PeopleReferenceData,
) -> Decision[PartnershipEvent]:
    """Pause until the end of a day in one's own zone, or until one resumes. No event without a difference."""
    formed = formed_only(partnership)
    until = None if last is None else _end_of(last, reference_data.time(by).zone, at)
    mine = formed.pause_of(by)
    over: Sequence[Timed[PartnershipEvent]] = []
    if mine is not None and mine.until is not None and mine.until <= at:
        over = pause_is_over(formed, by, mine.until)
    elif mine is not None and (mine.last, mine.until) == (last, until):
        return []
    return [*over, PartnershipPaused(by=by, partnership=formed.id, whose=by, last=last, until=until)]


def resume(
    partnership: AnyPartnership, *, by: PersonId, at: datetime, reference_data: PeopleReferenceData
) -> Decision[PartnershipEvent]:
    """End one's own pause. The partnership resumes when there is no other pause.

    A pause whose end has passed unrecorded is over since then.
    """
    formed = formed_only(partnership)
    mine = formed.pause_of(by)
    if mine is None:
        raise Refused("not-paused", "You have no pause here. Only your partner can end theirs.")
    if mine.until is not None and mine.until <= at:
        later = after_pause(resumed(formed, by, mine.until), mine.until, reference_data)
        return [*pause_is_over(formed, by, mine.until), *(Timed(each, mine.until) for each in later)]
    over = PartnershipResumed(by=by, partnership=formed.id, whose=by)
    return [over, *after_pause(resumed(formed, by, at), at, reference_data)]


def end(partnership: AnyPartnership, *, by: PersonId) -> Sequence[PartnershipEvent]:
    """End the partnership, at once and without a reason."""
    formed = formed_only(partnership)
    return [*lapsing_terms(formed), PartnershipEnded(by=by, partnership=formed.id, cause="partner")]


def lapsing_terms(formed: Formed) -> Sequence[TermsLapsed]:
    """At the end of the partnership, proposed terms lapse."""
    if formed.question is None:
        return []
    return [TermsLapsed(by=WITH_THE_END, partnership=formed.id, version=formed.question.terms.version)]


def pause_is_over(formed: Formed, whose: PersonId | None, at: datetime) -> Sequence[Timed[PartnershipEvent]]:
    """A pause has reached its end."""
    return [Timed(PartnershipResumed(by=PAUSE_IS_OVER, partnership=formed.id, whose=whose), at)]


def formed_only(partnership: AnyPartnership) -> Formed:
    """The partnership, if it is formed. Raises Refused with its status otherwise."""
    match partnership:
        case Formed():
            return partnership
        case Ended(ended_at=ended_at):
            raise Refused("partnership-ended", "The partnership has ended.", ended_at=ended_at)
        case Proposed():
            raise Refused("not-formed", "Nothing is agreed yet: accept or decline the proposal first.")
        case Closed(how=how):
            raise Refused("not-formed", NOTHING_AGREED[how], how=how)


def _proposed(partnership: AnyPartnership) -> Proposed:
    match partnership:
        case Proposed():
            return partnership
        case Formed():
            raise Refused("already-formed", "You have both agreed already.", formed_at=partnership.formed_at)
        case Ended(ended_at=ended_at):
            raise Refused("partnership-ended", "The partnership has ended.", ended_at=ended_at)
        case Closed(how=how):
            raise Refused("no-longer-open", NO_LONGER_OPEN[how], how=how)


def _asked(partnership: AnyPartnership, by: PersonId) -> Proposed:
    proposed = _proposed(partnership)
    if by == proposed.question.by:
        raise Refused("your-own-proposal", "You proposed these terms: your partner answers, and you can withdraw them.")
    return proposed


def _check_active(record: Record | None) -> None:
    if not isinstance(record, Active):
        raise Refused("not-in-the-directory", "The directory has no active person with this name.")


def _respect_a_no(earlier: Sequence[AnyPartnership], other: PersonId, at: datetime, limits: AskingLimits) -> None:
    formed = [each.formed_at for each in earlier if isinstance(each, Ended)]
    for each in earlier:
        if not (isinstance(each, Closed) and each.how == "declined" and each.by == other):
            continue
        until = each.closed_at + limits.after_decline
        if at < until and not any(moment > each.closed_at for moment in formed):
            sentence = "They declined. Propose again after {days} days, or let them propose to you."
            raise Refused("declined-lately", sentence, until=until, days=limits.after_decline.days)


def _wait_after_taking_back(
    earlier: Sequence[AnyPartnership], by: PersonId, at: datetime, limits: AskingLimits
) -> None:
    """Without this limit, a person who proposes and withdraws in turn could send the other many messages."""
    taken_back = [each.closed_at for each in earlier if isinstance(each, Closed) and _is_withdrawn(each, by)]
    until = ask_again_at(taken_back, 1, at, limits.after)
    if until is not None:
        sentence = "You proposed this lately and withdrew it. Propose again later, or let them propose to you."
        raise Refused("withdrawn-lately", sentence, until=until)


def _is_withdrawn(closed: Closed, by: PersonId) -> bool:
    return closed.how == "withdrawn" and closed.by == by


def _end_of(last: date, zone: str, at: datetime) -> datetime:
    today = local_date(zone, at)
    if last < today:
        raise Refused("ends-in-the-past", "A pause ends today at the earliest.", today=today)
    if last > today + LONGEST_PAUSE:
        raise Refused("too-long", "A pause with an end lasts two years at most; leave the end open instead.")
    return at_local(zone, last + DAY, time.min)
