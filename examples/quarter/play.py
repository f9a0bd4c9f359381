"""Thirteen weeks of all partnerships, acted through the public HTTP interface, each person with their own token."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from examples.quarter.cast import Pair
from examples.quarter.habits import Side
from examples.quarter.person import Person
from examples.quarter.stage import Stage

FIRST_DAY = date(2026, 1, 5)
WEEKS = 13
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
MORNING = time(9, 10)

Act = Callable[[], Awaitable[None]]


@dataclass
class Couple:
    """A pair of the cast with its people, and the partnership once it is proposed."""

    pair: Pair
    proposer: Person
    other: Person
    partnership: str = ""

    def sides(self) -> tuple[Side, Side]:
        """Both of them, each as they are in this partnership."""
        return (
            Side(self.partnership, self.proposer, self.other, self.pair.of_proposer),
            Side(self.partnership, self.other, self.proposer, self.pair.of_other),
        )


@dataclass
class Interlude:
    """Something that happens to the machines on the way: at a moment of the play, before its acts."""

    at: datetime
    happen: Act


@dataclass
class Play:
    """Runs the quarter; ``progress`` is told about each day that begins."""

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
            # One pair after another would be slow, and pairs do not meet: each keeps its own order.
            await asyncio.gather(*(self._in_turn(acts) for acts in agenda[moment].values()))
            await self.stage.settle()
        end = FIRST_DAY + self.weeks * WEEK
        await self.stage.play_until(datetime.combine(end, time(0), self.stage.now.tzinfo))
        self._tell(self.stage.now)

    async def _begin(self) -> None:
        """On the first Monday everybody is asked, and says yes."""
        for couple in self.couples:
            proposer = couple.proposer
            await self.stage.play_until(max(self.stage.now, proposer.at(FIRST_DAY, time(8, 0))))
            body = {
                "other": couple.other.id,
                "purpose": couple.pair.purpose,
                "terms": {
                    "rhythm": couple.pair.rhythm, "starting": FIRST_DAY.isoformat(), "local_time": "15:00:00",
                    "check_in_grace": 1, "promise_grace": 1, "reminders": 2,
                    "show_reliability": couple.pair.show_reliability,
                },
            }  # fmt: skip
            proposed = await proposer.post("partnerships", "/partnerships", body, key=f"propose-{couple.pair.other}")
            assert proposed is not None
            couple.partnership = proposed["id"]
            couple.other.remember(proposed["position"])
            accepted = await couple.other.post(
                "partnerships", f"/partnerships/{couple.partnership}/accept", {"version": 1},
                key=f"accept-{couple.pair.proposer}",
            )  # fmt: skip
            assert accepted is not None
            proposer.remember(accepted["position"])
        await self.stage.settle()

    def _agenda(self) -> Mapping[datetime, Mapping[str, list[Act]]]:
        """Moment → partnership → what is done then, in order."""
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
            for moment, act in happening(couple, self.weeks):
                plan(moment, couple.partnership, act)
        return {moment: acts for moment, acts in agenda.items() if moment > self.stage.now}

    def _opens(self, side: Side, day: date, moment: datetime) -> Act:
        async def act() -> None:
            if side.me.is_in(day):
                await side.open_the_application(moment)

        return act

    async def _in_turn(self, acts: Sequence[Act]) -> None:
        for act in acts:
            await act()

    def _tell(self, moment: datetime) -> None:
        day = min(moment.date(), FIRST_DAY + self.weeks * WEEK)
        self.progress(day, (day - FIRST_DAY).days)


def happening(couple: Couple, weeks: int) -> list[tuple[datetime, Act]]:
    """What befalls a pair in its week: leave, a pause, other terms, the end."""
    pair, person = couple.pair, couple.other
    monday = FIRST_DAY + (pair.week - 1) * WEEK
    if pair.week >= weeks:
        return []
    here = f"/partnerships/{couple.partnership}"

    async def leave() -> None:
        first, last = monday, monday + 11 * DAY
        person.away.append((first, last))
        await _absence(person, first, last)

    async def fall_ill() -> None:
        person.away.append((monday, monday + 6 * DAY))

    async def come_back() -> None:
        await _absence(person, monday, monday + 6 * DAY)

    async def pause() -> None:
        until = (monday + 11 * DAY).isoformat()
        await person.post("partnerships", f"{here}/pause", {"last": until}, key=f"pause-{pair.proposer}")

    async def end() -> None:
        await person.post("partnerships", f"{here}/end", key=f"end-{pair.proposer}")

    async def ask_for_terms() -> None:
        shown = await person.get("partnerships", here)
        terms = {**shown["terms"], "rhythm": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "starting": monday.isoformat()}
        terms.pop("version", None)
        await person.post("partnerships", f"{here}/terms", {"terms": terms}, key=f"terms-{pair.proposer}")

    async def agree_to_terms() -> None:
        await couple.proposer.post("partnerships", f"{here}/terms/agree", {"version": 2}, key=f"agree-{pair.other}")

    noon = time(12, 0)
    match pair.happening:
        case "nothing":
            return []
        case "leave known in time":
            return [(person.at(monday - 5 * DAY, noon), leave)]
        case "leave known too late":
            return [(person.at(monday, time(7, 0)), fall_ill), (person.at(monday + 7 * DAY, time(9, 0)), come_back)]
        case "pause":
            return [(person.at(monday, noon), pause)]
        case "end":
            return [(person.at(monday + 2 * DAY, noon), end)]
        case "new terms":
            return [(person.at(monday, noon), ask_for_terms), (couple.proposer.at(monday + DAY, noon), agree_to_terms)]


async def _absence(person: Person, first: date, last: date) -> None:
    body = {"first": first.isoformat(), "last": last.isoformat()}
    await person.post("partnerships", f"/people/{person.id}/absences", body, key=f"away-{first}")
