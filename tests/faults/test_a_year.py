"""A year of a couple in the whole suite in memory: leaves, pauses, other rhythms, and times at which nothing runs.

A state machine of Hypothesis chooses what happens. The oracle judges every quarter, and what a person must be able to
rely on is asked at every step.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

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
from tests.faults.load.crowd import Person
from tests.faults.load.people import LIFETIME, settle_in
from tests.faults.oracle import judge

BEGIN: Final = datetime(2026, 3, 3, 7, 30, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
YEAR: Final = 366 * DAY
GAPS: Final = st.integers(1, 60)
"""Hours until something happens."""
RHYTHMS: Final = ("FREQ=WEEKLY;BYDAY=MO", "FREQ=WEEKLY;BYDAY=TH", "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=DAILY")
WAITING: Final = {"requested", "open", "running", "proposed", "scheduled", "countered"}
"""Statuses of a promise, a rhythm, a question or a session that wait for their next instant."""


class AYear(RuleBasedStateMachine):
    """One couple, and what may happen to it. Each rule lets some hours pass first."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.Runner()
        self.suite = SuiteInMemory(Standing(BEGIN))
        self.outages = list[tuple[datetime, datetime]]()
        self._judged = BEGIN

    @initialize(seed=st.integers(0, 2**32))
    def they_meet(self, seed: int) -> None:
        """Two people form a partnership. ``seed`` is for what they write and do."""
        suite = self.suite
        self.crowd = Crowd(Doors(suite.clients()), Random(seed), seed)
        settling = settle_in(self.crowd, suite.issuer, 1, suite.settles, suite.clock.now, 6 * DAY)
        (self.couple,) = self._loop.run(settling)

    @rule(gaps=st.lists(GAPS, min_size=1, max_size=12))
    def they_act(self, gaps: Sequence[int]) -> None:
        """The two promise, answer, check in, meet, whatever is open to them."""
        for gap in gaps:
            self._does(gap, lambda: self.suite.during(self.couple.act()))
            self.every_open_thing_has_a_next_instant()

    @rule(gap=GAPS, who=st.booleans(), begins=st.integers(-10, 20), days=st.integers(0, 15))
    def somebody_is_away(self, gap: int, who: bool, begins: int, days: int) -> None:
        """HR says so, before or afterwards."""

        async def told() -> None:
            first = self.suite.clock.at.date() + begins * DAY
            body = {"first": str(first), "last": str(first + days * DAY)}
            token = self.suite.issuer.token("hr", ["hr.directory"], LIFETIME)
            path, hr = f"/people/{self._one(who).id}/absences", {"Authorization": f"Bearer {token}"}
            await self.crowd.doors.ask("partnerships", "POST", path, hr, body)

        self._does(gap, told)

    @rule(gap=GAPS, who=st.booleans(), days=st.none() | st.integers(1, 20))
    def somebody_pauses(self, gap: int, who: bool, days: int | None) -> None:
        """With a last day, or without one."""

        def asked() -> Awaitable[object]:
            body = {} if days is None else {"last": str(self.suite.clock.at.date() + days * DAY)}
            return self._one(who).does("partnerships", f"{self.couple.here}/pause", body)

        self._does(gap, lambda: self.suite.during(_done(asked())))

    @rule(gap=GAPS, who=st.booleans())
    def somebody_ends_the_pause(self, gap: int, who: bool) -> None:
        """If there is one."""
        path = f"{self.couple.here}/resume"
        self._does(gap, lambda: self.suite.during(_done(self._one(who).does("partnerships", path))))

    @rule(gap=GAPS, rhythm=st.sampled_from(RHYTHMS), grace=st.integers(0, 2))
    def they_agree_to_another_rhythm(self, gap: int, rhythm: str, grace: int) -> None:
        """One suggests it, the other agrees at once."""

        async def agreed() -> None:
            path, terms = f"{self.couple.here}/terms", {"rhythm": rhythm, "check_in_grace": grace}
            asked = await self.couple.one.does("partnerships", path, {"terms": terms})
            if asked is not None:
                version = asked["events"][-1]["data"]["terms"]["version"]
                await self.couple.other.does("partnerships", f"{path}/{version}/agree")

        self._does(gap, agreed)

    @rule(gap=GAPS, hours=st.sampled_from((1, 12, 72, 216)))
    def nothing_runs(self, gap: int, hours: int) -> None:
        """All processes are down for a while."""

        async def down() -> None:
            begun = self.suite.clock.at
            self.suite.clock.at += hours * HOUR
            self.outages.append((begun, self.suite.clock.at))

        self._does(gap, down)

    @invariant()
    def every_open_thing_has_a_next_instant(self) -> None:
        """No promise, rhythm or question is forgotten; whatever was answered is an answer that the load knows."""
        assert self._loop.run(without_a_next_instant(self.suite)) == []

    @invariant()
    def the_oracle_finds_nothing_a_quarter_long(self) -> None:
        """Missed once at most, counted only if due, within every budget."""
        if self.suite.clock.at - self._judged > 91 * DAY:
            self._judged = self.suite.clock.at
            self._judge()

    def teardown(self) -> None:
        try:
            if hasattr(self, "couple"):
                self._judge()
                assert self._loop.run(counted_although_excused(self)) == []
                assert self._loop.run(pushed_in_quiet_hours(self.suite)) == []
        finally:
            self._loop.close()

    def _judge(self) -> None:
        assert judge(self._loop.run(self.suite.evidence(self.crowd.answers))).findings == ()

    def _one(self, who: bool) -> Person:
        return self.couple.one if who else self.couple.other

    def _does(self, gap: int, act: Callable[[], Awaitable[object]]) -> None:
        async def passing() -> None:
            await self.suite.comes(self.suite.clock.at + gap * HOUR, by=timedelta(minutes=5))
            await act()
            await self.suite.settles()

        if self.suite.clock.at < BEGIN + YEAR:
            self._loop.run(passing())
            assert not self.crowd.strange


async def _done(act: Awaitable[object]) -> None:
    await act


async def counted_although_excused(year: AYear) -> list[str]:
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


TestAYear = AYear.TestCase
TestAYear.settings = settings(
    max_examples=1,  # another one in every run
    stateful_step_count=150,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a year takes half a minute: it is not made shorter
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
