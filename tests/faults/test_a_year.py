"""A year of a couple in the whole suite in memory: leaves, pauses, other rhythms, and times at which nothing runs.

The oracle judges every quarter, and what a person must be able to rely on is asked at every step. Hypothesis chooses
what happens.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from coaching_events.events.check_ins import CheckInMissed
from coaching_events.events.commitment import CommitmentMissed
from coaching_events.events.mailbox import DigestSent, NudgeSent
from coaching_events.ids import PartnershipId, PersonId, StreamId
from coaching_readmodels import PairReferenceData
from coaching_time import absence_covering
from notifications.mailbox import mailboxes
from notifications.mailbox.rules.quiet_hours import is_open
from tests.faults.in_memory import Standing, SuiteInMemory
from tests.faults.load import Crowd, Doors
from tests.faults.load.couple import Couple
from tests.faults.load.people import LIFETIME, settle_in
from tests.faults.oracle import judge

BEGIN: Final = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YEAR: Final = 366 * DAY
RHYTHMS: Final = ("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=TH", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=DAILY")
WAITING: Final = {"requested", "open", "running", "proposed", "scheduled", "countered"}
"""Statuses of a promise, a rhythm, a question or a session that wait for their next instant."""


@dataclass
class Year:
    """One couple, and what may happen to it."""

    suite: SuiteInMemory
    crowd: Crowd
    couple: Couple
    rng: Random
    outages: list[tuple[datetime, datetime]] = field(default_factory=list[tuple[datetime, datetime]])

    async def act(self) -> None:
        """The two do something."""
        await self.suite.during(self.couple.act())

    async def leave(self) -> None:
        """One of them is away for some days, known before or afterwards."""
        first = self.suite.clock.at.date() + self.rng.randint(-10, 20) * DAY
        body = {"first": str(first), "last": str(first + self.rng.randint(0, 15) * DAY)}
        person = self.rng.choice((self.couple.one, self.couple.other))
        told = {"Authorization": f"Bearer {self.suite.issuer.token('hr', ['hr.directory'], LIFETIME)}"}
        await self.crowd.doors.ask("partnerships", "POST", f"/people/{person.id}/absences", told, body)

    async def pause(self) -> None:
        """One of them pauses, or ends the pause."""
        person, here = self.rng.choice((self.couple.one, self.couple.other)), self.couple.here
        if self.rng.random() < 0.5:
            until = self.suite.clock.at.date() + self.rng.randint(1, 20) * DAY
            body = self.rng.choice(({}, {"last": str(until)}))
            await self.suite.during(_done(person.does("partnerships", f"{here}/pause", body)))
        else:
            await self.suite.during(_done(person.does("partnerships", f"{here}/resume")))

    async def rhythm(self) -> None:
        """Both agree to another rhythm."""
        one, other = self.couple.one, self.couple.other
        terms = {"rhythm": self.rng.choice(RHYTHMS), "check_in_grace": self.rng.randint(0, 2)}
        asked = await one.does("partnerships", f"{self.couple.here}/terms", {"terms": terms})
        if asked is not None:
            version = asked["events"][-1]["data"]["terms"]["version"]
            await other.does("partnerships", f"{self.couple.here}/terms/{version}/agree")

    async def outage(self) -> None:
        """Nothing runs for a while."""
        begun = self.suite.clock.at
        self.suite.clock.at += self.rng.choice((HOUR, 12 * HOUR, 3 * DAY, 9 * DAY))
        self.outages.append((begun, self.suite.clock.at))


async def _done(act: Awaitable[object]) -> None:
    await act


HAPPENINGS: Final[Sequence[tuple[Callable[[Year], Awaitable[None]], int]]] = (
    (Year.act, 40),
    (Year.leave, 3),
    (Year.pause, 2),
    (Year.rhythm, 2),
    (Year.outage, 1),
)


async def a_year(seed: int, gaps: Sequence[int]) -> None:
    """Something happens after each gap (in hours), until a year is over."""
    suite = SuiteInMemory(Standing(BEGIN))
    crowd = Crowd(Doors(suite.clients()), Random(seed), seed)
    (couple,) = await settle_in(crowd, suite.issuer, 1, suite.settles, suite.clock.now, 6 * DAY)
    year = Year(suite, crowd, couple, Random(seed))
    acts, weights = [act for act, _ in HAPPENINGS], [weight for _, weight in HAPPENINGS]
    judged = BEGIN
    for gap in gaps:
        await suite.comes(suite.clock.at + gap * HOUR, by=timedelta(minutes=5))
        (act,) = year.rng.choices(acts, weights)
        await act(year)
        await suite.settles()
        assert not crowd.strange
        assert await without_a_next_instant(suite) == []
        if suite.clock.at - judged > 91 * DAY:
            judged = suite.clock.at
            assert judge(await suite.evidence(crowd.answers)).findings == ()
        if suite.clock.at > BEGIN + YEAR:
            break
    assert judge(await suite.evidence(crowd.answers)).findings == ()
    assert await counted_although_excused(year) == []
    assert await pushed_in_quiet_hours(suite) == []


async def counted_although_excused(year: Year) -> list[str]:
    """Misses that stand although their due moment was in an absence, in a pause, or came while nothing ran."""
    goals = year.suite.services["goals"]
    people = (PersonId(StreamId(year.couple.one.id)), PersonId(StreamId(year.couple.other.id)))
    here = PartnershipId(StreamId(year.couple.partnership))
    known = PairReferenceData(await goals.log.reference_source.read([here, *people]))
    pair, found = known.partnership(here), list[str]()
    for aggregate in goals.service.aggregates:
        for document in await goals.store.find(aggregate.kind, {"partnership": here}, limit=100_000):
            events = await goals.log.events(aggregate, document.stream)
            corrected = {getattr(each.event, "supersedes", None) for each in events}
            for each in events:
                if not isinstance(each.event, CommitmentMissed | CheckInMissed) or each.position in corrected:
                    continue
                due, owner = each.event.due, known.time(each.event.owner)
                absence = absence_covering(owner, due)
                if absence is not None and absence.known_at < each.at + timedelta(days=59):
                    found.append(f"{each.position} was due in the absence {absence}")
                if pair.pause_at(due) is not None:
                    found.append(f"{each.position} was due in a pause")
                if any(begun < each.at <= ended - HOUR for begun, ended in year.outages):
                    found.append(f"{each.position} came while nothing ran")
    return found


async def pushed_in_quiet_hours(suite: SuiteInMemory) -> list[str]:
    """Reminders and digests that left outside the working hours of their reader."""
    there, found = suite.services["notifications"], list[str]()
    for document in await there.store.find(mailboxes.kind, {}, limit=100_000):
        for each in await there.log.events(mailboxes, document.stream):
            if isinstance(each.event, NudgeSent | DigestSent):
                person = each.event.person
                known = PairReferenceData(await there.log.reference_source.read([person]))
                if not is_open(replace(known.time(person), absences=()), each.at):
                    found.append(f"{each.position} left at {each.at}")
    return found


async def without_a_next_instant(suite: SuiteInMemory) -> list[str]:
    """What waits for something and has no next instant, or one that has passed."""
    found: list[str] = []
    for each in suite.services.values():
        for aggregate in each.service.aggregates:
            for document in await each.store.find(aggregate.kind, {}, limit=100_000):
                waits = document.state.get("status") in WAITING and aggregate.kind not in ("conflict", "mailbox")
                if waits and (document.wake_at is None or document.wake_at <= suite.clock.at):
                    found.append(f"{document.stream} is {document.state['status']}: next {document.wake_at}")
    return found


@settings(
    max_examples=2,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a year takes half a minute: it is not made shorter
    suppress_health_check=[HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), gaps=st.lists(st.integers(1, 60), min_size=300, max_size=300))
async def test_a_year_keeps_its_promises(seed: int, gaps: list[int]) -> None:
    await a_year(seed, gaps)
