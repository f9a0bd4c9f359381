"""Absences of the two, and pauses, that overlap the time of a session. Pure."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from coaching_events.events.session import SessionNeedsANewTime
from coaching_events.ids import RuleName
from coaching_readmodels import PairReferenceData, PauseReadModel
from coaching_time import local_date
from sessions.session.state import Overlap, Proposed, Scheduled, who

OVERLAPS: Final = RuleName("rule:session-overlaps")
MOMENT: Final = timedelta(milliseconds=1)


def overlaps(
    session: Proposed | Scheduled, reference_data: PairReferenceData, known: Sequence[Overlap] = ()
) -> list[SessionNeedsANewTime]:
    """One event for each absence and each pause that overlaps the time of the session and is not yet ``known``."""
    return [*_absences(session, reference_data, known), *_pauses(session, reference_data, known)]


def _absences(
    session: Proposed | Scheduled, reference_data: PairReferenceData, known: Sequence[Overlap]
) -> Iterator[SessionNeedsANewTime]:
    based_on = {overlap.based_on for overlap in known}
    for person in session.people:
        record = reference_data.person(person)
        first, last = local_date(record.zone, session.start), local_date(record.zone, session.end - MOMENT)
        for absence in record.absences:
            if absence.first <= last and first <= absence.last and absence.recorded not in based_on:
                yield SessionNeedsANewTime(
                    **who(session, OVERLAPS),
                    start=session.start,
                    end=session.end,
                    cause="absence",
                    whose=person,
                    based_on=absence.recorded,
                )


def _pauses(
    session: Proposed | Scheduled, reference_data: PairReferenceData, known: Sequence[Overlap]
) -> Iterator[SessionNeedsANewTime]:
    for pause in reference_data.partnership(session.partnership).pauses:
        if _covers(pause, session.start, session.end) and not any(_is_same(overlap, pause) for overlap in known):
            yield SessionNeedsANewTime(
                **who(session, OVERLAPS), start=session.start, end=session.end, cause="pause", based_on=pause.taken
            )


def _covers(pause: PauseReadModel, start: datetime, end: datetime) -> bool:
    return pause.start < end and (pause.end is None or start < pause.end)


def _is_same(overlap: Overlap, pause: PauseReadModel) -> bool:
    # A pause gets a new position when its end moves. A pause that began before the recorded overlap is the same one.
    return overlap.cause == "pause" and (overlap.based_on == pause.taken or pause.start <= overlap.at)
