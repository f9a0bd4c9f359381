"""A promise as its two people see it, and the reliability of each to the other."""

from typing import Literal

from coaching_events.events.commitment import DueMoved
from coaching_events.ids import GoalId, PartnershipId, PersonId, Position, SessionId, StreamId
from coaching_events.moment import Moment
from coaching_readmodels.partners import Partner
from eventlog.commands import CurrentState
from goals.commitment.explaining import explained
from goals.commitment.rules.promises import TAKE_BACK
from goals.commitment.rules.reliability import Counted, Reliability
from goals.commitment.state import Commitment, CommitmentStatus, Kept, NotPromised, Open, Overdue, Released, Requested
from service_kit.bodies import LocalDate, View
from service_kit.http import MovedView, NoteView
from service_kit.languages import Language


class ProposalView(View):
    """The owner's question, and until when the partner may answer (absent: your pause delays it)."""

    position: Position
    kind: Literal["new date", "release"]
    due: Moment | None
    moved: MovedView | None
    answer_by: Moment | None


class CommitmentView(View):
    """A promise, or the request for one, as both partners see it.

    ``owner`` makes it to ``partner``. ``your_partner`` is the partner of the reader. ``waits_for`` is the person who
    answers an open request or proposal. ``moved`` says why it is not due on ``due_date``. With ``clean_slate`` it
    counts as kept on time. Until ``take_back_until`` the owner can take back that it is kept. ``problem`` says why a
    follow-up of a session was ``not-taken``. ``notes`` are absent in lists.
    """

    id: StreamId
    position: Position
    status: CommitmentStatus
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId
    your_partner: Partner
    waits_for: PersonId | None = None
    text: str | None
    due: Moment
    due_date: LocalDate | None
    moved: MovedView | None
    session: SessionId | None
    goal: GoalId | None
    answer_by: Moment | None = None
    grace_end: Moment | None = None
    suspended_until: Moment | None = None
    suspended: bool = False
    missed: bool = False
    kept_at: Moment | None = None
    declared_at: Moment | None = None
    take_back_until: Moment | None = None
    thanked_at: Moment | None = None
    clean_slate: bool = False
    proposal: ProposalView | None = None
    problem: str | None = None
    notes: tuple[NoteView, ...] | None = None


class CountedView(View):
    """A promise and its credit from 0.01 to 1 (absent: it does not count), with the explanation."""

    id: StreamId
    owner: PersonId
    status: CommitmentStatus
    text: str | None
    due: Moment
    credit: float | None
    why: str


class DirectionView(View):
    """The reliability of one partner to the other, from the ``counted`` promises due in the last 26 weeks.

    The figure is there if both want it, at least five promises count, and at most 2,000 were due.
    """

    owner: PersonId
    counted: int
    figure: float | None


class ReliabilityView(View):
    """Both directions, computed by the same function."""

    partnership: PartnershipId
    as_of: Moment
    directions: tuple[DirectionView, ...]


def view(current: CurrentState[Commitment], your_partner: Partner) -> CommitmentView:
    """A promise as both see it. The only difference is the name of the other partner."""
    promise = current.state
    base = CommitmentView(
        id=current.stream,
        position=current.position,
        status=promise.status,
        partnership=promise.partnership,
        owner=promise.owner,
        partner=promise.partner,
        your_partner=your_partner,
        text=_shown(promise.text),
        due=promise.due,
        due_date=promise.due_date,
        moved=moved_view(promise.moved),
        session=promise.session,
        goal=promise.goal,
    )
    match promise:
        case Requested():
            return base.model_copy(update={"answer_by": promise.question.fires_at, "waits_for": promise.owner})
        case NotPromised():
            return base.model_copy(update={"problem": promise.problem})
        case Open() | Overdue() | Kept() | Released():
            return base.model_copy(update=_standing_of(promise))


def _standing_of(promise: Open | Overdue | Kept | Released) -> dict[str, object]:
    proposal = promise.proposal
    shown: dict[str, object] = {
        "grace_end": promise.grace_end,
        "missed": promise.miss is not None,
        "thanked_at": promise.thanked_at,
        "suspended": promise.suspension is not None and isinstance(promise, Open),
        "suspended_until": None if promise.suspension is None else promise.suspension.until,
        "waits_for": None if proposal is None else promise.partner,
        "proposal": None
        if proposal is None
        else ProposalView(
            position=proposal.question.position,
            kind="release" if proposal.due is None else "new date",
            due=proposal.due,
            moved=moved_view(proposal.moved),
            answer_by=proposal.question.answer_by,
        ),
    }
    if isinstance(promise, Kept):
        shown |= {
            "kept_at": promise.kept_at,
            "declared_at": promise.declared_at,
            "take_back_until": promise.declared_at + TAKE_BACK,
            "clean_slate": promise.clean_slate,
        }
    return shown


def direction(owner: PersonId, measured: Reliability, *, show: bool) -> DirectionView:
    """One direction of the reliability of a pair, with the figure only if ``show``."""
    figure = round(measured.figure, 5) if show and measured.figure is not None else None
    return DirectionView(owner=owner, counted=measured.counted, figure=figure)


def counted_view(counted: Counted, language: Language) -> CountedView:
    """What one promise counts, and why."""
    promise = counted.promise
    return CountedView(
        id=counted.stream,
        owner=promise.owner,
        status=promise.status,
        text=_shown(promise.text),
        due=promise.due,
        credit=None if counted.credit is None else round(counted.credit, 5),
        why=explained(counted, language),
    )


def moved_view(moved: DueMoved | None) -> MovedView | None:
    """How a rule moved a date, as people see it."""
    return None if moved is None else MovedView.model_validate(moved)


def _shown(text: object) -> str | None:
    return text if isinstance(text, str) else None
