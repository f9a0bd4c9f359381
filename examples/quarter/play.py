"""Thirteen weeks of all partnerships, acted through the public HTTP interface, each person with their own token."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from examples.quarter.cast import Pair
from examples.quarter.habits import Side
from examples.quarter.happenings import Act, Happenings
from examples.quarter.person import Person
from examples.quarter.stage import Stage

FIRST_DAY = date(2026, 1, 5)
EVE = datetime(2026, 1, 2, 9, tzinfo=UTC)
"""The Friday before, on which the roster is imported."""
WEEKS = 13
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
MORNING = time(9, 10)


@dataclass
class Couple:
    """A pair of the cast with its people, and the partnership after its proposal."""

    pair: Pair
    proposer: Person
    other: Person
    partnership: str = ""

    def sides(self) -> tuple[Side, Side]:
        """Both of them, each with their character in this partnership."""
        return (
            Side(self.partnership, self.proposer, self.other, self.pair.of_proposer, self.pair.topics),
            Side(self.partnership, self.other, self.proposer, self.pair.of_other, self.pair.topics),
        )


@dataclass
class Interlude:
    """An event of the machines at a moment of the play, before the acts of that moment."""

    at: datetime
    happen: Callable[[], Awaitable[None]]


@dataclass
class Play:
    """Runs the quarter. ``progress`` gets each new day."""

    stage: Stage
    couples: Sequence[Couple]
    progress: Callable[[date, int], None]
    interludes: list[Interlude] = field(default_factory=list[Interlude])
    weeks: int = WEEKS

    async def run(self) -> None:
        """From the first proposal to the end of the last day."""
        await self._begin()
        agenda = self._agenda()
        for moment in sorted(agenda):
            self._tell(moment)
            for interlude in [each for each in self.interludes if each.at <= moment]:
                self.interludes.remove(interlude)
                await self.stage.play_until(interlude.at)
                await interlude.happen()
            await self.stage.play_until(moment)
            # One pair after another would be slow. Pairs do not meet, so each keeps only its own order.
            done = await asyncio.gather(*(self._in_turn(acts) for acts in agenda[moment].values()))
            if any(done):
                await self.stage.settle()
        end = FIRST_DAY + self.weeks * WEEK
        await self.stage.play_until(datetime.combine(end, time(0), self.stage.now.tzinfo))
        self._tell(self.stage.now)

    async def _begin(self) -> None:
        """On the first Monday every proposer proposes, and every partner accepts."""
        for couple in sorted(self.couples, key=lambda couple: couple.proposer.at(FIRST_DAY, time(8, 0))):
            proposer = couple.proposer
            moment = proposer.at(FIRST_DAY, time(8, 0))
            if moment > self.stage.now:
                await self.stage.settle()
                await self.stage.play_until(moment)
            body = {
                "other": couple.other.id,
                "purpose": couple.pair.purpose,
                "terms": {
                    "rhythm": couple.pair.rhythm,
                    "local_time": "15:00:00",
                    "check_in_grace": 1,
                    "promise_grace": 1,
                    "reminders": 2,
                    "show_reliability": couple.pair.show_reliability,
                },
            }
            proposed = await proposer.post("partnerships", "/partnerships", body, key=f"propose-{couple.pair.other}")
            assert proposed is not None
            couple.partnership = proposed["id"]
            couple.other.remember(proposed["position"])
            accepted = await couple.other.post(
                "partnerships",
                f"/partnerships/{couple.partnership}/accept",
                {"version": 1},
                key=f"accept-{couple.pair.proposer}",
            )
            assert accepted is not None
            proposer.remember(accepted["position"])
        await self.stage.settle()

    def _agenda(self) -> Mapping[datetime, Mapping[str, list[Act]]]:
        """Moment → partnership → its acts then, in order."""
        agenda: dict[datetime, dict[str, list[Act]]] = {}

        def plan(moment: datetime, partnership: str, act: Act) -> None:
            agenda.setdefault(moment, {}).setdefault(partnership, []).append(act)

        for couple in self.couples:
            for side in couple.sides():
                for number in range(self.weeks * 7):
                    day = FIRST_DAY + number * DAY
                    if day.weekday() in side.character.looks_on:
                        moment = side.me.at(day, MORNING)
                        plan(moment, couple.partnership, self._opens(side, day, moment))
            for moment, act in self._happenings(couple):
                plan(moment, couple.partnership, act)
        return {moment: acts for moment, acts in agenda.items() if moment > self.stage.now}

    def _opens(self, side: Side, day: date, moment: datetime) -> Act:
        async def act() -> bool:
            return side.me.is_in(day) and await side.open_the_application(moment)

        return act

    def _happenings(self, couple: Couple) -> Sequence[tuple[datetime, Act]]:
        if couple.pair.week >= self.weeks:
            return []
        monday = FIRST_DAY + (couple.pair.week - 1) * WEEK
        return Happenings(couple.pair, couple.proposer, couple.other, couple.partnership, monday).acts()

    async def _in_turn(self, acts: Sequence[Act]) -> bool:
        """Act one after another. Returns whether anything was sent to a service."""
        return any([await act() for act in acts])

    def _tell(self, moment: datetime) -> None:
        day = min(moment.date(), FIRST_DAY + self.weeks * WEEK)
        self.progress(day, (day - FIRST_DAY).days)
