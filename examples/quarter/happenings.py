"""What befalls a pair in the course of the quarter: leave, illness, a pause, other terms, the end."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from examples.quarter.cast import Pair
from examples.quarter.person import Json, Person

DAY = timedelta(days=1)
NOON = time(12, 0)

Act = Callable[[], Awaitable[bool]]
"""Does something; whether it said anything to a service."""


@dataclass(frozen=True)
class Happenings:
    """The happening of one pair, which begins on ``monday``; it befalls the one who was asked, ``other``."""

    pair: Pair
    proposer: Person
    other: Person
    partnership: str
    monday: date

    def acts(self) -> Sequence[tuple[datetime, Act]]:
        """When who does what about it."""
        at = self.other.at
        match self.pair.happening:
            case "nothing":
                return []
            case "leave known in time":
                return [(at(self.monday - 5 * DAY, NOON), self.tell_of_leave)]
            case "leave known too late":
                back = at(self.monday + 7 * DAY, time(9, 0))
                return [(at(self.monday, time(7, 0)), self.fall_ill), (back, self.tell_of_illness)]
            case "pause":
                return [(at(self.monday, NOON), self.pause)]
            case "end":
                return [(at(self.monday + 2 * DAY, NOON), self.end)]
            case "new terms":
                agreed = self.proposer.at(self.monday + DAY, NOON)
                return [(at(self.monday, NOON), self.ask_for_terms), (agreed, self.agree_to_terms)]

    async def tell_of_leave(self) -> bool:
        """Two weeks away, recorded before they begin."""
        return await self._away(self.monday, self.monday + 11 * DAY)

    async def fall_ill(self) -> bool:
        """A week in which nobody hears anything."""
        self.other.away.append((self.monday, self.monday + 6 * DAY))
        return False

    async def tell_of_illness(self) -> bool:
        """The week that is over is recorded only now: what was missed in it is put right."""
        return await self._away(self.monday, self.monday + 6 * DAY)

    async def pause(self) -> bool:
        """The partnership rests for two weeks."""
        until: Json = {"last": (self.monday + 11 * DAY).isoformat()}
        return await self._post(self.other, "pause", until)

    async def end(self) -> bool:
        """It is over, without a reason given."""
        return await self._post(self.other, "end", {})

    async def ask_for_terms(self) -> bool:
        """To check in every second Tuesday from now on."""
        terms = {"rhythm": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "starting": self.monday.isoformat()}
        return await self._post(self.other, "terms", {"terms": terms})

    async def agree_to_terms(self) -> bool:
        """The other agrees, so they bind."""
        return await self._post(self.proposer, "terms/2/agree", {})

    async def _away(self, first: date, last: date) -> bool:
        self.other.away.append((first, last))
        body = {"first": first.isoformat(), "last": last.isoformat()}
        path = f"/people/{self.other.id}/absences"
        await self.other.post("partnerships", path, body, key=f"away-{first}-{self.partnership[-6:]}")
        return True

    async def _post(self, person: Person, command: str, body: Json) -> bool:
        path = f"/partnerships/{self.partnership}/{command}"
        await person.post("partnerships", path, body, key=f"{command}-{self.partnership[-6:]}")
        return True
