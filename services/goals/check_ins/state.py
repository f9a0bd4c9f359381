"""The state of one partner's check-ins: the current occasion, the last ones, and the next deadline. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, assert_never

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.events.check_ins import (
    CheckInAnswered,
    CheckInExcused,
    CheckInMissed,
    CheckInOpened,
    CheckInRevised,
    CheckInsEvent,
    CheckInsScheduled,
    CheckInsStarted,
    CheckInsStopped,
    CheckInSubmitted,
    CheckInSuspended,
)
from coaching_events.ids import CommitmentId, GoalId, PartnershipId, PersonalTextsId, PersonId, Position
from coaching_time import CORRECTED_WITHIN
from eventlog import CannotFollow

Cause = Literal["absence", "pause", "outage", "ended"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What was written at an instant (UTC). The document has the personal texts, under the key ``words``."""

    at: datetime
    words: PersonalTextsId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the owner submitted at ``at`` (UTC), and ``revised_at`` if they wrote it anew. ``earlier`` has the texts
    before, oldest first. The document has the personal texts, under the key ``words``.
    """

    at: datetime
    late: bool
    speaks_of: tuple[CommitmentId, ...]
    words: PersonalTextsId | None
    goals: tuple[GoalId, ...] = ()
    we_talked: bool = False
    revised_at: datetime | None = None
    earlier: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One check-in, named by the local date of its first due moment. Instants are UTC.

    ``due`` and ``grace_end`` are the ones in force: a suspension moves both. ``terms`` is the version of the terms, and
    ``based_on`` the position of their event. ``miss`` is the position of the recorded miss, unless it was corrected.
    ``questions`` are the pair's own, from the terms in force when it opened. ``replies`` are the partner's, oldest
    first.
    """

    occasion: date
    opens: datetime
    due: datetime
    grace_end: datetime
    terms: int
    based_on: Position
    progress: Literal["scheduled", "opened", "suspended", "missed", "excused"] = "scheduled"
    cause: Cause | None = None
    miss: Position | None = None
    written: Written | None = None
    questions: tuple[str | Cipher | None, ...] = ()
    replies: tuple[Text, ...] = ()

    @property
    def unopened(self) -> bool:
        """Whether it is neither opened nor excused, and was not submitted before its opening."""
        return self.progress == "scheduled" and self.written is None

    @property
    def settled(self) -> bool:
        """Whether it needs no further decision. The owner can still submit a missed or excused one."""
        return self.written is not None or self.progress in ("missed", "excused")


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfAPair:
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(_OfAPair):
    """Just started. The same write schedules the first occasion, so no stored state is like this."""

    status: Literal["started"] = "started"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running(_OfAPair):
    """There is always a current occasion. ``past`` has the occasions of the last 60 days, oldest first.

    ``texts`` follows from both: the names of their personal texts. A find reads them with the state.
    """

    status: Literal["running"] = "running"
    current: Occasion
    past: tuple[Occasion, ...] = ()
    texts: tuple[PersonalTextsId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(_OfAPair):
    """The partnership has ended. There are no more occasions. ``texts`` are the names of their personal texts."""

    status: Literal["stopped"] = "stopped"
    past: tuple[Occasion, ...] = ()
    texts: tuple[PersonalTextsId, ...] = ()


CheckIns = Started | Running | Stopped


def wake_at(check_ins: CheckIns) -> datetime | None:
    """When the current occasion opens, or when its grace ends; none once there is no current one."""
    return next_moment(check_ins) if isinstance(check_ins, Running) else None


def next_moment(check_ins: Running) -> datetime:
    """When the current occasion opens, or when its grace ends (UTC)."""
    current = check_ins.current
    return current.opens if current.unopened else current.grace_end


def evolve(check_ins: CheckIns | None, recorded: Recorded[CheckInsEvent]) -> CheckIns:
    """Fold one event. Raises ValueError for an event that cannot follow."""
    return _with_texts(_evolved(check_ins, recorded))


def occasions(check_ins: CheckIns) -> tuple[Occasion, ...]:
    """The occasions in a state, oldest first."""
    match check_ins:
        case Started():
            return ()
        case Running():
            return (*check_ins.past, check_ins.current)
        case _:
            return check_ins.past


def texts_of(occasion: Occasion) -> Iterator[PersonalTextsId]:
    """The names of all personal texts of a check-in."""
    written = occasion.written
    texts = () if written is None else (written.words, *(each.words for each in written.earlier))
    yield from (each for each in (*texts, *(each.words for each in occasion.replies)) if each is not None)


def _with_texts(check_ins: CheckIns) -> CheckIns:
    if isinstance(check_ins, Started):
        return check_ins
    texts = tuple(name for occasion in occasions(check_ins) for name in texts_of(occasion))
    return check_ins if texts == check_ins.texts else replace(check_ins, texts=texts)


def _evolved(check_ins: CheckIns | None, recorded: Recorded[CheckInsEvent]) -> CheckIns:
    event = recorded.event
    match check_ins, event:
        case None, CheckInsStarted():
            return Started(partnership=event.partnership, owner=event.owner, partner=event.partner)
        case ((Started() | Running()), CheckInsScheduled()):
            return _scheduled(check_ins, event, recorded.at)
        case Running(), CheckInsStopped():
            return _stopped(check_ins)
        case ((Running() | Stopped()), _):
            return _changed(check_ins, recorded)
        case _:
            raise CannotFollow(recorded)


def _scheduled(check_ins: Started | Running, event: CheckInsScheduled, at: datetime) -> Running:
    past: tuple[Occasion, ...] = ()
    if isinstance(check_ins, Running):
        # New terms can bring the next occasion forward: then it replaces one that has not opened.
        occasions = check_ins.past if check_ins.current.unopened else (*check_ins.past, check_ins.current)
        past = tuple(each for each in occasions if each.grace_end >= at - CORRECTED_WITHIN)
    current = Occasion(
        occasion=event.occasion,
        opens=event.opens,
        due=event.due,
        grace_end=event.grace_end,
        terms=event.terms_version,
        based_on=event.based_on,
    )
    return Running(partnership=event.partnership, owner=event.owner, partner=event.partner, current=current, past=past)


def _stopped(check_ins: Running) -> Stopped:
    current = check_ins.current
    return Stopped(
        partnership=check_ins.partnership,
        owner=check_ins.owner,
        partner=check_ins.partner,
        past=check_ins.past if current.unopened else (*check_ins.past, current),
    )


def _changed(check_ins: Running | Stopped, recorded: Recorded[CheckInsEvent]) -> Running | Stopped:
    event = recorded.event
    match event:
        case CheckInOpened():
            return _with(check_ins, event.occasion, lambda o: replace(o, progress="opened", questions=event.questions))
        case CheckInSubmitted():
            written = Written(
                at=recorded.at,
                late=event.late,
                speaks_of=event.commitments,
                goals=event.goals,
                words=event.personal_texts,
                we_talked=event.we_talked,
            )
            return _with(check_ins, event.occasion, lambda o: replace(o, written=written))
        case CheckInRevised():
            return _with(check_ins, event.occasion, lambda o: _revised(o, event, recorded.at))
        case CheckInAnswered():
            return _with(check_ins, event.occasion, lambda o: answered(o, event, recorded.at))
        case CheckInMissed():
            return _with(check_ins, event.occasion, lambda o: replace(o, progress="missed", miss=recorded.position))
        case CheckInExcused():
            return _with(
                check_ins, event.occasion, lambda o: replace(o, progress="excused", cause=event.cause, miss=None)
            )
        case CheckInSuspended(until=datetime() as until, grace_end=datetime() as grace_end):
            return _with(
                check_ins,
                event.occasion,
                lambda o: replace(o, progress="suspended", cause="outage", due=until, grace_end=grace_end),
            )
        case CheckInSuspended() | CheckInsStarted() | CheckInsScheduled() | CheckInsStopped():
            raise CannotFollow(recorded)
        case _:
            assert_never(event)


def _revised(occasion: Occasion, event: CheckInRevised, at: datetime) -> Occasion:
    before = occasion.written
    if before is None:
        return occasion
    earlier = Text(at=before.revised_at or before.at, words=before.words)
    written = replace(
        before,
        speaks_of=event.commitments,
        goals=event.goals,
        words=event.personal_texts,
        we_talked=event.we_talked,
        revised_at=at,
        earlier=(*before.earlier, earlier),
    )
    return replace(occasion, written=written)


def answered(occasion: Occasion, event: CheckInAnswered, at: datetime) -> Occasion:
    """The occasion with one reply more."""
    return replace(occasion, replies=(*occasion.replies, Text(at=at, words=event.personal_texts)))


def _with(check_ins: Running | Stopped, named: date, change: Callable[[Occasion], Occasion]) -> Running | Stopped:
    """The same state with this occasion changed. Nothing changes for an occasion older than the kept ones."""
    past = tuple(change(each) if each.occasion == named else each for each in check_ins.past)
    if isinstance(check_ins, Running) and check_ins.current.occasion == named:
        return replace(check_ins, current=change(check_ins.current))
    return replace(check_ins, past=past)
