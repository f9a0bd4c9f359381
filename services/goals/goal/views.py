"""A goal as its two people see it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from coaching_events.amount import Amount
from coaching_events.events.goal import GoalOutcome, Measure
from coaching_events.ids import CommitmentId, PartnershipId, PersonId, Position, StreamId
from coaching_events.moment import Moment
from coaching_readmodels.partners import Partner
from eventlog.commands import CurrentState
from goals.commitment.state import Commitment, CommitmentStatus
from goals.goal.rules.closing import REOPEN_WITHIN
from goals.goal.rules.pursuing import TAKE_BACK
from goals.goal.rules.revisions import Part, changes, shown
from goals.goal.state import Agreed, Closed, Goal, NotAgreed, Progress, Proposed, Revision
from service_kit.bodies import View
from service_kit.http import NoteView


class MeasureView(View):
    """What is measured. ``number`` names it in progress. ``value`` is the latest one, and ``reached_at`` its time."""

    number: int
    name: str | None
    unit: str | None
    from_value: Amount | None
    to_value: Amount | None
    value: Amount | None = None
    reached_at: Moment | None = None


class PieceView(View):
    """A part of a text: in both revisions, only in the earlier one, or only in the later one."""

    kind: Literal["same", "removed", "added"]
    text: str


class ChangeView(View):
    """One difference between two revisions. ``words`` has both texts in pieces, so that a page can mark them."""

    what: Part
    measure: int | None
    before: str | None
    after: str | None
    words: tuple[PieceView, ...]


class RevisionView(View):
    """One wording of the goal: who proposed it, and when (UTC)."""

    number: int
    position: Position
    by: PersonId
    at: Moment
    title: str | None
    description: str | None
    measures: tuple[MeasureView, ...]


class ProgressView(View):
    """What one of you said: the value of a measure at ``reached_at``, or only a note. ``note`` is absent in lists.

    Until ``take_back_until`` they can take it back, while you two pursue the goal.
    """

    position: Position
    by: PersonId
    at: Moment
    measure: int | None
    value: Amount | None
    reached_at: Moment
    take_back_until: Moment
    note: str | None = None


class ClosingView(View):
    """The open proposal to close it, and until when the other may object (absent: your pause delays it)."""

    position: Position
    by: PersonId
    outcome: GoalOutcome
    answer_by: Moment | None


class PromiseForItView(View):
    """A promise that serves the goal, or the request for one."""

    id: CommitmentId
    owner: PersonId
    status: CommitmentStatus
    text: str | None
    due: Moment


GoalStatus = Literal["proposed", "declined", "withdrawn", "lapsed", "agreed", "achieved", "released"]


class GoalView(View):
    """A goal as both partners see it. The texts and measures are those of the current ``revision``.

    ``your_partner`` is the partner of the reader. ``waits_for`` is the person who answers the open proposal. Until
    ``take_back_until`` the person who agreed to close it, ``settled_by``, can take that back.
    ``progress`` and ``promises`` have the latest first, and at most 50 and 200; the history and the list of promises
    have all. ``promises``, ``revisions``, ``changes`` (of the current revision against the one before) and ``notes``
    are absent in lists.
    """

    id: StreamId
    position: Position
    status: GoalStatus
    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    your_partner: Partner
    waits_for: PersonId | None = None
    answer_by: Moment | None = None
    proposed_at: Moment
    revision: int
    proposed_by: PersonId
    title: str | None
    description: str | None
    measures: tuple[MeasureView, ...]
    agreed_at: Moment | None = None
    progress: tuple[ProgressView, ...] = ()
    closing: ClosingView | None = None
    settled_at: Moment | None = None
    settled_by: PersonId | None = None
    closed_by: Literal["agreement", "silence", "end of the partnership"] | None = None
    reopen_until: Moment | None = None
    take_back_until: Moment | None = None
    promises: tuple[PromiseForItView, ...] | None = None
    revisions: tuple[RevisionView, ...] | None = None
    changes: tuple[ChangeView, ...] | None = None
    notes: tuple[NoteView, ...] | None = None


def view(current: CurrentState[Goal], your_partner: Partner) -> GoalView:
    """A goal as both see it. The only difference is the name of the other partner."""
    goal, revision = current.state, current.state.revision
    seen = GoalView(
        id=current.stream,
        position=current.position,
        status=goal.status,
        partnership=goal.partnership,
        people=goal.people,
        your_partner=your_partner,
        proposed_at=goal.proposed_at,
        revision=revision.number,
        proposed_by=revision.by,
        title=shown(revision.title),
        description=shown(revision.description),
        measures=_measures(revision.measures, _latest(goal)),
    )
    return seen.model_copy(update=_particulars(goal))


def whole_view(
    seen: GoalView,
    all_of_them: Sequence[Revision],
    promises: Sequence[CurrentState[Commitment]],
    notes: tuple[NoteView, ...],
) -> GoalView:
    """The same goal with every revision, what the last one changed, the promises for it, and the notes."""
    said = {each.position: each.note for each in notes}
    progress = tuple(each.model_copy(update={"note": said.get(each.position)}) for each in seen.progress)
    before = all_of_them[-2] if len(all_of_them) > 1 else None
    return seen.model_copy(
        update={
            "progress": progress,
            "promises": tuple(_promise(each) for each in sorted(promises, key=_due, reverse=True)),
            "revisions": tuple(revision_view(each) for each in all_of_them),
            "changes": change_views(before, all_of_them[-1]),
            "notes": notes,
        }
    )


def _due(promise: CurrentState[Commitment]) -> tuple[datetime, StreamId]:
    return promise.state.due, promise.stream


def _promise(current: CurrentState[Commitment]) -> PromiseForItView:
    promise = current.state
    return PromiseForItView(
        id=CommitmentId(current.stream),
        owner=promise.owner,
        status=promise.status,
        text=shown(promise.text),
        due=promise.due,
    )


def revision_view(revision: Revision) -> RevisionView:
    """One wording of a goal."""
    return RevisionView(
        number=revision.number,
        position=revision.position,
        by=revision.by,
        at=revision.at,
        title=shown(revision.title),
        description=shown(revision.description),
        measures=_measures(revision.measures, {}),
    )


def change_views(before: Revision | None, after: Revision) -> tuple[ChangeView, ...]:
    """What differs between two revisions."""
    return tuple(ChangeView.model_validate(each) for each in changes(before, after))


def _particulars(goal: Goal) -> dict[str, object]:
    match goal:
        case Proposed():
            return {"waits_for": goal.other(goal.revision.by), "answer_by": goal.question.answer_by}
        case NotAgreed():
            return {"settled_at": goal.settled_at, "settled_by": goal.by}
        case Agreed(closing=closing):
            open_closing = None
            if closing is not None:
                open_closing = ClosingView(
                    position=closing.question.position,
                    by=closing.by,
                    outcome=closing.outcome,
                    answer_by=closing.question.answer_by,
                )
            return {
                **_pursued(goal),
                "closing": open_closing,
                "waits_for": None if closing is None else goal.other(closing.by),
                "answer_by": None if closing is None else closing.question.answer_by,
            }
        case Closed():
            how: Mapping[str, str] = {"agreed": "agreement", "silence": "silence", "ended": "end of the partnership"}
            return {
                **_pursued(goal),
                "settled_at": goal.closed_at,
                "settled_by": goal.closed_by,
                "closed_by": how[goal.how],
                "take_back_until": None if goal.closed_by is None else goal.closed_at + TAKE_BACK,
                "reopen_until": None if goal.how == "ended" else goal.closed_at + REOPEN_WITHIN,
            }


def _pursued(goal: Agreed | Closed) -> dict[str, object]:
    progress = tuple(_progress(each) for each in reversed(goal.progress))
    return {"agreed_at": goal.agreed_at, "progress": progress}


def _progress(said: Progress) -> ProgressView:
    return ProgressView(
        position=said.position,
        by=said.by,
        at=said.at,
        measure=said.measure,
        value=said.value,
        reached_at=said.reached_at,
        take_back_until=said.at + TAKE_BACK,
    )


def _latest(goal: Goal) -> Mapping[int, Progress]:
    said = goal.progress if isinstance(goal, Agreed | Closed) else ()
    return {each.measure: each for each in sorted(said, key=lambda each: each.reached_at) if each.measure is not None}


def _measures(measures: tuple[Measure, ...], latest: Mapping[int, Progress]) -> tuple[MeasureView, ...]:
    return tuple(_measure(number, each, latest.get(number)) for number, each in enumerate(measures, 1))


def _measure(number: int, measure: Measure, latest: Progress | None) -> MeasureView:
    return MeasureView(
        number=number,
        name=shown(measure.name),
        unit=measure.unit,
        from_value=measure.from_value,
        to_value=measure.to_value,
        value=None if latest is None else latest.value,
        reached_at=None if latest is None else latest.reached_at,
    )
