"""What two partners do with their sessions: those of the meeting rhythm, follow-ups, and looking back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING, Final

from tests.faults.load.crowd import Json, Person

if TYPE_CHECKING:
    from tests.faults.load.couple import Couple, Session

RHYTHMS: Final = ("FREQ=DAILY", "FREQ=WEEKLY;BYDAY=TU,WE,TH,SA", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE,SU")
"""Some of their dates are at weekends: then the rhythm offers a time."""
MANY: Final = 6
"""Requests at once, one more than may be open in one direction."""


def rhythm(rng: Random) -> Json:
    """A meeting rhythm for the terms, with a start in the middle of the working day."""
    local_time = f"{10 + rng.randrange(7):02}:{rng.randrange(60):02}"
    return {"rhythm": rng.choice(RHYTHMS), "local_time": local_time, "minutes": 15, "place": "Room 1"}


@dataclass
class Meeting:
    """The acts of a couple around sessions. ``past`` are sessions that were over when one of the two reported.

    ``known`` are the sessions of the rhythm, and the follow-ups in goals, that the two have found in their lists.
    """

    couple: "Couple"
    past: "list[Session]" = field(default_factory=list)  # pyright: ignore[reportUnknownVariableType]
    known: set[str] = field(default_factory=set[str])

    def acts(self) -> Sequence[tuple[Callable[[], Awaitable[None]], int]]:
        """Each act with its weight."""
        return (
            (self._find_the_next, 8),
            (self._cancel, 4),
            (self._agree_on_follow_ups, 8),
            (self._find_follow_ups, 4),
            (self._look_back, 12),
        )

    async def _find_the_next(self) -> None:
        """Find the next session of the rhythm, which may not have begun yet."""
        one = self.couple.either()
        found = (await one.get("sessions", f"{self.couple.here}/meetings")).get("session")
        if found is None or found in self.known:
            return
        asked = f"{self.couple.here}/sessions?status=proposed&status=scheduled"
        for each in (await one.get("sessions", asked)).get("items", ()):
            if each["id"] == found:
                self.known.add(found)
                self.couple.found(found, datetime.fromisoformat(each["end"]), scheduled=each["status"] == "scheduled")

    async def _cancel(self) -> None:
        session = next((each for each in self.couple.sessions if each.scheduled), None)
        if session is not None:
            path = f"/sessions/{session.id}/cancel"
            if await self.couple.either().does("sessions", path, {"note": "Another week"}) is not None:
                self.couple.sessions.remove(session)

    async def _agree_on_follow_ups(self) -> None:
        """One of them records what one of the two does; sometimes more than the other can be asked for."""
        agreed = [*self.past, *(each for each in self.couple.sessions if each.scheduled)]
        if not agreed:
            return
        session, by, rng = self.couple.rng.choice(agreed), self.couple.either(), self.couple.rng
        owner, times = rng.choice((("me", 1), ("me", 1), ("partner", 1), ("partner", MANY)))
        for _ in range(times):
            body: Json = {"text": "Send the notes", "owner": owner, "due": {"at": await self.couple.moment(0.3)}}
            await by.does("sessions", f"/sessions/{session.id}/follow-ups", body)

    async def _find_follow_ups(self) -> None:
        """What became of them by now is a promise or a request like any other."""
        one = self.couple.either()
        asked = f"{self.couple.here}/commitments?status=open&status=requested"
        for each in (await one.get("goals", asked)).get("items", ()):
            if each.get("session") is None or each["id"] in self.known:
                continue
            self.known.add(each["id"])
            owner = self.couple.one if each["owner"] == self.couple.one.id else self.couple.other
            of_this_kind = self.couple.promises if each["status"] == "open" else self.couple.requests
            of_this_kind.append((owner, each["id"]))

    async def _look_back(self) -> None:
        """One writes how it was; then the other must not see it before they have written, too."""
        session = next((each for each in self.past if len(each.reflected) < 2), None)
        if session is None:
            return
        by = self.couple.either() if not session.reflected else self.couple.other_than(session.reflected[0])
        crowd, rng = self.couple.one.crowd, self.couple.rng
        words = crowd.next_sealed()
        body: Json = {"heard": rng.randint(1, 5), "useful": rng.randint(1, 5), "line": words}
        if await by.does("sessions", f"/sessions/{session.id}/reflection", body) is None:
            self.past.remove(session)
            return
        session.reflected.append(by)
        await self._is_sealed(session, self.couple.other_than(by))

    async def _is_sealed(self, session: "Session", reader: Person) -> None:
        seen = (await reader.get("sessions", f"/sessions/{session.id}")).get("reflections")
        if seen is None:
            return
        if (seen.get("your_partners") is not None) != seen["opened"] or (seen["opened"] and len(session.reflected) < 2):
            reader.crowd.strange.append(f"{reader.id} saw a reflection of {session.id} before both had written")
