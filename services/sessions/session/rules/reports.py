"""The reports of the two after a session, and the outcome. Pure.

A miss is attributed only to a person who reports their own absence. Silence and contradiction are nobody's fault.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from coaching_events.events.answers import AnswerExtended
from coaching_events.events.session import (
    SessionDisputed,
    SessionEvent,
    SessionHeld,
    SessionLapsed,
    SessionMissed,
    SessionReported,
)
from coaching_events.ids import PersonId, RuleName
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_time import FIGURES, is_outage
from eventlog import Decision, Refused, Timed
from sessions.session.rules.periods import awaited_until
from sessions.session.state import AnySession, Report, Scheduled, who

HELD_AFTER: Final = 2
"""Working days after which the report "we were both there" decides, if the partner reports nothing."""
LAPSES_AFTER: Final = 3
"""Working days after which the session lapses without a report, or with one that names the partner as absent."""
SPEAK_AGAIN: Final = 1
"""Working days to report after an outage."""

REPORTED: Final = RuleName("rule:both-reported")
SILENCE: Final = RuleName("rule:reports-awaited")
OUTAGE: Final = RuleName("rule:outage")


def report(
    session: AnySession,
    *,
    by: PersonId,
    at: datetime,
    present: bool,
    partner_present: bool | None,
    reference_data: PairReferenceData,
) -> Sequence[SessionEvent]:
    """Report whether one was there and, optionally, whether the partner was. The second report decides the outcome.

    A session that began before the end of the partnership can still be reported.
    """
    pair = reference_data.partnership(session.partnership)
    if pair.ended_at is not None and session.start >= pair.ended_at:
        raise Refused("partnership-ended", "The partnership ended before this session began.")
    if not isinstance(session, Scheduled):
        sentence = "There is nothing to report: this session is not agreed, or it is settled already."
        raise Refused("session-not-open", sentence, status=session.status)
    if at < session.end:
        raise Refused("session-not-over", "Report how it went when the session is over.", end=session.end, now=at)
    if any(told.by == by for told in session.reports):
        raise Refused("already-reported", "You have already reported how it went. Your report stays.")
    told = SessionReported(**who(session, by), present=present, partner_present=partner_present)
    said = Report(by=by, present=present, partner_present=partner_present, at=at)
    return [told, *(_both_said(session, first, said) for first in session.reports)]


def silence(
    session: Scheduled, *, at: datetime, now: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> Decision[SessionEvent]:
    """What follows when the time to report may be over: more time under the calendars as known now, or an outcome."""
    until = _until(session, at, pair, reference_data)
    resumed = session.waiting.held_up and until is not None
    if at < session.waiting.ask_at and not resumed:
        return ()
    if until is None or until > at:
        return [_extended(session, SILENCE, until)]
    outcome = _one_said(session)
    if isinstance(outcome, SessionMissed) and is_outage(at, session.waiting.set_at, now):
        # During an outage nobody could report, so nobody gets a miss. A report that was made stays.
        later = awaited_until(session.people, now, SPEAK_AGAIN, pair, reference_data, if_endless=now)
        return [Timed(_extended(session, OUTAGE, later), now)]
    return [outcome]


def _until(
    session: Scheduled, at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> datetime | None:
    """The end of the time to report, counted for both people (UTC)."""

    def days(number: int, since: datetime) -> datetime | None:
        return awaited_until(session.people, since, number, pair, reference_data, if_endless=since)

    match session.reports:
        case (Report(present=True, partner_present=True) as only,):
            return days(HELD_AFTER, only.at)
        case (only, *_):
            return days(LAPSES_AFTER, only.at)
        case _:
            # First the shorter period, so that no later report shortens a time that was already announced.
            until = days(HELD_AFTER, session.end)
            return until if until is None or until > at else days(LAPSES_AFTER, session.end)


def _both_said(session: Scheduled, first: Report, second: Report) -> SessionHeld | SessionMissed | SessionDisputed:
    said = {first.by: first, second.by: second}
    missed_by = tuple(person for person in session.people if not said[person].present)
    if missed_by:
        return _missed(session, REPORTED, missed_by)
    if first.partner_present is False or second.partner_present is False:
        return SessionDisputed(**who(session, REPORTED), start=session.start, end=session.end)
    return SessionHeld(**who(session, REPORTED), start=session.start, end=session.end)


def _one_said(session: Scheduled) -> SessionHeld | SessionMissed | SessionLapsed:
    match session.reports:
        case (Report(present=False, by=person),):
            return _missed(session, SILENCE, (person,))
        case (Report(partner_present=True),):
            return SessionHeld(**who(session, SILENCE), start=session.start, end=session.end, single_report=True)
        case ():
            return SessionLapsed(**who(session, SILENCE), cause="unreported")
        case _:
            return SessionLapsed(**who(session, SILENCE), cause="one-sided")


def _missed(session: Scheduled, by: RuleName, missed_by: tuple[PersonId, ...]) -> SessionMissed:
    return SessionMissed(**who(session, by), start=session.start, end=session.end, missed_by=missed_by)


def _extended(session: Scheduled, by: RuleName, until: datetime | None) -> AnswerExtended:
    question = session.waiting.question
    again = FIGURES.days_for_event(until)
    return AnswerExtended(
        by=by, partnership=session.partnership, question=question, answer_by=until, ask_again_days=again
    )
