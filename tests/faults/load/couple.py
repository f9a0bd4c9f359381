"""Two partners and what they do with each other, one act after another, as dice decide."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from tests.faults.load.crowd import Json, Now, Person
from tests.faults.load.meeting import Meeting, rhythm
from tests.faults.load.together import Together

T = TypeVar("T")


@dataclass
class Session:
    """A session as the two remember it."""

    id: str
    offered_by: Person
    end: datetime
    scheduled: bool = False
    told: list[str] = field(default_factory=list[str])
    moving: Person | None = None
    """Who proposed another time that is not answered."""
    reflected: list[Person] = field(default_factory=list[Person])

    def moved(self, end: str) -> None:
        """Both agreed to another time."""
        self.end = datetime.fromisoformat(end)


@dataclass
class Couple:
    """``soon`` is the time within which what they promise falls due; ``strangers`` have no partner so far."""

    one: Person
    other: Person
    partnership: str
    rng: Random
    now: Now
    soon: timedelta
    check_ins: dict[str, str] = field(default_factory=dict[str, str])
    promises: list[tuple[Person, str]] = field(default_factory=list[tuple[Person, str]])
    asked: list[tuple[Person, str]] = field(default_factory=list[tuple[Person, str]])
    requests: list[tuple[Person, str]] = field(default_factory=list[tuple[Person, str]])
    sessions: list[Session] = field(default_factory=list[Session])
    kept: list[tuple[Person, str]] = field(default_factory=list[tuple[Person, str]])
    strangers: list[Person] = field(default_factory=list[Person])
    checked_in: tuple[Person, str] | None = None
    """Who wrote the last check-in, and for which occasion."""
    together: Together = field(init=False)
    meeting: Meeting = field(init=False)

    def __post_init__(self) -> None:
        self.together, self.meeting = Together(self), Meeting(self)

    async def act(self) -> None:
        """Whatever comes to mind: what they make is used up by later acts."""
        acts: Sequence[tuple[Callable[[], Awaitable[None]], int]] = (
            (self._promise, 30),
            (self._keep, 24),
            (self._ask_for_another_date, 7),
            (self._ask_for_release, 5),
            (self._answer, 10),
            (self._request, 6),
            (self._answer_request, 6),
            (self._check_in, 6),
            (self._offer_session, 6),
            (self._answer_session, 8),
            (self._report, 12),
            (self._new_terms, 4),
            (self._choose, 2),
            (self._take_back, 2),
            (self._try_a_partnership, 2),
            *self.together.acts(),
            *self.meeting.acts(),
        )
        (chosen,) = self.rng.choices([act for act, _ in acts], [weight for _, weight in acts])
        await chosen()

    @property
    def here(self) -> str:
        """Its address in every service."""
        return f"/partnerships/{self.partnership}"

    def other_than(self, person: Person) -> Person:
        """The partner."""
        return self.other if person is self.one else self.one

    def either(self) -> Person:
        """One of the two."""
        return self.rng.choice((self.one, self.other))

    def found(self, session: str, end: datetime, *, scheduled: bool) -> None:
        """A session that a rule began. If it is an offer, either of the two may answer it."""
        self.sessions.append(Session(id=session, offered_by=self.either(), end=end, scheduled=scheduled))

    def _take(self, things: list[T]) -> T | None:
        """One of them, no longer among them; None if there is none."""
        return things.pop(self.rng.randrange(len(things))) if things else None

    async def moment(self, least: float = 0.05) -> str:
        """A moment within the time in which things fall due."""
        return (await self.now() + self.soon * self.rng.uniform(least, 1)).isoformat()

    async def _promise(self) -> None:
        owner = self.either()
        body: Json = {"text": "I do what I said", "due": {"at": await self.moment()}}
        goal = self.together.agreed()
        if goal is not None and self.rng.random() < 0.5:
            body["goal"] = goal
        made = await owner.does("goals", f"{self.here}/commitments", body)
        if made is not None:
            self.promises.append((owner, made["id"]))

    async def _keep(self) -> None:
        if (found := self._take(self.promises)) is None:
            return
        owner, promise = found
        await owner.does("goals", f"/commitments/{promise}/keep")
        self.kept = [*self.kept[-4:], (owner, promise)]

    async def _take_back(self) -> None:
        if (found := self._take(self.kept)) is None:
            return
        owner, promise = found
        if await owner.does("goals", f"/commitments/{promise}/take-back") is not None:
            self.promises.append((owner, promise))

    async def _ask_for_another_date(self) -> None:
        if (found := self._take(self.promises)) is None:
            return
        owner, promise = found
        body = {"due": {"at": await self.moment(0.5)}, "note": "It takes longer"}
        if await owner.does("goals", f"/commitments/{promise}/renegotiate", body) is not None:
            self.asked.append((owner, promise))

    async def _ask_for_release(self) -> None:
        if (found := self._take(self.promises)) is None:
            return
        owner, promise = found
        if await owner.does("goals", f"/commitments/{promise}/release") is not None:
            self.asked.append((owner, promise))

    async def _answer(self) -> None:
        if (found := self._take(self.asked)) is None:
            return
        owner, promise = found
        word = self.rng.choice(("agree", "agree", "decline"))
        if await self.other_than(owner).does("goals", f"/commitments/{promise}/{word}") is not None:
            self.promises.append((owner, promise))

    async def _request(self) -> None:
        asking = self.either()
        body: Json = {"text": "Could you look at it?", "due": {"at": await self.moment(0.3)}}
        asked = await asking.does("goals", f"{self.here}/requests", body)
        if asked is not None:
            self.requests.append((self.other_than(asking), asked["id"]))

    async def _answer_request(self) -> None:
        if (found := self._take(self.requests)) is None:
            return
        owner, promise = found
        word = self.rng.choice(("make", "make", "decline-request"))
        if await owner.does("goals", f"/commitments/{promise}/{word}") is not None and word == "make":
            self.promises.append((owner, promise))

    async def _check_in(self) -> None:
        owner = self.either()
        mine = [promise for person, promise in self.promises if person is owner][:3]
        stream = self.check_ins.get(owner.id)
        if stream is not None:
            body: Json = {"speaks_of": mine, "need": "An hour of quiet"}
            written = await owner.does("goals", f"/check-ins/{stream}/submit", body)
            if written is not None:
                self.checked_in = owner, written["events"][0]["data"]["occasion"]

    async def _offer_session(self) -> None:
        one, start = self.either(), await self.moment()
        offered = await one.does("sessions", f"{self.here}/sessions", {"start": start, "minutes": 5})
        if offered is not None:
            end = datetime.fromisoformat(start) + timedelta(minutes=5)
            self.sessions.append(Session(id=offered["id"], offered_by=one, end=end))
            if self.rng.random() < 0.7:
                await self._answer_session()

    async def _answer_session(self) -> None:
        session = next((each for each in self.sessions if not each.scheduled), None)
        if session is None:
            return
        word = self.rng.choice(("accept", "accept", "accept", "decline"))
        answered = await self.other_than(session.offered_by).does("sessions", f"/sessions/{session.id}/{word}")
        session.scheduled = answered is not None and word == "accept"
        if not session.scheduled:
            self.sessions.remove(session)

    async def _report(self) -> None:
        now = await self.now()
        session = next((each for each in self.sessions if each.scheduled and each.end < now), None)
        if session is None:
            return
        person = self.one if not session.told else self.other
        session.told.append(person.id)
        if session not in self.meeting.past:
            self.meeting.past = [*self.meeting.past[-3:], session]
        body = {"present": self.rng.random() < 0.9, "partner_present": self.rng.choice((True, True, False, None))}
        await person.does(
            "sessions", f"/sessions/{session.id}/report", {k: v for k, v in body.items() if v is not None}
        )
        if len(session.told) == 2 or self.rng.random() < 0.2:
            self.sessions.remove(session)

    async def _new_terms(self) -> None:
        one = self.either()
        terms = self.rng.choice(
            (
                {"reminders": self.rng.randint(1, 4)},
                {"meetings": rhythm(self.rng)},
                {"meetings": self.rng.choice(("none", rhythm(self.rng)))},
            )
        )
        asked = await one.does("partnerships", f"{self.here}/terms", {"terms": terms})
        if asked is None:
            return
        version = asked["events"][-1]["data"]["terms"]["version"]
        word = self.rng.choice(("agree", "reject"))
        await self.other_than(one).does("partnerships", f"{self.here}/terms/{version}/{word}")

    async def _choose(self) -> None:
        opt_ins = self.rng.choice((["heads-up"], []))
        body = {"opt_ins": opt_ins, "ceiling": self.rng.randint(2, 6)}
        await self.either().does("notifications", "/recipients/me", body, method="PUT")

    async def _try_a_partnership(self) -> None:
        """With somebody else, for a while: it is formed, something is promised in it at once, and sometimes it ends."""
        one, stranger = self.either(), self._take(self.strangers)
        if stranger is None:
            return
        asked = await one.does("partnerships", "/partnerships", {"other": stranger.id, "purpose": "To try it"})
        if asked is None:
            return
        here = f"/partnerships/{asked['id']}"
        accepted = await stranger.does("partnerships", f"{here}/accept", {"version": 1})
        if accepted is None:
            return
        body: Json = {"text": "A word a week", "due": {"at": await self.moment()}}
        await stranger.does("goals", f"{here}/commitments", body, after=accepted["position"])
        if self.rng.random() < 0.5:
            await one.does("partnerships", f"{here}/end")
