"""A session as its two people see it."""

from datetime import datetime
from typing import Literal, TypedDict

from coaching_events.ids import CommitmentId, PartnershipId, PersonalTextsId, PersonId, Position, StreamId
from coaching_events.moment import Moment
from coaching_readmodels import follow_up_id
from coaching_readmodels.partners import Partner
from eventlog.commands import CurrentState
from service_kit.bodies import LocalDate, View
from service_kit.http import NoteView
from sessions.session.content import FollowUp
from sessions.session.state import (
    AnySession,
    Cancelled,
    Disputed,
    Held,
    Lapsed,
    Missed,
    NotAgreed,
    Offer,
    Proposed,
    Report,
    Scheduled,
)


class OfferView(View):
    """The open offer: who made it (absent: your meeting rhythm, and either of you accepts it for both), and until when
    it may be answered (absent: your pause delays it).
    """

    position: Position
    by: PersonId | None
    note: str | None
    answer_by: Moment | None


class RescheduleView(OfferView):
    """Another time that one of you proposes. Until the other agrees, the agreed time holds."""

    start: Moment
    end: Moment
    place: str | None


class NotesView(View):
    """The notes that you two share. ``id`` names them for who replaces them. ``text`` is absent once it is erased."""

    id: str
    by: PersonId
    at: Moment
    text: str | None


class ItemView(View):
    """Something on the agenda. ``session`` is where it was added: an item that was not discussed carries over.

    ``text`` is absent once it is erased.
    """

    id: PersonalTextsId
    session: StreamId
    by: PersonId
    at: Moment
    status: Literal["open", "discussed"]
    text: str | None


class PrivateAgendaView(View):
    """What only the reader sees: their own items. ``session`` is where they wrote them; they carry over, too."""

    session: StreamId
    items: tuple[str, ...]


class FollowUpView(View):
    """What ``owner`` does after the session, as ``by`` recorded it. ``commitment`` is its stream in goals."""

    position: Position
    commitment: CommitmentId
    by: PersonId
    owner: PersonId
    text: str | None
    due: Moment
    due_date: LocalDate | None


class ReflectionView(View):
    """How one of you found the session: "I was heard", "it was useful" (1 to 5), and a line. Erased ones are absent."""

    by: PersonId
    at: Moment
    heard: int | None
    useful: int | None
    line: str | None


class ReflectionsView(View):
    """What you wrote, who else wrote, and once both are ``opened`` what your partner wrote."""

    opened: bool
    written_by: tuple[PersonId, ...]
    yours: ReflectionView | None
    your_partners: ReflectionView | None


class OverlapView(View):
    """Why a new time is needed: an absence of ``whose``, or a pause. ``based_on`` is the position of its event."""

    cause: Literal["absence", "pause"]
    whose: PersonId | None
    based_on: Position


class ReportView(View):
    """The report of one of you. ``partner_present`` is absent without a word about the other."""

    by: PersonId
    present: bool
    partner_present: bool | None
    at: Moment


SessionStatus = Literal[
    "proposed", "scheduled", "declined", "withdrawn", "cancelled", "held", "missed", "disputed", "lapsed"
]


class SessionView(View):
    """A session. Times are UTC. A field that does not apply to its status is absent.

    ``your_partner`` is the partner of the reader. ``waits_for`` is the person who answers the open offer. ``notes``
    went with what you two did; ``shared_notes`` are the notes of the session, ``private_notes`` and ``private_agenda``
    what only the reader sees. All of these, ``agenda`` and ``reflections`` are absent in lists. ``at_the_same_time``
    are other sessions of the reader at this time; only the reader sees them.
    """

    id: StreamId
    position: Position
    status: SessionStatus
    partnership: PartnershipId
    people: tuple[PersonId, PersonId]
    your_partner: Partner
    waits_for: PersonId | None = None
    start: Moment
    end: Moment
    title: str | None
    place: str | None
    follow_ups: tuple[FollowUpView, ...] = ()
    offer: OfferView | None = None
    reschedule: RescheduleView | None = None
    needs_a_new_time: tuple[OverlapView, ...] = ()
    reports: tuple[ReportView, ...] = ()
    missed_by: tuple[PersonId, ...] = ()
    single_report: bool | None = None
    late_notice: bool | None = None
    cancelled_by: PersonId | None = None
    lapsed_because: Literal["unanswered", "unreported", "one-sided", "ended"] | None = None
    notes: tuple[NoteView, ...] | None = None
    shared_notes: NotesView | None = None
    private_notes: str | None = None
    agenda: tuple[ItemView, ...] | None = None
    private_agenda: PrivateAgendaView | None = None
    reflections: ReflectionsView | None = None
    at_the_same_time: tuple[StreamId, ...] | None = None


def view(current: CurrentState[AnySession], your_partner: Partner) -> SessionView:
    """A session as both see it. The only difference is the name of the other partner."""
    session = current.state
    seen = SessionView(
        id=current.stream,
        position=current.position,
        status=session.status,
        partnership=session.partnership,
        people=session.people,
        your_partner=your_partner,
        start=session.start,
        end=session.end,
        title=shown(session.title),
        place=shown(session.content.place),
        follow_ups=tuple(_follow_up(each) for each in session.content.follow_ups),
    )
    return seen.model_copy(update=_particulars(session))


def _follow_up(agreed: FollowUp) -> FollowUpView:
    return FollowUpView(
        position=agreed.position,
        commitment=follow_up_id(agreed.position),
        by=agreed.by,
        owner=agreed.owner,
        text=shown(agreed.text),
        due=agreed.due,
        due_date=agreed.due_date,
    )


def _particulars(session: AnySession) -> dict[str, object]:
    match session:
        case Proposed():
            offer = OfferView(**_offered(session.offer))
            return {"offer": offer, "waits_for": _waits_for(session, session.offer)}
        case Scheduled():
            overlaps = tuple(OverlapView.model_validate(overlap) for overlap in session.overlaps)
            return {"needs_a_new_time": overlaps, "reports": _reports(session.reports), **_another_time(session)}
        case NotAgreed():
            return {}
        case Cancelled():
            return {"late_notice": session.late_notice, "cancelled_by": session.by}
        case Held():
            return {"single_report": session.single_report, "reports": _reports(session.reports)}
        case Missed():
            return {"missed_by": session.missed_by, "reports": _reports(session.reports)}
        case Disputed():
            return {"reports": _reports(session.reports)}
        case Lapsed():
            return {"lapsed_because": session.cause, "reports": _reports(session.reports)}


def _another_time(session: Scheduled) -> dict[str, object]:
    offer = session.offer
    if offer is None:
        return {}
    proposed = RescheduleView(**_offered(offer), start=offer.start, end=offer.end, place=shown(offer.place))
    return {"reschedule": proposed, "waits_for": _waits_for(session, offer)}


def _waits_for(session: Proposed | Scheduled, offer: Offer) -> PersonId | None:
    return None if offer.by is None else session.other(offer.by)


class _Offered(TypedDict):
    position: Position
    by: PersonId | None
    note: str | None
    answer_by: datetime | None


def _offered(offer: Offer) -> _Offered:
    waiting = offer.waiting
    return {
        "position": waiting.question,
        "by": offer.by,
        "note": shown(offer.note),
        "answer_by": None if waiting.held_up else waiting.ask_at,
    }


def _reports(reports: tuple[Report, ...]) -> tuple[ReportView, ...]:
    return tuple(ReportView.model_validate(report) for report in reports)


def shown(words: object) -> str | None:
    """The words, unless only a cipher is left of them."""
    return words if isinstance(words, str) else None
