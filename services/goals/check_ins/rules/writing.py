"""The rules of one partner's check-ins: how they start, and what the owner may do. Pure: time and ids are arguments."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from coaching_events.events.check_ins import CheckInRevised, CheckInsScheduled, CheckInsStarted, CheckInSubmitted
from coaching_events.ids import CommitmentId, GoalId, PartnershipId, PersonalTextsId, PersonId, Position, RuleName
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import Planned, first_occasion
from eventlog import NotFound, Refused
from goals.check_ins.rules.spread import NOT_AT_ALL, opening
from goals.check_ins.state import CheckIns, Occasion, Running, Started, Stopped
from goals.owner import Who, who

RHYTHM = RuleName("rule:rhythm")
"""The actor of events that follow from the terms."""


def start(
    check_ins: CheckIns | None,
    *,
    partnership: PartnershipId,
    owner: PersonId,
    formed: Position,
    at: datetime,
    reference_data: PairReferenceData,
    spread: timedelta = NOT_AT_ALL,
) -> Sequence[CheckInsStarted | CheckInsScheduled]:
    """Start the check-ins of the owner. The event at ``formed`` formed the partnership. Happens once per stream."""
    if check_ins is not None:
        return ()
    pair, time = reference_data.partnership(partnership), reference_data.time(owner)
    people = Who(by=RHYTHM, partnership=partnership, owner=owner, partner=pair.other(owner))
    return [
        CheckInsStarted(**people, zone=time.zone, based_on=formed),
        scheduled(people, first_occasion(time, pair.terms, at), pair, spread),
    ]


def submit(
    check_ins: CheckIns | None,
    *,
    by: PersonId,
    at: datetime,
    reference_data: PairReferenceData,
    occasion: date | None = None,
    speaks_of: tuple[CommitmentId, ...] = (),
    goals: tuple[GoalId, ...] = (),
    words: PersonalTextsId | None = None,
    we_talked: bool = False,
    answers: int = 0,
) -> Sequence[CheckInSubmitted]:
    """Submit a check-in for the current occasion, or for the one before it until the current one is due.

    ``answers`` is the number of answers to the questions of the pair's own.
    """
    mine = _own(check_ins, by, reference_data)
    chosen = _chosen(mine, at, occasion)
    _check_answers(chosen, answers)
    return [
        CheckInSubmitted(
            **who(mine, by),
            occasion=chosen.occasion,
            due=chosen.due,
            late=at > chosen.due,
            goals=goals,
            commitments=speaks_of,
            personal_texts=words,
            we_talked=we_talked,
        )
    ]


def revise(
    check_ins: CheckIns | None,
    *,
    by: PersonId,
    at: datetime,
    reference_data: PairReferenceData,
    occasion: date | None = None,
    speaks_of: tuple[CommitmentId, ...] = (),
    goals: tuple[GoalId, ...] = (),
    words: PersonalTextsId | None = None,
    we_talked: bool = False,
    answers: int = 0,
) -> Sequence[CheckInRevised]:
    """Write a submitted check-in anew, until the next one opens: the one of that day, or else the last one.

    ``answers`` as in `submit`.
    """
    mine = _own(check_ins, by, reference_data)
    chosen = _submitted(mine, at, occasion)
    _check_answers(chosen, answers)
    return [
        CheckInRevised(
            **who(mine, by),
            occasion=chosen.occasion,
            goals=goals,
            commitments=speaks_of,
            personal_texts=words,
            we_talked=we_talked,
        )
    ]


def running(check_ins: CheckIns | None, reference_data: PairReferenceData) -> Running:
    """The check-ins, if they go on. Raises NotFound before they start, Refused after the end of the partnership."""
    match check_ins:
        case None | Started():
            raise NotFound
        case Running() if reference_data.partnership(check_ins.partnership).ended_at is None:
            return check_ins
        case Running() | Stopped():
            raise Refused("partnership-ended", "This partnership has ended, and so have its check-ins.")


def _own(check_ins: CheckIns | None, by: PersonId, reference_data: PairReferenceData) -> Running:
    found = running(check_ins, reference_data)
    if found.owner != by:
        raise Refused("not-your-check-in", "This check-in is your partner's to write. You have your own.")
    return found


def scheduled(people: Who, planned: Planned, pair: PartnershipReadModel, spread: timedelta) -> CheckInsScheduled:
    """The event that makes an occasion the current one, under the terms as known now."""
    opens = opening(people["partnership"], people["owner"], planned.opens, planned.due, spread)
    return CheckInsScheduled(
        **people,
        occasion=planned.occasion,
        opens=opens,
        due=planned.due,
        grace_end=planned.grace_end,
        terms_version=pair.terms.version,
        based_on=pair.terms_taken,
    )


def _chosen(check_ins: Running, at: datetime, named: date | None) -> Occasion:
    current = check_ins.current
    before = check_ins.past[-1] if check_ins.past else None
    if before is not None and (named == before.occasion or (named is None and at < current.opens)):
        return _still_open(before, current, at)
    if named not in (None, current.occasion):
        if before is None:
            raise Refused("no-such-occasion", "You can check in for {current}.", current=current.occasion)
        sentence = "You can check in for {before} or {current}."
        raise Refused("no-such-occasion", sentence, before=before.occasion, current=current.occasion)
    if at < current.opens:
        raise _not_yet(current)
    return _unwritten(current)


def _still_open(before: Occasion, current: Occasion, at: datetime) -> Occasion:
    """The occasion before the current one. A late check-in is accepted until the next due moment."""
    if before.written is not None and at < current.opens:
        raise _not_yet(current)
    if at > current.due:
        raise Refused(
            "check-in-closed",
            "It could be written until the next one was due. That moment has passed.",
            due=before.due,
            closed=current.due,
        )
    return _unwritten(before)


def _unwritten(occasion: Occasion) -> Occasion:
    if occasion.written is not None:
        raise Refused(
            "already-checked-in",
            "You have already checked in for this day. You can revise it until the next one opens.",
            occasion=occasion.occasion,
        )
    return occasion


def _not_yet(current: Occasion) -> Refused:
    return Refused(
        "check-in-not-open",
        "Your next check-in is not open yet. There is nothing to write now.",
        occasion=current.occasion,
        opens=current.opens,
    )


def _submitted(check_ins: Running, at: datetime, named: date | None) -> Occasion:
    """The submitted check-in of that day, or else the last submitted one, if it can still be revised."""
    current, before = check_ins.current, check_ins.past[-1] if check_ins.past else None
    if before is None or named == current.occasion or (named is None and current.written is not None):
        chosen = current
    else:
        chosen = before
    if named not in (None, chosen.occasion) or (chosen is before and at >= current.opens):
        raise Refused("check-in-closed", "A check-in can be revised until the next one opens.", opens=current.opens)
    if chosen.written is None:
        raise Refused("nothing-written", "You have not checked in for this day.", occasion=chosen.occasion)
    return chosen


def _check_answers(occasion: Occasion, answers: int) -> None:
    if answers > len(occasion.questions):
        raise Refused(
            "no-such-question",
            "This check-in has fewer questions of your own than you answer.",
            questions=len(occasion.questions),
        )
