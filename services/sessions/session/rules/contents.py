"""The rules for what the two put into a session besides its time. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.session import SessionNotesWritten, SessionPlaceChanged
from coaching_events.ids import PersonalTextsId, PersonId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.refusals import in_force
from eventlog import Refused
from sessions.session.state import AnySession, Cancelled, NotAgreed, Proposed, Scheduled, who


def change_place(
    session: AnySession, *, by: PersonId, at: datetime, place: str | None, reference_data: PairReferenceData
) -> Sequence[SessionPlaceChanged]:
    """Say where the two meet, until the session is over. Without ``place`` none is named any more."""
    in_force(session.partnership, by, reference_data)
    if not isinstance(session, Proposed | Scheduled) or at >= session.end:
        raise Refused("session-over", "This session is over, or does not take place.", status=session.status)
    return [SessionPlaceChanged(**who(session, by), start=session.start, place=place)]


def write_notes(
    session: AnySession,
    *,
    by: PersonId,
    texts: PersonalTextsId,
    replaces: str | None,
    reference_data: PairReferenceData,
) -> Sequence[SessionNotesWritten]:
    """Write the notes that the two share. ``replaces`` names the present ones, so that nobody's text is lost."""
    in_force(session.partnership, by, reference_data)
    if isinstance(session, NotAgreed | Cancelled):
        raise Refused("session-over", "This session is over, or does not take place.", status=session.status)
    present = None if session.content.notes is None else session.content.notes.texts
    if replaces != present:
        raise Refused(
            "notes-changed", "Your notes have changed since you read them: look at them first.", present=present
        )
    return [SessionNotesWritten(**who(session, by), personal_texts=texts)]
