"""What two partners do beside promises: goals, the content of sessions, other times, thanks, and check-in replies."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tests.faults.load.crowd import Json, Person

if TYPE_CHECKING:
    from tests.faults.load.couple import Couple

MOST_GOALS: Final = 4


@dataclass
class Goal:
    """A goal as the two remember it: the revision, who said the last word, and where it stands."""

    id: str
    last: Person
    revision: int = 1
    status: str = "proposed"


@dataclass
class Together:
    """The goals of a couple, and the acts on them."""

    couple: "Couple"
    goals: list[Goal] = field(default_factory=list[Goal])

    def agreed(self) -> str | None:
        """A goal that a promise may name."""
        found = [each.id for each in self.goals if each.status == "agreed"]
        return self.couple.rng.choice(found) if found else None

    def acts(self) -> Sequence[tuple[Callable[[], Awaitable[None]], int]]:
        """Each act with its weight."""
        return (
            (self._propose, 4),
            (self._answer, 8),
            (self._progress, 5),
            (self._close, 3),
            (self._reopen, 1),
            (self._thank, 3),
            (self._clean_slate, 1),
            (self._reply, 2),
            (self._revise, 1),
            (self._agenda, 4),
            (self._place, 1),
            (self._move, 5),
            (self._answer_move, 6),
        )

    async def _propose(self) -> None:
        if len(self.goals) >= MOST_GOALS:
            return
        one = self.couple.either()
        measure = {"name": "Days to an answer", "unit": "days", "from_value": "5", "to_value": "1"}
        body: Json = {"title": "Answer within a day", "measures": [measure]}
        made = await one.does("goals", f"{self.couple.here}/goals", body)
        if made is not None:
            self.goals.append(Goal(id=made["id"], last=one))

    def _one(self, *statuses: str) -> Goal | None:
        found = [each for each in self.goals if each.status in statuses]
        return self.couple.rng.choice(found) if found else None

    async def _answer(self) -> None:
        goal = self._one("proposed", "closing")
        if goal is None:
            return
        if goal.status == "closing":
            word = self.couple.rng.choice(("confirm-closing", "decline-closing"))
            status, body = ("closed" if word == "confirm-closing" else "agreed"), Json()
        else:
            word = self.couple.rng.choice(("agree", "agree", "agree", "counter", "counter", "decline"))
            status = {"agree": "agreed", "decline": "over", "counter": "proposed"}[word]
            body = {"counter": {"revision": goal.revision, "title": "Answer within two days"}, "decline": Json()}.get(
                word, {"revision": goal.revision}
            )
        one = self.couple.other_than(goal.last)
        answered = await one.does("goals", f"/goals/{goal.id}/{word}", body)
        if answered is None or status == "over":
            self.goals.remove(goal)
            return
        goal.revision += word == "counter"
        goal.last, goal.status = one, status

    async def _progress(self) -> None:
        goal = self._one("agreed", "closing")
        if goal is not None:
            body: Json = self.couple.rng.choice(({"note": "Half the way"}, {"note": "One more week"}))
            await self.couple.either().does("goals", f"/goals/{goal.id}/progress", body)

    async def _close(self) -> None:
        goal = self._one("agreed")
        if goal is None:
            return
        one, outcome = self.couple.either(), self.couple.rng.choice(("achieved", "released"))
        if await one.does("goals", f"/goals/{goal.id}/close", {"outcome": outcome}) is not None:
            goal.last, goal.status = one, "closing"

    async def _reopen(self) -> None:
        goal = self._one("closed")
        if goal is not None:
            again = await self.couple.either().does("goals", f"/goals/{goal.id}/reopen")
            self.goals.remove(goal)
            if again is not None:
                self.goals.append(Goal(id=goal.id, last=goal.last, revision=goal.revision, status="agreed"))

    async def _thank(self) -> None:
        if self.couple.kept:
            owner, promise = self.couple.rng.choice(self.couple.kept)
            note = {"note": "That helped"}
            await self.couple.other_than(owner).does("goals", f"/commitments/{promise}/thank", note)

    async def _clean_slate(self) -> None:
        if self.couple.kept:
            owner, promise = self.couple.rng.choice(self.couple.kept)
            await self.couple.other_than(owner).does("goals", f"/commitments/{promise}/clean-slate")

    async def _reply(self) -> None:
        if self.couple.checked_in is not None:
            owner, occasion = self.couple.checked_in
            stream = self.couple.check_ins[owner.id]
            body: Json = {"occasion": occasion, "text": "Friday is good"}
            await self.couple.other_than(owner).does("goals", f"/check-ins/{stream}/answer", body)

    async def _revise(self) -> None:
        if self.couple.checked_in is not None:
            owner, occasion = self.couple.checked_in
            stream = self.couple.check_ins[owner.id]
            await owner.does("goals", f"/check-ins/{stream}/revise", {"occasion": occasion, "need": "Two hours"})

    async def _agenda(self) -> None:
        session = next((each for each in self.couple.sessions if each.scheduled), None)
        if session is not None:
            body: Json = {"text": "The launch"}
            await self.couple.either().does("sessions", f"/sessions/{session.id}/agenda", body)

    async def _place(self) -> None:
        session = next((each for each in self.couple.sessions if each.scheduled), None)
        if session is not None:
            await self.couple.either().does("sessions", f"/sessions/{session.id}/place", {"place": "Room 2"})

    async def _move(self) -> None:
        session = next((each for each in self.couple.sessions if each.scheduled and each.moving is None), None)
        if session is not None:
            one, start = self.couple.either(), await self.couple.moment()
            if await one.does("sessions", f"/sessions/{session.id}/reschedule", {"start": start}) is not None:
                session.moving = one

    async def _answer_move(self) -> None:
        session = next((each for each in self.couple.sessions if each.moving is not None), None)
        if session is not None and session.moving is not None:
            word = self.couple.rng.choice(("accept", "decline"))
            answered = await self.couple.other_than(session.moving).does("sessions", f"/sessions/{session.id}/{word}")
            session.moving = None
            if answered is not None and word == "accept":
                session.moved(answered["events"][0]["data"]["end"])
