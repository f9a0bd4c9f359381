"""What the two see of their partnership."""

from datetime import date
from typing import Literal

from coaching_events.event import Cipher
from coaching_events.ids import PartnershipId, PersonId, Position
from coaching_events.moment import Moment
from coaching_events.partnership import Terms
from coaching_readmodels.partners import Partner
from eventlog.commands import CurrentState
from partnerships.partnership.state import AnyPartnership, Closed, Ended, Formed, Proposed
from partnerships.partnership.versions import Became
from service_kit.bodies import View
from service_kit.http import NoteView


class QuestionView(View):
    """Terms on the table, and until when the other may answer (null: a pause or an absence holds it up)."""

    position: Position
    by: PersonId
    terms: Terms
    asked_at: Moment
    answer_by: Moment | None


class PauseView(View):
    """A pause that stands: a partner's own, or (``whose`` is null) the directory's. Nobody is told why."""

    whose: PersonId | None
    since: Moment
    last: date | None
    until: Moment | None


PartnershipStatus = Literal["proposed", "formed", "ended", "declined", "withdrawn", "lapsed"]


class PartnershipView(View):
    """A partnership as it is. ``terms`` are those in force; before it is formed there are none.

    ``your_partner`` is the one of the two who does not read this; ``waits_for`` is who has to answer open terms.
    ``notes`` are absent in lists.
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
    """A text of the terms: who wrote it and when, and since when it is what it became."""

    terms: Terms
    by: str
    at: Moment
    note: str | Cipher | None
    became: Became
    since: Moment


def view(found: CurrentState[AnyPartnership], your_partner: Partner) -> PartnershipView:
    """The partnership as both of them see it, and each the name of the other."""
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
