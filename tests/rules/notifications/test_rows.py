"""What the rows of promises, check-ins and sessions know: an open miss, and any sign of life after it."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from coaching_events.envelope import Recorded
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.check_ins import (
    CheckInAnswered,
    CheckInExcused,
    CheckInMissed,
    CheckInOpened,
    CheckInRevised,
    CheckInsScheduled,
    CheckInsStarted,
    CheckInsStopped,
    CheckInSubmitted,
    CheckInSuspended,
)
from coaching_events.events.commitment import (
    CleanSlateGiven,
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
    ReleaseDeclined,
    ReleaseLapsed,
    ReleaseProposed,
    ReleaseWithdrawn,
    RenegotiationDeclined,
    RenegotiationLapsed,
    RenegotiationProposed,
    RenegotiationWithdrawn,
)
from coaching_events.events.session import (
    RescheduleDeclined,
    RescheduleLapsed,
    RescheduleProposed,
    RescheduleWithdrawn,
    SessionCancelled,
    SessionDeclined,
    SessionDisputed,
    SessionHeld,
    SessionLapsed,
    SessionMissed,
    SessionNeedsANewTime,
    SessionProposed,
    SessionReported,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from coaching_events.ids import CommitmentId, PersonalTextsId, StreamId, position
from notifications.projections import check_ins, commitment, goal, session
from notifications.projections.check_ins import REMEMBERED
from notifications.signs_of_life import NO_SIGN, SETTLED_BY_RULE, SIGNS_OF_LIFE
from tests.rules.notifications.a_week import ANNA, BEN, WITH_BEN, local

PROMISE = CommitmentId(StreamId("commitment_report"))
CHECK_INS = StreamId("check-ins_of-anna")
SESSION = StreamId("session_one")
WHO: Any = {"by": ANNA, "partnership": WITH_BEN, "owner": ANNA, "partner": BEN}
MADE = CommitmentMade(**WHO, text="the report", due=local(0), grace_end=local(1))
MISSED = CommitmentMissed(**WHO, due=local(0), grace_end=local(1))


PEOPLE: Any = {"by": BEN, "partnership": WITH_BEN, "people": (BEN, ANNA)}
OFFER = SessionProposed(**PEOPLE, start=local(3), end=local(3, 10), answer_by=local(2))
ANSWERS_TO_AN_OFFER = (
    SessionScheduled(**PEOPLE, proposal=position(SESSION, 1), start=local(3), end=local(3, 10)),
    SessionDeclined(**PEOPLE),
    SessionWithdrawn(**PEOPLE),
    SessionLapsed(**PEOPLE, cause="unanswered"),
    SessionCancelled(**PEOPLE, start=local(3), cause="ended", late_notice=False),
    RescheduleDeclined(**PEOPLE, proposal=position(SESSION, 1)),
    RescheduleWithdrawn(**PEOPLE, proposal=position(SESSION, 1)),
    RescheduleLapsed(**PEOPLE, proposal=position(SESSION, 1)),
)
ANOTHER_TIME = RescheduleProposed(**PEOPLE, start=local(5), end=local(5, 10), answer_by=local(3))
MOVED = SessionRescheduled(
    **PEOPLE, proposal=position(SESSION, 1), start=local(5), end=local(5, 10), previous_start=local(3)
)


def named(value: Any) -> str:
    """How a case is called: by the type of its event."""
    return getattr(value, "type", value)


def told(evolve: Any, stream: StreamId, *events: Any) -> Any:
    row = None
    for version, event in enumerate(events, 1):
        row = evolve(row, Recorded(stream=stream, version=version, at=local(version), event=event))
    return row


def promise(*events: Any) -> Any:
    return told(commitment.evolve, PROMISE, *events)


def weekly(*events: Any) -> Any:
    started = CheckInsStarted(**WHO, zone="Europe/Berlin", based_on=position(StreamId(WITH_BEN), 2))
    return told(check_ins.evolve, CHECK_INS, started, *events)


def opened(day: date) -> CheckInOpened:
    return CheckInOpened(**WHO, occasion=day, due=local(2), grace_end=local(3))


def missed(day: date) -> CheckInMissed:
    return CheckInMissed(**WHO, occasion=day, due=local(2), grace_end=local(3))


def asked_for(due: datetime) -> RenegotiationProposed:
    return RenegotiationProposed(**WHO, due=due, timely=False, answer_by=local(9))


FIRST, SECOND = date(2026, 2, 5), date(2026, 2, 12)


def test_a_miss_is_open_until_something_is_said() -> None:
    row = promise(MADE, MISSED)
    assert (row.open_miss, row.missed_at) == (position(PROMISE, 2), local(2))


ASKED = position(PROMISE, 3)
REFUSED: Any = {"proposal": ASKED, "due": local(0)}
ASKS = (asked_for(local(9)), ReleaseProposed(**WHO, timely=False, answer_by=local(9)))
AGREED: Any = {"proposal": ASKED, "due": local(9), "grace_end": local(9), "previous_due": local(0)}
RENEGOTIATED = CommitmentRenegotiated(**WHO, **AGREED, asked_at=local(3), timely=False, by_silence=False)
STANDS: tuple[Any, ...] = (
    MADE,
    DeclarationWithdrawn(**WHO, supersedes=position(PROMISE, 2), due=local(0)),
    RENEGOTIATED,
    RenegotiationDeclined(**WHO, **REFUSED),
    RenegotiationWithdrawn(**WHO, **REFUSED),
    ReleaseDeclined(**WHO, **REFUSED),
    ReleaseWithdrawn(**WHO, **REFUSED),
)
CLOSED: tuple[Any, ...] = (
    CommitmentKept(**WHO, kept_at=local(2), due=local(0)),
    CommitmentReleased(**WHO, cause="agreed"),
    CommitmentRequestDeclined(**WHO),
    CommitmentRequestWithdrawn(**WHO),
)
"""Each sign of life of a promise that is no question of its own: after these it stands, or is closed."""
LAPSED = (RenegotiationLapsed(**WHO, **REFUSED), ReleaseLapsed(**WHO, **REFUSED))
REQUEST_LAPSED = CommitmentRequestLapsed(**WHO)
WRITTEN = CheckInSubmitted(**WHO, occasion=SECOND, due=local(2), late=False)
REVISED = CheckInRevised(**WHO, occasion=SECOND, commitments=(PROMISE,))


def test_the_tables_of_this_file_hold_every_sign_of_life() -> None:
    of_sessions = (OFFER, *ANSWERS_TO_AN_OFFER, ANOTHER_TIME, MOVED)
    said: set[type] = {type(sign) for sign in (*STANDS, *CLOSED, *ASKS, WRITTEN, REVISED, *of_sessions)}
    assert said - {SessionLapsed, RescheduleLapsed} == set(SIGNS_OF_LIFE) - set(goal.SIGNS_OF_LIFE)
    assert {SessionLapsed, RescheduleLapsed, RenegotiationLapsed, ReleaseLapsed, CommitmentRequestLapsed} <= set(
        SETTLED_BY_RULE
    )


@pytest.mark.parametrize(
    ("event", "status"),
    [(event, "made") for event in (*STANDS, *LAPSED)] + [(event, "closed") for event in (*CLOSED, REQUEST_LAPSED)],
    ids=named,
)
def test_whatever_is_said_of_a_promise_closes_its_miss_and_answers_its_question(event: Any, status: str) -> None:
    after_a_miss = promise(MADE, MISSED, event)
    assert (after_a_miss.open_miss, after_a_miss.missed_at, after_a_miss.last) == (None, None, ASKED)
    answered = promise(MADE, MISSED, asked_for(local(9)), event)
    assert (answered.question, answered.open_miss, answered.last) == (None, None, position(PROMISE, 4))
    assert (answered.status, answered.due) == (status, getattr(event, "due", local(0)))


@pytest.mark.parametrize("question", ASKS, ids=named)
def test_a_question_of_the_owner_closes_the_miss_and_waits(question: Any) -> None:
    row = promise(MADE, MISSED, question)
    assert (row.open_miss, row.missed_at, row.question, row.last) == (None, None, ASKED, ASKED)


def test_a_suspension_that_supersedes_a_miss_closes_it() -> None:
    excused = CommitmentSuspended(**WHO, due=local(0), cause="absence", supersedes=position(PROMISE, 2))
    row = promise(MADE, MISSED, excused)
    assert (row.status, row.open_miss, row.missed_at) == ("suspended", None, None)


def test_more_time_for_an_answer_answers_nothing() -> None:
    longer = AnswerExtended(by=ANNA, partnership=WITH_BEN, question=ASKED, answer_by=local(12))
    before = (MADE, MISSED, asked_for(local(9)))
    assert promise(*before, longer) == promise(*before)
    assert AnswerExtended in NO_SIGN


def test_a_promise_begins_with_its_request_or_its_making() -> None:
    assert promise(MISSED) is None


def test_a_new_date_that_is_missed_is_another_miss() -> None:
    row = promise(MADE, MISSED, asked_for(local(9)), RENEGOTIATED, MISSED)
    assert row.open_miss == position(PROMISE, 5)


def test_a_request_is_a_question_until_it_is_answered() -> None:
    requested = CommitmentRequested(**WHO, text="the report", due=local(5), answer_by=local(4))
    assert promise(requested).question == position(PROMISE, 1)
    assert promise(requested, MADE).question is None


@pytest.mark.parametrize("fell_due", [MISSED, CommitmentSuspended(**WHO, due=local(0), cause="unanswered")])
def test_a_deadline_answers_no_question_and_who_has_asked_is_not_reminded(fell_due: Any) -> None:
    row = promise(MADE, asked_for(local(9)), fell_due)
    assert (row.question, row.open_miss) == (position(PROMISE, 2), None)
    declined = RenegotiationDeclined(**WHO, proposal=position(PROMISE, 2), due=local(0))
    assert promise(MADE, asked_for(local(9)), fell_due, declined).question is None


def test_misses_of_check_ins_in_a_row_are_one_open_miss() -> None:
    row = weekly(opened(FIRST), missed(FIRST), opened(SECOND), missed(SECOND))
    assert row.open_miss == position(CHECK_INS, 3)


def test_an_opening_waits_until_it_is_written_and_writing_closes_the_miss() -> None:
    row = weekly(missed(FIRST), opened(SECOND))
    assert (row.opened, row.open_miss) == (position(CHECK_INS, 3), position(CHECK_INS, 2))
    row = weekly(missed(FIRST), opened(SECOND), WRITTEN)
    assert (row.opened, row.open_miss) == (None, None)


def test_an_excuse_that_came_late_closes_the_miss_it_puts_right() -> None:
    excused = CheckInExcused(**WHO, occasion=FIRST, due=local(2), cause="absence", supersedes=position(CHECK_INS, 2))
    assert weekly(missed(FIRST), excused).open_miss is None
    other = excused.model_copy(update={"supersedes": None})
    assert weekly(missed(FIRST), other).open_miss == position(CHECK_INS, 2)


def test_an_outage_leaves_an_opening_to_be_written() -> None:
    later = CheckInSuspended(**WHO, occasion=FIRST, due=local(2), cause="outage", until=local(4), grace_end=local(5))
    assert weekly(opened(FIRST), later).opened == position(CHECK_INS, 2)
    excused = CheckInExcused(**WHO, occasion=FIRST, due=local(2), cause="pause")
    assert weekly(opened(FIRST), excused).opened is None


def test_after_the_last_check_in_nothing_waits() -> None:
    row = weekly(missed(FIRST), opened(SECOND), CheckInsStopped(**WHO, based_on=position(StreamId(WITH_BEN), 9)))
    assert (row.opened, row.open_miss, row.missed_at) == (None, None, None)


def test_an_occasion_that_becomes_current_asks_for_nothing_and_closes_no_miss() -> None:
    next_one = CheckInsScheduled(
        **WHO,
        occasion=SECOND,
        opens=local(8),
        due=local(9),
        grace_end=local(10),
        terms_version=1,
        based_on=position(StreamId(WITH_BEN), 2),
    )
    row = weekly(missed(FIRST), next_one)
    assert (row.opened, row.open_miss) == (None, position(CHECK_INS, 2))


def test_check_ins_begin_with_their_start() -> None:
    assert told(check_ins.evolve, CHECK_INS, missed(FIRST)) is None


def test_of_which_promises_a_check_in_spoke_is_forgotten_after_any_ladder() -> None:
    def spoke(of: str) -> CheckInSubmitted:
        speaks_of = (CommitmentId(StreamId(f"commitment_{of}")),)
        return CheckInSubmitted(**WHO, occasion=FIRST, due=local(2), late=False, commitments=speaks_of)

    row = weekly(spoke("report"))
    for at, expected in ((REMEMBERED - timedelta(seconds=1), 2), (REMEMBERED, 1)):
        written = Recorded(stream=CHECK_INS, version=3, at=local(2) + at, event=spoke("review"))
        after = check_ins.evolve(row, written)
        assert after is not None
        assert len(after.speaks_of) == expected


def test_a_check_in_remembers_of_which_promises_it_spoke() -> None:
    spoke = CheckInSubmitted(**WHO, occasion=FIRST, due=local(2), late=False, commitments=(PROMISE,))
    row = weekly(spoke, spoke)
    assert row.speaks_of == (PROMISE,)
    assert row.spoken[0].at == local(3)


def test_a_revised_check_in_speaks_of_promises_and_a_reply_says_nothing_for_its_owner() -> None:
    row = weekly(opened(SECOND), WRITTEN, REVISED)
    assert (row.speaks_of, row.spoken[0].position) == ((PROMISE,), position(CHECK_INS, 4))
    reply = CheckInAnswered(**WHO, occasion=SECOND, personal_texts=PersonalTextsId("1"))
    assert weekly(missed(FIRST), reply) == weekly(missed(FIRST))


def test_thanks_and_a_clean_slate_leave_a_kept_promise_closed() -> None:
    kept = CommitmentKept(**WHO, due=local(2), kept_at=local(3))
    for kindness in (CommitmentThanked(**WHO), CleanSlateGiven(**WHO)):
        assert promise(MADE, kept, kindness) == promise(MADE, kept)


@pytest.mark.parametrize("answer", ANSWERS_TO_AN_OFFER, ids=named)
def test_an_offer_waits_until_it_is_answered(answer: Any) -> None:
    assert told(session.evolve, SESSION, OFFER).question == position(SESSION, 1)
    row = told(session.evolve, SESSION, OFFER, answer)
    assert (row.question, row.last) == (None, position(SESSION, 2))


def test_another_time_for_an_agreed_session_moves_it_when_the_other_agrees() -> None:
    row = told(session.evolve, SESSION, OFFER, ANSWERS_TO_AN_OFFER[0], ANOTHER_TIME)
    assert (row.start, row.question) == (local(3), position(SESSION, 3))
    row = told(session.evolve, SESSION, OFFER, ANSWERS_TO_AN_OFFER[0], ANOTHER_TIME, MOVED)
    assert (row.start, row.question, row.last) == (local(5), None, position(SESSION, 4))


def test_another_time_is_another_offer() -> None:
    row = told(session.evolve, SESSION, OFFER, OFFER.model_copy(update={"start": local(4)}))
    assert (row.start, row.question) == (local(4), position(SESSION, 2))


@pytest.mark.parametrize(
    "event",
    [
        AnswerExtended(by=BEN, partnership=WITH_BEN, question=position(SESSION, 1), answer_by=local(5)),
        SessionNeedsANewTime(
            **PEOPLE, start=local(3), end=local(3, 10), cause="pause", based_on=position(StreamId(WITH_BEN), 5)
        ),
        SessionReported(**PEOPLE, present=True),
        SessionHeld(**PEOPLE, start=local(3), end=local(3, 10)),
        SessionMissed(**PEOPLE, start=local(3), end=local(3, 10), missed_by=(BEN,)),
        SessionDisputed(**PEOPLE, start=local(3), end=local(3, 10)),
    ],
    ids=named,
)
def test_nothing_else_that_is_said_of_a_session_answers_an_offer(event: Any) -> None:
    assert told(session.evolve, SESSION, OFFER, event) == told(session.evolve, SESSION, OFFER)
    assert told(session.evolve, SESSION, event) is None, "it began with an offer that is not known"
