"""The happening of a pair in the quarter: leave, illness, a pause, other terms, the end."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from examples.quarter.cast import Pair
from examples.quarter.person import Json, Person

DAY = timedelta(days=1)
NOON = time(12, 0)

Act = Callable[[], Awaitable[bool]]
"""An act. Returns whether it sent anything to a service."""


@dataclass(frozen=True)
class Happenings:
    """The happening of one pair, from ``monday`` on. It happens to ``other``, who was asked for the partnership."""

    pair: Pair
    proposer: Person
    other: Person
    partnership: str
    monday: date

    def acts(self) -> Sequence[tuple[datetime, Act]]:
        """The acts of the happening, with their moments."""
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
        """A week without any act."""
        self.other.away.append((self.monday, self.monday + 6 * DAY))
        return False

    async def tell_of_illness(self) -> bool:
        """The week is recorded only after its end: the absence corrects the misses in it."""
        return await self._away(self.monday, self.monday + 6 * DAY)

    async def pause(self) -> bool:
        """Pause the partnership for two weeks."""
        until: Json = {"last": (self.monday + 11 * DAY).isoformat()}
        return await self._post(self.other, "pause", until)

    async def end(self) -> bool:
        """End the partnership, without a reason."""
        return await self._post(self.other, "end", {})

    async def ask_for_terms(self) -> bool:
        """Propose terms with a check-in every second Tuesday."""
        terms = {"rhythm": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "starting": self.monday.isoformat()}
        return await self._post(self.other, "terms", {"terms": terms})

    async def agree_to_terms(self) -> bool:
        """The other accepts the terms."""
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
