"""What the rows of promises, check-ins and sessions know: an open miss, and any sign of life after it."""

from datetime import date, datetime
from typing import Any

import pytest

from coaching_events.check_ins import (
    CheckInExcused,
    CheckInMissed,
    CheckInOpened,
    CheckInsStarted,
    CheckInSubmitted,
)
from coaching_events.commitment import (
    CommitmentKept,
    CommitmentMade,
    CommitmentMissed,
    CommitmentRenegotiated,
    CommitmentRequested,
    CommitmentSuspended,
    ReleaseProposed,
    RenegotiationDeclined,
    RenegotiationProposed,
)
from coaching_events.envelope import Recorded
from coaching_events.ids import CommitmentId, StreamId, position
from coaching_events.session import SessionProposed, SessionScheduled
from notifications.projections import check_ins, commitment, session
from tests.rules.notifications.a_week import ANNA, BEN, WITH_BEN, local

PROMISE = CommitmentId(StreamId("commitment_report"))
CHECK_INS = StreamId("check-ins_of-anna")
WHO: Any = {"by": ANNA, "partnership": WITH_BEN, "owner": ANNA, "partner": BEN}
MADE = CommitmentMade(**WHO, text="the report", due=local(0), grace_end=local(1))
MISSED = CommitmentMissed(**WHO, due=local(0), grace_end=local(1))


def told(evolve: Any, stream: StreamId, *events: Any) -> Any:
    row = None
    for version, event in enumerate(events, 1):
        row = evolve(row, Recorded(stream=stream, version=version, at=local(version), event=event))
    return row


def promise(*events: Any) -> Any:
    return told(commitment.evolve, PROMISE, *events)


def weekly(*events: Any) -> Any:
    started = CheckInsStarted(**WHO, zone="Europe/Berlin", taken=position(StreamId(WITH_BEN), 2))
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


@pytest.mark.parametrize(
    "sign",
    [
        CommitmentKept(**WHO, kept_at=local(2), due=local(0)),
        CommitmentSuspended(**WHO, due=local(0), cause="absence", supersedes=position(PROMISE, 2)),
        asked_for(local(9)),
        ReleaseProposed(**WHO, timely=False, answer_by=local(9)),
    ],
    ids=lambda sign: sign.type,
)
def test_any_sign_of_life_closes_it(sign: Any) -> None:
    row = promise(MADE, MISSED, sign)
    assert (row.open_miss, row.missed_at, row.last) == (None, None, position(PROMISE, 3))


def test_a_declined_question_does_not_open_the_miss_again() -> None:
    declined = RenegotiationDeclined(**WHO, proposal=position(PROMISE, 3), due=local(0))
    row = promise(MADE, MISSED, asked_for(local(9)), declined)
    assert (row.open_miss, row.question, row.due) == (None, None, local(0))


def test_a_new_date_that_is_missed_is_another_miss() -> None:
    agreed = CommitmentRenegotiated(
        **WHO, proposal=position(PROMISE, 3), due=local(9), grace_end=local(9), previous_due=local(0),
        asked_at=local(3), timely=False, by_silence=False,
    )  # fmt: skip
    row = promise(MADE, MISSED, asked_for(local(9)), agreed, MISSED)
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
    row = weekly(missed(FIRST), opened(SECOND), CheckInSubmitted(**WHO, occasion=SECOND, due=local(2), late=False))
    assert (row.opened, row.open_miss) == (None, None)


def test_an_excuse_that_came_late_closes_the_miss_it_puts_right() -> None:
    excused = CheckInExcused(**WHO, occasion=FIRST, due=local(2), cause="absence", supersedes=position(CHECK_INS, 2))
    assert weekly(missed(FIRST), excused).open_miss is None
    other = excused.model_copy(update={"supersedes": None})
    assert weekly(missed(FIRST), other).open_miss == position(CHECK_INS, 2)


def test_a_check_in_remembers_of_which_promises_it_spoke() -> None:
    spoke = CheckInSubmitted(
        **WHO, occasion=FIRST, due=local(2), late=False, speaks_of_commitments=(PROMISE,)
    )  # fmt: skip
    row = weekly(spoke, spoke)
    assert row.speaks_of == (PROMISE,)
    assert row.spoken[0].at == local(3)


def test_an_offer_of_a_time_waits_until_it_is_answered() -> None:
    people: Any = {"by": BEN, "partnership": WITH_BEN, "people": (BEN, ANNA)}
    offer = SessionProposed(**people, start=local(3), end=local(3, 10), answer_by=local(2))
    stream = StreamId("session_one")
    assert told(session.evolve, stream, offer).question == position(stream, 1)
    agreed = SessionScheduled(**people, proposal=position(stream, 1), start=local(3), end=local(3, 10))
    assert told(session.evolve, stream, offer, agreed).question is None
