"""What a person does when they open the application: check in, keep promises, ask, answer, meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from examples.quarter.characters import Character, chance
from examples.quarter.person import Json, Person

DAY = timedelta(days=1)

PROMISES: Sequence[str] = (
    "I send you the draft of the plan",
    "I introduce you to the team in the other building",
    "I read your proposal and say what I think",
    "I free an afternoon for you to learn",
    "I write down what I want to get better at",
    "I ask the customer the question we could not answer",
    "I practise the talk with you",
    "I tell you before I change the priorities",
    "I bring one thing that went wrong and what I learnt",
    "I speak with finance about the budget",
)
REQUESTS: Sequence[str] = (
    "Could you look over my numbers?",
    "Would you come along to the review?",
    "Could you tell me how you decided that?",
    "Would you give me an hour without interruption?",
)


@dataclass(frozen=True)
class Side:
    """One person in one partnership, and how they are in it."""

    partnership: str
    me: Person
    partner: Person
    character: Character

    async def open_the_application(self, now: datetime) -> None:
        """A morning: look at what there is, and do what one does."""
        day = self.me.day(now)
        await self._check_in(now, day)
        await self._look_at_promises(now, day)
        await self._look_at_sessions(now, day)
        if day.weekday() == min(self.character.looks_on):
            await self._begin_something(now, day)

    async def _check_in(self, now: datetime, day: date) -> None:
        mine = next(
            (s for s in await self._list("goals", "check-ins") if s["owner"] == self.me.id and s.get("current")), None
        )
        if mine is None or mine["current"]["status"] != "open":
            return
        occasion = mine["current"]["occasion"]
        if not self.character.does(self.character.checks_in, self.me.external_id, occasion):
            return
        promises = [p["id"] for p in await self._promises("open", "overdue") if p["owner"] == self.me.id]
        body: Json = {
            "occasion": occasion,
            "speaks_of": promises[:5],
            "answers": {"how": "Much as we planned; one thing took longer."},
            "need": "Half an hour to think the next step through.",
        }
        await self.me.post(
            "goals", f"/check-ins/{mine['id']}/submit", body, key=f"check-in-{occasion}-{mine['id'][-6:]}",
            may_be_refused=True,
        )  # fmt: skip

    async def _look_at_promises(self, now: datetime, day: date) -> None:
        for promise in await self._promises("requested", "open", "overdue"):
            if promise["status"] == "requested":
                if promise["owner"] == self.me.id:
                    await self._answer_request(promise)
            elif promise["owner"] == self.me.id:
                await self._live_up_to(promise, now)
            elif promise["proposal"] is not None:
                await self._answer_question(promise)

    async def _answer_request(self, asked: Json) -> None:
        path, tail = f"/commitments/{asked['id']}", asked["id"][-8:]
        if self.me.likely(0.75, "make", asked["id"]):
            await self.me.post("goals", f"{path}/make", {}, key=f"make-{tail}", may_be_refused=True)
        elif self.me.likely(self.character.answers, "decline", asked["id"]):
            note = {"note": "Not this month, I am sorry."}
            await self.me.post("goals", f"{path}/decline-request", note, key=f"no-{tail}", may_be_refused=True)

    async def _live_up_to(self, promise: Json, now: datetime) -> None:
        due = datetime.fromisoformat(promise["due"])
        fate = self.character.fate(promise["id"])
        path, tail = f"/commitments/{promise['id']}", promise["id"][-8:] + promise["due"][:10]
        left = due - now
        if fate == "on time" and left < DAY * 2:
            body = {"kept_at": (now - timedelta(minutes=20)).astimezone(UTC).isoformat()} if left > -DAY else {}
            await self.me.post("goals", f"{path}/keep", body, key=f"keep-{tail}", may_be_refused=True)
        elif (fate == "a little late" and left < -DAY * (1 + round(4 * chance("late", promise["id"])))) or (
            fate == "only when reminded" and left < -DAY * 6
        ):
            await self.me.post("goals", f"{path}/keep", {}, key=f"keep-{tail}", may_be_refused=True)
        elif promise["proposal"] is None and fate == "asks for another date" and timedelta(0) < left < DAY * 2:
            later = {"due": {"on": (self.me.day(due) + DAY * 7).isoformat()}, "note": "The week fills up."}
            await self.me.post("goals", f"{path}/renegotiate", later, key=f"later-{tail}", may_be_refused=True)
        elif promise["proposal"] is None and fate == "asks to let it go" and left < DAY * 3:
            note = {"note": "It turned out that nobody needs it."}
            await self.me.post("goals", f"{path}/release", note, key=f"let-go-{tail}", may_be_refused=True)

    async def _answer_question(self, promise: Json) -> None:
        position = promise["proposal"]["position"]
        if not self.me.likely(self.character.answers, "answer", position):
            return
        yes = self.me.likely(0.85, "agree", position)
        command = "agree" if yes else "decline"
        await self.me.post(
            "goals", f"/commitments/{promise['id']}/{command}", {}, key=f"{command}-{position[-12:]}",
            may_be_refused=True,
        )  # fmt: skip

    async def _look_at_sessions(self, now: datetime, day: date) -> None:
        for session in await self._list("sessions", "sessions", status=["proposed", "scheduled"]):
            path, tail = f"/sessions/{session['id']}", session["id"][-8:]
            if session["status"] == "proposed" and session["proposed_by"] != self.me.id:
                if self.me.likely(self.character.answers, "session", session["id"]):
                    await self.me.post("sessions", f"{path}/accept", {}, key=f"accept-{tail}", may_be_refused=True)
            elif session["status"] == "scheduled" and datetime.fromisoformat(session["end"]) < now:
                if self.me.id in session["reported_by"] or not self.me.likely(0.9, "report", session["id"]):
                    continue
                there = self.me.likely(self.character.shows_up, "there", session["id"])
                body = {"i_was_there": there, "my_partner_was_there": None if not there else True}
                await self.me.post("sessions", f"{path}/report", body, key=f"report-{tail}", may_be_refused=True)

    async def _begin_something(self, now: datetime, day: date) -> None:
        week = f"{day.isocalendar().year}-{day.isocalendar().week}"
        about = (self.partnership, self.me.external_id, week)
        here = f"/partnerships/{self.partnership}"
        tail = f"{self.partnership[-6:]}-{week}"
        if chance("promises", *about) < self.character.promises:
            days = 4 + round(chance("days", *about) * 10)
            due: Json = {"on": (day + DAY * days).isoformat()}
            if chance("instant", *about) < 0.3:
                due = {"at": self.me.at(day + DAY * days, time(16, 30)).astimezone(UTC).isoformat()}
            body = {"text": PROMISES[int(chance("what", *about) * len(PROMISES))], "due": due}
            await self.me.post("goals", f"{here}/commitments", body, key=f"make-{tail}", may_be_refused=True)
        if chance("asks", *about) < self.character.asks:
            due = {"on": (day + DAY * 11).isoformat()}
            body = {"text": REQUESTS[int(chance("ask", *about) * len(REQUESTS))], "due": due}
            await self.me.post("goals", f"{here}/requests", body, key=f"ask-{tail}", may_be_refused=True)
        if chance("meets", *about) < self.character.meets / 2:
            start = self.me.at(day + DAY * 2, time(14, 0)).astimezone(UTC)
            body = {"start": start.isoformat(), "end": (start + timedelta(minutes=45)).isoformat()}
            await self.me.post("sessions", f"{here}/sessions", body, key=f"meet-{tail}", may_be_refused=True)

    async def _promises(self, *status: str) -> list[Json]:
        return await self.me.all("goals", f"/partnerships/{self.partnership}/commitments", status=list(status))

    async def _list(self, service: str, what: str, **query: list[str]) -> list[Json]:
        return await self.me.all(service, f"/partnerships/{self.partnership}/{what}", **query)
