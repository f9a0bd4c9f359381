"""The rules for agreeing on a goal: one proposes, the other agrees, declines, or answers with other words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from coaching_events.events.goal import GoalAgreed, GoalCountered, GoalDeclined, GoalProposed, GoalWithdrawn, Measure
from coaching_events.ids import PartnershipId, PersonId
from coaching_readmodels import PairReferenceData, PartnershipReadModel
from coaching_readmodels.refusals import check_rounds, in_force
from coaching_time import USUAL, AskingLimits, answer_by
from eventlog import Refused
from goals.goal.state import Goal, Proposed, who

ANSWER_DAYS: Final = 10
"""Working days to answer a revision or a proposal to close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a revision says."""

    title: str
    description: str | None = None
    measures: tuple[Measure, ...] = ()


def propose(
    *,
    partnership: PartnershipId,
    by: PersonId,
    at: datetime,
    wording: Wording,
    open_goals: int = 0,
    taken_back: Sequence[datetime] = (),
    limits: AskingLimits = USUAL,
    reference_data: PairReferenceData,
) -> Sequence[GoalProposed]:
    """Propose a goal to the partner.

    ``open_goals`` is the number of proposals of ``by`` without an answer, ``taken_back`` the times of their withdrawals
    (UTC).
    """
    pair = in_force(partnership, by, reference_data)
    if pair.pause_at(at) is not None:
        raise Refused("partnership-paused", "Your partnership is paused: propose a goal when the pause is over.")
    if open_goals >= limits.goals:
        raise Refused(
            "too-many-goals-open",
            "Several of your proposals have no answer yet: wait for one, or withdraw one.",
            open=open_goals,
            most=limits.goals,
        )
    check_rounds(taken_back, limits.rounds, at)
    other = pair.other(by)
    return [
        GoalProposed(
            by=by,
            partnership=partnership,
            people=(by, other),
            title=wording.title,
            description=wording.description,
            measures=wording.measures,
            answer_by=time_to_answer(other, at, pair, reference_data),
        )
    ]


def counter(
    goal: Goal, *, by: PersonId, at: datetime, revision: int, wording: Wording, reference_data: PairReferenceData
) -> Sequence[GoalCountered]:
    """Answer ``revision`` with another one. The partner answers it next."""
    pair = in_force(goal.partnership, by, reference_data)
    offered = _revision_for(goal, by, revision)
    return [
        GoalCountered(
            **who(offered, by),
            revision=revision + 1,
            title=wording.title,
            description=wording.description,
            measures=wording.measures,
            counters=offered.revision.position,
            answer_by=time_to_answer(offered.revision.by, at, pair, reference_data),
        )
    ]


def agree(goal: Goal, *, by: PersonId, revision: int, reference_data: PairReferenceData) -> Sequence[GoalAgreed]:
    """Agree to a revision of the partner. Only the current one can be agreed to."""
    in_force(goal.partnership, by, reference_data)
    offered = _revision_for(goal, by, revision)
    return [
        GoalAgreed(
            **who(offered, by), revision=revision, proposal=offered.revision.position, title=offered.revision.title
        )
    ]


def decline(goal: Goal, *, by: PersonId, reference_data: PairReferenceData) -> Sequence[GoalDeclined]:
    """Decline the goal that the partner proposes."""
    in_force(goal.partnership, by, reference_data)
    return [GoalDeclined(**who(_offered_to(goal, by), by))]


def withdraw(goal: Goal, *, by: PersonId, reference_data: PairReferenceData) -> Sequence[GoalWithdrawn]:
    """Withdraw the own proposal."""
    in_force(goal.partnership, by, reference_data)
    offered = _offered(goal)
    if offered.revision.by != by:
        raise Refused(
            "not-yours-to-withdraw", "Your partner proposed these words: agree, decline, or answer with other words."
        )
    return [GoalWithdrawn(**who(offered, by))]


def time_to_answer(
    person: PersonId, asked_at: datetime, pair: PartnershipReadModel, reference_data: PairReferenceData
) -> datetime | None:
    """The end of the answer period, as known now (UTC). None without a known date, as in an open pause."""
    return answer_by(reference_data.time(person), asked_at, ANSWER_DAYS, pair.all_pauses())


def _offered(goal: Goal) -> Proposed:
    if isinstance(goal, Proposed):
        return goal
    raise Refused("nothing-asked", "This goal has no open proposal to answer.", status=goal.status)


def _offered_to(goal: Goal, by: PersonId) -> Proposed:
    offered = _offered(goal)
    if offered.revision.by == by:
        raise Refused("not-yours-to-answer", "You proposed these words: your partner answers them.")
    return offered


def _revision_for(goal: Goal, by: PersonId, revision: int) -> Proposed:
    offered = _offered_to(goal, by)
    if revision != offered.revision.number:
        raise Refused(
            "another-revision-is-current",
            "The two of you are at another revision of this goal: look at that one first.",
            revision=offered.revision.number,
            position=offered.revision.position,
        )
    return offered
