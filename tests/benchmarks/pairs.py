"""Partners who know each other, as events of the directory: what a service must have heard before it takes promises."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from coaching_events.envelope import Envelope, headers
from coaching_events.event import Event
from coaching_events.events.calendar import CalendarPublished, Holiday
from coaching_events.events.partnership import PartnershipFormed, PartnershipProposed, Terms
from coaching_events.events.person import HolidayRegion, Hours, PersonRegistered, WorkingPattern
from coaching_events.ids import PartnershipId, PersonId, RuleName, StreamId
from coaching_readmodels import calendar_id
from eventlog import derived_stream
from eventlog.consumers import Projections
from eventlog.stores.memory import MemoryRecord

REGION = "DE-BE"
LONG_AGO = date(2020, 1, 1)
NINE_TO_FIVE = Hours(start=time(9), end=time(17))
WEEKDAYS = WorkingPattern(holds_from=LONG_AGO, hours=dict.fromkeys(("0", "1", "2", "3", "4"), NINE_TO_FIVE))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two people and their partnership; ``number`` names them."""

    number: int

    @property
    def id(self) -> PartnershipId:
        """The partnership."""
        return PartnershipId(derived_stream("partnership", "bench", str(self.number)))

    @property
    def one(self) -> PersonId:
        """The one who proposed."""
        return PersonId(derived_stream("person", "bench", self.login))

    @property
    def other(self) -> PersonId:
        """Their partner."""
        return PersonId(derived_stream("person", "bench", self.other_login))

    @property
    def login(self) -> str:
        """The subject of the tokens of ``one``."""
        return f"bench-{self.number}"

    @property
    def other_login(self) -> str:
        """The subject of the tokens of ``other``."""
        return f"{self.login}'s partner"


async def introduce(projections: Projections, pairs: Sequence[Pair], issuer: str, now: datetime) -> None:
    """Let a service hear of these pairs, formed four weeks before ``now`` (UTC), and of the public holidays there."""
    for year in (now.year - 1, now.year, now.year + 1):
        days = tuple(Holiday(day=date(year, month, 1), name="The first") for month in (1, 5, 10))
        published = CalendarPublished(by=RuleName("rule:bench"), region=REGION, year=year, days=days)
        await projections.take(_records(calendar_id(REGION, year), REGION, now, published))
    for first in range(0, len(pairs), 200):
        await projections.take([r for pair in pairs[first : first + 200] for r in _heard_of(pair, issuer, now)])


def _heard_of(pair: Pair, issuer: str, now: datetime) -> list[MemoryRecord]:
    formed = now - timedelta(weeks=4)
    terms = Terms(
        version=1,
        rhythm="FREQ=DAILY",
        starting=formed.date(),
        local_time=time(15),
        check_in_grace=1,
        promise_grace=1,
        reminders=5,
        show_reliability=True,
    )
    proposed = PartnershipProposed(
        by=pair.one, partnership=pair.id, other=pair.other, ordinal=1, terms=terms, answer_by=formed
    )
    accepted = PartnershipFormed(by=pair.other, partnership=pair.id, people=(pair.one, pair.other), terms=terms)
    return [
        *_records(pair.one, pair.one, formed, _registered(pair.one, pair.login, issuer)),
        *_records(pair.other, pair.other, formed, _registered(pair.other, pair.other_login, issuer)),
        *_records(pair.id, pair.id, formed, proposed, accepted),
    ]


def _registered(person: PersonId, login: str, issuer: str) -> PersonRegistered:
    return PersonRegistered(
        by=person,
        display_name=login,
        email=f"{person}@example.com",
        zone="Europe/Berlin",
        locale="en",
        patterns=(WEEKDAYS,),
        regions=(HolidayRegion(holds_from=LONG_AGO, region=REGION),),
        source=issuer,
        external_id=login,
    )


def _records(stream: StreamId, key: str, at: datetime, *events: Event) -> list[MemoryRecord]:
    records: list[MemoryRecord] = []
    for version, event in enumerate(events, 1):
        envelope = Envelope(
            stream=stream, version=version, type=event.type, source="/partnerships", at=at.astimezone(UTC), key=key
        )
        sent = [(name, text.encode()) for name, text in headers(envelope).items()]
        records.append(MemoryRecord("bench", 0, version, event.model_dump_json(exclude_none=True).encode(), sent))
    return records
