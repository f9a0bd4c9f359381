"""A partnership as its two people see it."""

from datetime import date
from typing import Literal

from coaching_events.event import Cipher
from coaching_events.events.partnership import Terms
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.moment import Moment
from coaching_readmodels.partners import Partner
from eventlog.commands import CurrentState
from partnerships.partnership.state import AnyPartnership, Closed, Ended, Formed, Proposed
from partnerships.partnership.versions import Became
from service_kit.bodies import View
from service_kit.http import NoteView


class QuestionView(View):
    """Proposed terms, and until when the other may answer (null: a pause or an absence delays the answer)."""

    position: Position
    by: PersonId
    terms: Terms
    asked_at: Moment
    answer_by: Moment | None


class PauseView(View):
    """A current pause: a partner's own, or (``whose`` is null) the directory's. The reason is not shown."""

    whose: PersonId | None
    since: Moment
    last: date | None
    until: Moment | None


PartnershipStatus = Literal["proposed", "formed", "ended", "declined", "withdrawn", "lapsed"]


class PartnershipView(View):
    """A partnership. ``terms`` are those in force; there are none before it is formed.

    ``your_partner`` is the partner of the reader. ``waits_for`` is the person who answers open terms. ``notes`` are
    absent
    in lists.
    """

    id: PartnershipId
    position: Position
    status: PartnershipStatus
    people: tuple[PersonId, PersonId]
    your_partner: Partner
    waits_for: PersonId | None = None
    ordinal: int
    purpose: str | Cipher | None
    terms: Terms | None = None
    question: QuestionView | None = None
    pauses: tuple[PauseView, ...] = ()
    formed_at: Moment | None = None
    ended_at: Moment | None = None
    cause: Literal["partner", "departure"] | None = None
    closed_at: Moment | None = None
    notes: tuple[NoteView, ...] | None = None


class VersionView(View):
    """One version of the terms: its author, its time, its outcome and the time of that."""

    terms: Terms
    by: str
    at: Moment
    note: str | Cipher | None
    became: Became
    since: Moment


def view(found: CurrentState[AnyPartnership], your_partner: Partner) -> PartnershipView:
    """The partnership as both see it. The only difference is the name of the other."""
    partnership = found.state
    known = PartnershipView(
        id=partnership.id,
        position=found.position,
        status=_status(partnership),
        people=partnership.people,
        your_partner=your_partner,
        waits_for=_waits_for(partnership),
        ordinal=partnership.ordinal,
        purpose=partnership.purpose,
    )
    match partnership:
        case Proposed(question=question):
            return known.model_copy(update={"question": QuestionView.model_validate(question)})
        case Formed(question=question):
            more = {
                "terms": partnership.terms,
                "question": None if question is None else QuestionView.model_validate(question),
                "pauses": tuple(PauseView.model_validate(pause) for pause in partnership.pauses),
                "formed_at": partnership.formed_at,
            }
            return known.model_copy(update=more)
        case Ended():
            names = ("terms", "formed_at", "ended_at", "cause")
            return known.model_copy(update={name: getattr(partnership, name) for name in names})
        case Closed():
            return known.model_copy(update={"closed_at": partnership.closed_at})


def _waits_for(partnership: AnyPartnership) -> PersonId | None:
    question = partnership.question if isinstance(partnership, Proposed | Formed) else None
    return None if question is None else partnership.other(question.by)


def _status(partnership: AnyPartnership) -> PartnershipStatus:
    return partnership.how if isinstance(partnership, Closed) else partnership.status
