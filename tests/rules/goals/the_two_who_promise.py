"""Anna in Munich promises Ben in New York something for Thursday, 5 March; the grace ends on Friday evening."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from coaching_events.events.commitment import (
    CommitmentEvent,
    CommitmentKept,
    CommitmentMade,
    CommitmentMissed,
    CommitmentReleased,
    CommitmentRequested,
    CommitmentSuspended,
    ReleaseProposed,
    RenegotiationProposed,
)
from coaching_events.ids import CommitmentId, PersonId, Position, RuleName, StreamId, position
from coaching_readmodels import (
    AbsenceReadModel,
    CalendarReadModel,
    PairReferenceData,
    PartnershipReadModel,
    PauseReadModel,
    PersonReadModel,
    calendar_id,
)
from goals.commitment import commitments
from goals.commitment.rules import Due
from goals.commitment.state import Commitment
from tests.rules import the_pair
from tests.rules.given import History, scenario
from tests.rules.goals.the_two_who_check_in import agreed, away, pair, person
from tests.rules.the_pair import ANNA, BEN, PAIR, day, moment, paused, reference_data_of

PROMISE = CommitmentId(StreamId("commitment_1"))
Story = History[Commitment, CommitmentEvent, PairReferenceData]


def munich(text: str) -> datetime:
    """An instant as clocks in Munich show it before the end of March: ``03-05 17:00``."""
    return moment(f"2026-{text.replace(' ', 'T')}+01:00")


MONDAY = munich("03-02 10:00")
WEDNESDAY = munich("03-04 10:00")
DUE = munich("03-05 17:00")
FRIDAY_MORNING = munich("03-06 10:00")
GRACE_END = munich("03-06 17:00")
NEXT_MONDAY = munich("03-09 17:00")
NEXT_TUESDAY = munich("03-10 17:00")
THURSDAY = Due(day=day("2026-03-05"))
NEXT_THURSDAY = Due(day=day("2026-03-12"))
NEW_DUE, NEW_GRACE_END = munich("03-12 17:00"), munich("03-13 17:00")
# Two working days of Ben's after Wednesday, five after Friday (American clocks change on 8 March).
BEN_ANSWERS_BY, BEN_ANSWERS_LATE_BY = moment("2026-03-06T17:00-05:00"), moment("2026-03-13T17:00-04:00")
END = position(PAIR, 9)


def knowing(
    known: PartnershipReadModel | None = None,
    *,
    anna: PersonReadModel | None = None,
    ben: PersonReadModel | None = None,
    holidays: tuple[str, ...] = (),
) -> PairReferenceData:
    """What is known; ``holidays`` are those of the region DE-BY."""
    people = {ANNA: anna or person(), BEN: ben or person("America/New_York")}
    days = CalendarReadModel(region="DE-BY", year=2026, days=tuple(day(each) for each in holidays))
    return reference_data_of({PAIR: known or pair(), calendar_id("DE-BY", 2026): days, **people})


def grace_of(days: int) -> PartnershipReadModel:
    return pair(agreed().model_copy(update={"promise_grace": days}))


def anna_away(first: str, last: str, *, known: str = "01-07 09:00") -> PairReferenceData:
    """Anna is away on these dates of March."""
    return knowing(anna=person("Europe/Berlin", absent(first, last, known=known)))


def absent(first: str, last: str, *, known: str = "01-07 09:00") -> AbsenceReadModel:
    return away(f"2026-{first}", f"2026-{last}", known=munich(known).isoformat())


def resting(start: str, end: str | None = None) -> PauseReadModel:
    """A pause as it is known at its start."""
    return paused(munich(start), None if end is None else munich(end))


def resumed(pause: PauseReadModel, at: str) -> PauseReadModel:
    return the_pair.resumed(pause, munich(at))


def nothing_yet(reference_data: PairReferenceData | None = None) -> Story:
    return scenario(commitments, PROMISE, start=MONDAY, reference_data=reference_data or knowing())


def promised(reference_data: PairReferenceData | None = None) -> Story:
    """Anna has promised it on Monday."""
    return nothing_yet(reference_data).given(made())


def missed_story() -> Story:
    """Nothing was heard until Friday evening."""
    return promised().given((missed(), GRACE_END))


def asked_in_time(reference_data: PairReferenceData | None = None) -> Story:
    """On Wednesday Anna asked for the Thursday after."""
    return promised(reference_data).given((new_date(), WEDNESDAY))


def asked_late() -> Story:
    """On Friday morning, a day late and within the grace, Anna asked for the Thursday after."""
    return promised().given((new_date(timely=False, answer_by=BEN_ANSWERS_LATE_BY), FRIDAY_MORNING))


def hers(by: PersonId | str = ANNA) -> dict[str, Any]:
    """Whose promise it is; ``by`` a person, or the name of a rule."""
    actor = by if by in (ANNA, BEN) else RuleName(f"rule:{by}")
    return {"by": actor, "partnership": PAIR, "owner": ANNA, "partner": BEN}


def requested(**more: Any) -> CommitmentRequested:
    said: dict[str, Any] = {"text": "Send the draft", "due": DUE, "due_date": THURSDAY.day, "answer_by": DUE, **more}
    return CommitmentRequested(**hers(BEN), **said)


def made(**more: Any) -> CommitmentMade:
    said: dict[str, Any] = {
        "text": "I send the draft",
        "due": DUE,
        "due_date": THURSDAY.day,
        "grace_end": GRACE_END,
        **more,
    }
    return CommitmentMade(**hers(), **said)


def kept(kept_at: datetime, due: datetime = DUE) -> CommitmentKept:
    return CommitmentKept(**hers(), kept_at=kept_at, due=due)


def missed(due: datetime = DUE, grace_end: datetime = GRACE_END) -> CommitmentMissed:
    return CommitmentMissed(**hers("grace-ended"), due=due, grace_end=grace_end)


def suspended(cause: Any, *, rule: str = "grace-ended", due: datetime = DUE, **more: Any) -> CommitmentSuspended:
    return CommitmentSuspended(**hers(rule), due=due, cause=cause, **more)


def new_date(*, timely: bool = True, answer_by: datetime | None = BEN_ANSWERS_BY) -> RenegotiationProposed:
    return RenegotiationProposed(**hers(), due=NEW_DUE, due_date=NEXT_THURSDAY.day, timely=timely, answer_by=answer_by)


def release_asked(*, timely: bool = True, answer_by: datetime | None = BEN_ANSWERS_BY) -> ReleaseProposed:
    return ReleaseProposed(**hers(), timely=timely, answer_by=answer_by)


def released_by_the_end(supersedes: Position | None = None) -> CommitmentReleased:
    return CommitmentReleased(**hers("end"), cause="ended", based_on=END, supersedes=supersedes)


def number(version: int) -> Position:
    """The event of the promise with this number."""
    return position(PROMISE, version)


def types(events: Sequence[CommitmentEvent]) -> list[str]:
    return [event.type for event in events]
