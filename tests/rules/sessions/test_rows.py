"""What the rows of promises and goals know in sessions: what an agenda can suggest."""

from typing import Any

import pytest

from coaching_events.envelope import Recorded
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.commitment import (
    CommitmentKept,
    CommitmentMade,
    CommitmentMissed,
    CommitmentReleased,
    CommitmentRequestDeclined,
    CommitmentRequested,
    CommitmentSuspended,
    DeclarationWithdrawn,
)
from coaching_events.events.goal import (
    ClosingDeclined,
    ClosingProposed,
    ClosingWithdrawn,
    GoalAchieved,
    GoalAgreed,
    GoalCountered,
    GoalDeclarationWithdrawn,
    GoalDeclined,
    GoalLapsed,
    GoalProgressed,
    GoalProposed,
    GoalReleased,
    GoalReopened,
    GoalWithdrawn,
)
from coaching_events.ids import StreamId, position
from sessions.projections import COMMITMENT_PROJECTION, GOAL_PROJECTION, GoalReadModel
from tests.rules.sessions.the_two import ANNA, BEN, PAIR, day

GOAL = StreamId("goal_one")
FIRST = position(GOAL, 1)
OURS: Any = {"by": ANNA, "partnership": PAIR, "people": (ANNA, BEN)}
HIS: Any = {**OURS, "by": BEN}
PROPOSED = GoalProposed(**OURS, title="Answer sooner", answer_by=day(9))
COUNTERED = GoalCountered(**HIS, revision=2, title="Answer within a day", counters=FIRST)
ANSWERS = (
    GoalAgreed(**HIS, revision=1, proposal=FIRST),
    GoalDeclined(**HIS),
    GoalWithdrawn(**OURS),
    GoalLapsed(**OURS, cause="unanswered"),
    ClosingDeclined(**OURS, proposal=FIRST),
    ClosingWithdrawn(**OURS, proposal=FIRST),
    GoalAchieved(**OURS, proposal=FIRST),
    GoalReleased(**OURS, proposal=FIRST),
)
OTHERS = (
    GoalProgressed(**OURS, reached_at=day(1)),
    GoalReopened(**OURS, based_on=FIRST),
    GoalDeclarationWithdrawn(**OURS, supersedes=FIRST),
)


def named(event: Any) -> str:
    return event.type


def told(projection: Any, stream: StreamId, *events: Any) -> Any:
    row = None
    for version, event in enumerate(events, 1):
        row = projection.evolve(row, Recorded(stream=stream, version=version, at=day(version), event=event))
    return row


def goal(*events: Any) -> GoalReadModel:
    return told(GOAL_PROJECTION, GOAL, *events)


def waits(row: GoalReadModel) -> tuple[bool, Any, Any]:
    return row.waiting, row.waits_for, row.answer_by


def test_a_proposal_waits_for_the_other_until_its_answer_period_is_over():
    assert waits(goal(PROPOSED)) == (True, BEN, day(9))
    assert waits(goal(PROPOSED, COUNTERED)) == (True, ANNA, None)
    assert goal(PROPOSED, COUNTERED).title == "Answer within a day"
    closing = ClosingProposed(**HIS, outcome="achieved", answer_by=day(12))
    assert waits(goal(PROPOSED, closing)) == (True, ANNA, day(12))
    longer = AnswerExtended(by=BEN, partnership=PAIR, question=FIRST, answer_by=day(14))
    assert waits(goal(PROPOSED, longer)) == (True, BEN, day(14))


@pytest.mark.parametrize("answer", ANSWERS, ids=named)
def test_after_an_answer_nothing_waits(answer: Any):
    assert waits(goal(PROPOSED, answer)) == (False, None, None)


@pytest.mark.parametrize("event", OTHERS, ids=named)
def test_nothing_else_answers_a_proposal(event: Any):
    assert goal(PROPOSED, event) == goal(PROPOSED)
    assert told(GOAL_PROJECTION, GOAL, event) is None, "it began with a proposal that is not known"


def test_a_promise_is_overdue_from_its_miss_until_something_settles_it():
    his: Any = {"by": BEN, "partnership": PAIR, "owner": BEN, "partner": ANNA}
    made = CommitmentMade(**his, text="The notes", due=day(3), grace_end=day(4))
    missed = CommitmentMissed(**his, due=day(3), grace_end=day(4))

    def promise(*events: Any) -> Any:
        return told(COMMITMENT_PROJECTION, StreamId("commitment_one"), made, missed, *events)

    assert (promise().overdue, promise().due) == (True, day(3))
    for settled, due in (
        (CommitmentKept(**his, kept_at=day(5), due=day(3)), day(3)),
        (CommitmentReleased(**his, cause="ended"), day(3)),
        (CommitmentSuspended(**his, due=day(3), cause="absence", until=day(8)), day(8)),
        (DeclarationWithdrawn(**his, supersedes=FIRST, due=day(9)), day(9)),
    ):
        assert (promise(settled).overdue, promise(settled).due) == (False, due)
    assert told(COMMITMENT_PROJECTION, StreamId("commitment_one"), missed) is None


def test_a_request_is_known_to_the_two_also_when_it_is_declined():
    # A command of theirs may name its position in After, which waits until the row is known to them.
    his: Any = {"partnership": PAIR, "owner": BEN, "partner": ANNA}
    asked = CommitmentRequested(by=ANNA, **his, text="The notes", due=day(3), answer_by=day(2))
    row = told(COMMITMENT_PROJECTION, StreamId("commitment_one"), asked, CommitmentRequestDeclined(by=BEN, **his))
    assert (row.owner, row.partner, row.overdue) == (BEN, ANNA, False)
