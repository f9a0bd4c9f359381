"""Anna in Munich and Ben in New York, their check-ins on Thursdays at three, and what the service knows of the two."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from coaching_events.events.check_ins import (
    CheckInExcused,
    CheckInMissed,
    CheckInOpened,
    CheckInsEvent,
    CheckInsScheduled,
    CheckInsStarted,
    CheckInsStopped,
    CheckInSubmitted,
)
from coaching_events.events.partnership import Terms
from coaching_events.events.person import HolidayRegion
from coaching_events.ids import PersonId, Position, RuleName, position
from coaching_readmodels import (
    AbsenceReadModel,
    CalendarReadModel,
    PairReferenceData,
    PartnershipReadModel,
    PauseReadModel,
    PersonReadModel,
    calendar_id,
)
from goals.check_ins import check_ins, check_ins_of
from goals.check_ins.rules import start
from goals.check_ins.state import CheckIns
from tests.rules import the_pair
from tests.rules.given import History, scenario
from tests.rules.the_pair import (
    ANNA,
    BEN,
    MONDAY,
    PAIR,
    day,
    known_pair,
    known_person,
    moment,
    reference_data_of,
    terms,
)

FORMED = position(PAIR, 2)
HERS = check_ins_of(PAIR, ANNA)

CheckInsStory = History[CheckIns, CheckInsEvent, PairReferenceData]


def agreed(rhythm: str = "FREQ=WEEKLY;BYDAY=TH", *, at: str = "15:00", grace: int = 1, version: int = 1) -> Terms:
    return terms(rhythm, at=at, check_in_grace=grace, version=version)


def pair(
    terms: Terms | None = None,
    *pauses: PauseReadModel,
    based_on: int = 2,
    ended_at: datetime | None = None,
    **more: Any,
) -> PartnershipReadModel:
    end = {} if ended_at is None else {"status": "ended", "ended_at": ended_at, "end_taken": position(PAIR, 9)}
    return known_pair(*pauses, terms=terms or agreed(), terms_taken=position(PAIR, based_on), **end, **more)


def person(zone: str = "Europe/Berlin", *absences: AbsenceReadModel, region: str | None = None) -> PersonReadModel:
    regions = () if region is None else (HolidayRegion(holds_from=day("2026-01-01"), region=region),)
    return known_person(zone, *absences, regions=regions)


def away(first: str, last: str, *, known: str = "2026-01-07T09:00+01:00") -> AbsenceReadModel:
    return the_pair.away(day(first), day(last), known_at=moment(known))


def paused(start: str, end: str | None = None) -> PauseReadModel:
    return the_pair.paused(moment(start), None if end is None else moment(end))


def knowing(
    known: PartnershipReadModel | None = None, anna: PersonReadModel | None = None, *holidays: str
) -> PairReferenceData:
    """What is known; ``holidays`` are those of the region DE-BY."""
    days = tuple(day(each) for each in holidays)
    return reference_data_of(
        {
            PAIR: known or pair(),
            ANNA: anna or person(),
            BEN: person("America/New_York"),
            calendar_id("DE-BY", 2026): CalendarReadModel(region="DE-BY", year=2026, days=days),
        }
    )


def begun(
    reference_data: PairReferenceData | None = None, *, at: datetime = MONDAY, owner: PersonId = ANNA
) -> CheckInsStory:
    """The check-ins of one of the two, started when the partnership forms."""
    story = scenario(check_ins, check_ins_of(PAIR, owner), start=at, reference_data=reference_data or knowing())
    return story.when(start, partnership=PAIR, owner=owner, formed=FORMED, at=at).follows()


def opened_story(reference_data: PairReferenceData | None = None) -> CheckInsStory:
    """Her first check-in has opened."""
    return begun(reference_data).woken().follows()


def missed_story() -> CheckInsStory:
    """Her first check-in was missed, and the second is scheduled."""
    return opened_story().woken().follows()


def walked(story: CheckInsStory, until: datetime) -> CheckInsStory:
    """Every moment comes, handled in time, nobody does anything."""
    while (due := story.wake_at) is not None and due <= until:
        story = story.woken().follows()
    return story


def thursday(week: int, clock: str = "15:00") -> datetime:
    """A moment on the Thursday of that week (the first is 5 March), on Anna's clock before the clocks change."""
    return moment(f"2026-03-05T{clock}+01:00") + timedelta(weeks=week)


def by(rule: str) -> dict[str, Any]:
    return {"by": RuleName(f"rule:{rule}"), "partnership": PAIR, "owner": ANNA, "partner": BEN}


def started() -> CheckInsStarted:
    return CheckInsStarted(**by("rhythm"), zone="Europe/Berlin", based_on=FORMED)


def scheduled(week: int, *, terms: int = 1, based_on: int = 2) -> CheckInsScheduled:
    due = thursday(week)
    return CheckInsScheduled(
        **by("rhythm"),
        occasion=due.date(),
        opens=thursday(week, "09:00") - timedelta(days=1),
        due=due,
        grace_end=thursday(week, "17:00") + timedelta(days=1),
        terms_version=terms,
        based_on=position(PAIR, based_on),
    )


def opened(week: int) -> CheckInOpened:
    due = thursday(week)
    return CheckInOpened(
        **by("rhythm"), occasion=due.date(), due=due, grace_end=thursday(week, "17:00") + timedelta(days=1)
    )


def missed(week: int) -> CheckInMissed:
    due = thursday(week)
    return CheckInMissed(
        **by("grace-ended"), occasion=due.date(), due=due, grace_end=thursday(week, "17:00") + timedelta(days=1)
    )


def excused(
    week: int, cause: Any, based_on: Position | None, *, supersedes: Position | None = None, rule: str = "not-expected"
) -> CheckInExcused:
    due = thursday(week)
    return CheckInExcused(
        **by(rule), occasion=due.date(), due=due, cause=cause, based_on=based_on, supersedes=supersedes
    )


def submitted(week: int, *, late: bool = False, due: datetime | None = None, **more: Any) -> CheckInSubmitted:
    people = by("nobody") | {"by": ANNA}
    return CheckInSubmitted(**people, occasion=thursday(week).date(), due=due or thursday(week), late=late, **more)


def stopped() -> CheckInsStopped:
    return CheckInsStopped(**by("end"), based_on=position(PAIR, 9))


def names(events: Sequence[CheckInsEvent]) -> list[str]:
    """The events' types and the days they speak of, as ``check-in-missed 03-05``."""
    return [
        event.type if isinstance(event, CheckInsStarted | CheckInsStopped) else f"{event.type} {event.occasion:%m-%d}"
        for event in events
    ]


def ended(at: str) -> PartnershipReadModel:
    return pair(ended_at=moment(at))


def resumed(pause: PauseReadModel, at: str) -> PauseReadModel:
    return the_pair.resumed(pause, moment(at))
