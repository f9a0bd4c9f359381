"""The rule for deadlines of check-ins, and for news about their people. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coaching_events.events.check_ins import (
    CheckInExcused,
    CheckInMissed,
    CheckInOpened,
    CheckInsEvent,
    CheckInsScheduled,
    CheckInsStopped,
    CheckInSuspended,
)
from coaching_events.ids import Position, RuleName, version_of
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import (
    PersonTime,
    Planned,
    check_in_grace_end,
    first_occasion,
    is_outage,
    next_occasion,
    suspension_until,
)
from eventlog import CatchingUp, Decision, Timed
from goals.check_ins.rules import RHYTHM, scheduled, who
from goals.check_ins.rules.excuses import Excuse, correction, excuse
from goals.check_ins.rules.spread import NOT_AT_ALL
from goals.check_ins.state import CheckIns, Occasion, Running, Started, Stopped, next_moment

GRACE, EXCUSE, OUTAGE, END, FACTS = (
    RuleName(f"rule:{name}") for name in ("grace-ended", "not-expected", "outage", "end", "facts-known")
)


def wake(
    check_ins: CheckIns,
    /,
    *,
    at: datetime,
    now: datetime,
    reference_data: PairReferenceData,
    spread: timedelta = NOT_AT_ALL,
) -> Decision[CheckInsEvent]:
    """The events that follow at the instant ``at``, handled at ``now`` (both UTC). May be none.

    News correct recorded misses and tell of the end. The timers alone decide the outcome of the current occasion, at
    its
    own deadlines, because they know how late they are. News that arrive before an overdue deadline wait for it.
    """
    match check_ins:
        case Started():
            return ()
        case Running() | Stopped():
            owner, pair = reference_data.time(check_ins.owner), reference_data.partnership(check_ins.partnership)
            corrected = _corrected(check_ins, owner, pair)
            if isinstance(check_ins, Stopped):
                return corrected
            return [*corrected, *_current(_Asked(check_ins, at, now, owner, pair, spread))]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The current occasion, and what is known about it."""

    check_ins: Running
    at: datetime
    now: datetime
    owner: PersonTime
    pair: PartnershipReadModel
    spread: timedelta

    @property
    def current(self) -> Occasion:
        return self.check_ins.current


def _current(asked: _Asked) -> Decision[CheckInsEvent]:
    moment = next_moment(asked.check_ins)
    ended_at, based_on = asked.pair.ended_at, asked.pair.end_taken
    if ended_at is not None and based_on is not None:
        return _stop(asked, ended_at, based_on) if asked.at <= moment else ()
    if asked.at != moment:
        return _sooner(asked) if asked.at < moment else ()
    return _at_opening(asked) if asked.current.unopened else _at_grace_end(asked)


def _at_opening(asked: _Asked) -> Decision[CheckInsEvent]:
    current = asked.current
    found = excuse(current, asked.owner, asked.pair)
    if found is not None:
        return [_excused(asked, found)]
    late = is_outage(asked.at, asked.at, asked.now)
    if late and asked.now >= current.due:
        return _outage(asked)
    people = who(asked.check_ins, RHYTHM)
    opened = CheckInOpened(
        **people,
        occasion=current.occasion,
        due=current.due,
        grace_end=current.grace_end,
        questions=asked.pair.terms.questions,
    )
    return [_timed(opened, asked.now) if late else opened]


def _sooner(asked: _Asked) -> Decision[CheckInsEvent]:
    """After a change of the rhythm: the occasion that has not opened gives way to one before it that can still open."""
    current, terms, past = asked.current, asked.pair.terms, asked.check_ins.past
    if not current.unopened or version_of(asked.pair.terms_taken) <= version_of(current.based_on):
        return ()
    if past:
        planned = next_occasion(asked.owner, terms, past[-1], opens_after=asked.at)
    else:
        planned = first_occasion(asked.owner, terms, asked.at)
    return [_scheduled(asked, planned)] if planned.occasion < current.occasion else ()


def _at_grace_end(asked: _Asked) -> Decision[CheckInsEvent]:
    following = _scheduled(asked, _next(asked))
    if asked.current.settled:
        return [following]
    found = excuse(asked.current, asked.owner, asked.pair)
    if found is not None:
        return [_excused(asked, found), following]
    if is_outage(asked.at, asked.at, asked.now):
        return _outage(asked)
    return [_missed(asked), following]


def _outage(asked: _Asked) -> Decision[CheckInsEvent]:
    """The services were down at the deadline. The occasion gets another due moment once; otherwise it is excused."""
    current, now, following = asked.current, asked.now, _next(asked)
    until = suspension_until(asked.owner, now, now)
    if until is None or until >= following.due or following.opens <= now or current.progress == "suspended":
        excused = _timed(_excused(asked, None), now)
        over = now >= current.grace_end
        return [excused, _timed(_scheduled(asked, following), now)] if over else [excused]
    suspended = CheckInSuspended(
        **who(asked.check_ins, OUTAGE),
        occasion=current.occasion,
        due=current.due,
        cause="outage",
        until=until,
        grace_end=check_in_grace_end(asked.owner, until, asked.pair.terms.check_in_grace, following.due),
    )
    return [_timed(suspended, now)]


def _stop(asked: _Asked, ended_at: datetime, based_on: Position) -> Decision[CheckInsEvent]:
    """The partnership has ended. An opened occasion gets its outcome first; the end excuses it."""
    current = asked.current
    stopped = CheckInsStopped(**who(asked.check_ins, END), based_on=based_on)
    if current.settled or current.unopened:
        return [_timed(stopped, max(asked.at, ended_at))]
    found = excuse(current, asked.owner, asked.pair)
    if found is None and is_outage(current.grace_end, current.grace_end, asked.now):
        return [_timed(_excused(asked, None), asked.now), _timed(stopped, asked.now)]
    outcome = _missed(asked) if found is None else _excused(asked, found)
    return [outcome, _timed(stopped, max(asked.at, ended_at))]


def _corrected(check_ins: Running | Stopped, owner: PersonTime, pair: PartnershipReadModel) -> list[CheckInExcused]:
    found = ((each, correction(each, owner, pair)) for each in check_ins.past)
    return [
        CheckInExcused(
            **who(check_ins, FACTS),
            occasion=each.occasion,
            due=each.due,
            cause=entry.cause,
            based_on=entry.based_on,
            supersedes=each.miss,
        )
        for each, entry in found
        if entry is not None
    ]


def _next(asked: _Asked) -> Planned:
    current = asked.current
    if version_of(asked.pair.terms_taken) < version_of(current.based_on):
        raise CatchingUp(asked.check_ins.partnership)  # This process has read newer terms before.
    return next_occasion(asked.owner, asked.pair.terms, current)


def _scheduled(asked: _Asked, planned: Planned) -> CheckInsScheduled:
    return scheduled(who(asked.check_ins, RHYTHM), planned, asked.pair, asked.spread)


def _missed(asked: _Asked) -> CheckInMissed:
    current, people = asked.current, who(asked.check_ins, GRACE)
    return CheckInMissed(**people, occasion=current.occasion, due=current.due, grace_end=current.grace_end)


def _excused(asked: _Asked, found: Excuse | None) -> CheckInExcused:
    """Without another reason, the outage of the services is the excuse."""
    return CheckInExcused(
        **who(asked.check_ins, OUTAGE if found is None else EXCUSE),
        occasion=asked.current.occasion,
        due=asked.current.due,
        cause="outage" if found is None else found.cause,
        based_on=None if found is None else found.based_on,
    )


def _timed(event: CheckInsEvent, at: datetime) -> Timed[CheckInsEvent]:
    return Timed(event, at)
