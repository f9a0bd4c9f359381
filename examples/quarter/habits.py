"""The acts of a person who opens the application: check in, keep promises, ask, answer, meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from examples.quarter.characters import Character, Fate, chance
from examples.quarter.person import Json, Person

DAY = timedelta(days=1)

PROMISES: Sequence[str] = (
    "I send you a draft about {topic}",
    "I introduce you to somebody who knows {topic}",
    "I read what you wrote about {topic} and say what I think",
    "I free an afternoon for {topic}",
    "I write down what I want to get better at in {topic}",
    "I ask the customer our open question about {topic}",
    "I practise the talk about {topic} with you",
    "I tell you before I change anything about {topic}",
    "I bring one thing about {topic} that went wrong, and what I learnt",
    "I speak with finance about {topic}",
)
REQUESTS: Sequence[str] = (
    "Could you look over my numbers for {topic}?",
    "Would you come along when {topic} is reviewed?",
    "Could you tell me how you decided about {topic}?",
    "Would you give me an hour for {topic} without interruption?",
)
NEEDS: Sequence[str] = (
    "Half an hour to think about {topic}.", "Your honest opinion about {topic}.", "Nothing this week, thank you.",
    "Patience: {topic} takes longer.", "An introduction, because of {topic}.", "A quiet morning for {topic}.",
)  # fmt: skip
TITLES: Sequence[str] = ("How are we doing?", "About {topic}", "A walk, and {topic}", "What comes next in {topic}?")


@dataclass(frozen=True)
class Side:
    """One person in one partnership, and their character in it."""

    partnership: str
    me: Person
    partner: Person
    character: Character
    topics: tuple[str, ...]

    async def open_the_application(self, now: datetime) -> bool:
        """A morning: read everything, and act. Returns whether anything was done."""
        day, before = self.me.day(now), self.me.said
        await self._check_in()
        await self._look_at_promises(now)
        await self._look_at_sessions(now)
        if day.weekday() == min(self.character.looks_on):
            await self._begin_something(day)
        return self.me.said > before

    async def _check_in(self) -> None:
        both = await self.me.get("goals", f"/partnerships/{self.partnership}/check-ins")
        mine = next((stream for stream in both if stream["owner"] == self.me.id), None)
        if mine is None or mine["current"] is None or mine["current"]["status"] != "opened":
            return
        occasion = mine["current"]["occasion"]
        if not self.me.likely(self.character.checks_in, "check-in", self.partnership, occasion):
            return
        promises = [p["id"] for p in await self._promises("open", "overdue") if p["owner"] == self.me.id]
        body: Json = {"occasion": occasion, "speaks_of": promises[:5], "need": self._said(NEEDS, "need", occasion)}
        key = f"check-in-{occasion}-{mine['id'][-6:]}"
        await self.me.post("goals", f"/check-ins/{mine['id']}/submit", body, key=key, may_be_refused=True)

    async def _look_at_promises(self, now: datetime) -> None:
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
        fate, left = self.character.fate(f"{promise['id']} {promise['due']}"), due - now
        if self._is_done(fate, left, promise["id"]):
            a_moment_ago = (now - timedelta(minutes=20)).astimezone(UTC).isoformat()
            body = {"kept_at": a_moment_ago} if fate == "on time" else {}
            await self._command(promise, "keep", body)
        elif promise["proposal"] is not None:
            return
        elif fate == "asks for another date" and timedelta(0) < left < DAY * 2:
            later = {"on": (self.me.day(due) + DAY * 7).isoformat()}
            await self._command(promise, "renegotiate", {"due": later, "note": "The week fills up."})
        elif fate == "asks to let it go" and left < DAY * 3:
            await self._command(promise, "release", {"note": "It turned out that nobody needs it."})

    def _is_done(self, fate: Fate, left: timedelta, promise: str) -> bool:
        match fate:
            case "on time":
                return left < DAY * 2
            case "a little late":
                return left < -DAY * (1 + round(4 * chance("late", promise)))
            case "only when reminded":
                return left < -DAY * 6
            case "asks for another date" | "asks to let it go" | "never":
                return False

    async def _command(self, promise: Json, command: str, body: Json) -> None:
        key = f"{command}-{promise['id'][-8:]}-{promise['due'][:10]}"
        await self.me.post("goals", f"/commitments/{promise['id']}/{command}", body, key=key, may_be_refused=True)

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

    async def _look_at_sessions(self, now: datetime) -> None:
        for session in await self._sessions("proposed", "scheduled"):
            path, tail = f"/sessions/{session['id']}", session["id"][-8:]
            if session["status"] == "proposed":
                if session["offer"]["by"] != self.me.id and self.me.likely(self.character.answers, "meet", path):
                    await self.me.post("sessions", f"{path}/accept", {}, key=f"accept-{tail}", may_be_refused=True)
            elif datetime.fromisoformat(session["end"]) < now and self._has_more_to_say(session):
                there = self.me.likely(self.character.shows_up, "there", session["id"])
                body: Json = {"present": there, **({"partner_present": True} if there else {})}
                await self.me.post("sessions", f"{path}/report", body, key=f"report-{tail}", may_be_refused=True)

    def _has_more_to_say(self, session: Json) -> bool:
        said = any(report["by"] == self.me.id for report in session["reports"])
        return not said and self.me.likely(0.9, "report", session["id"])

    async def _begin_something(self, day: date) -> None:
        week = f"{day.isocalendar().year}-{day.isocalendar().week}"
        about = (self.partnership, self.me.external_id, week)
        here = f"/partnerships/{self.partnership}"
        tail = f"{self.partnership[-6:]}-{week}"
        if chance("promises", *about) < self.character.promises:
            days = 4 + round(chance("days", *about) * 10)
            due: Json = {"on": (day + DAY * days).isoformat()}
            if chance("instant", *about) < 0.3:
                due = {"at": self.me.at(day + DAY * days, time(16, 30)).astimezone(UTC).isoformat()}
            body = {"text": self._said(PROMISES, "what", *about), "due": due}
            await self.me.post("goals", f"{here}/commitments", body, key=f"make-{tail}", may_be_refused=True)
        if chance("asks", *about) < self.character.asks:
            due = {"on": (day + DAY * 11).isoformat()}
            body = {"text": self._said(REQUESTS, "ask", *about), "due": due}
            await self.me.post("goals", f"{here}/requests", body, key=f"ask-{tail}", may_be_refused=True)
        if chance("meets", *about) < self.character.meets:
            start = self.me.at(day + DAY * 8, time(14, 0)).astimezone(UTC)
            body = {"start": start.isoformat(), "minutes": 45, "title": self._said(TITLES, "title", *about)}
            await self.me.post("sessions", f"{here}/sessions", body, key=f"meet-{tail}", may_be_refused=True)

    def _said(self, sentences: Sequence[str], *about: str) -> str:
        """One of these sentences, about one of the subjects of this pair. It is the same in every run."""
        sentence = sentences[int(chance("sentence", *about) * len(sentences))]
        return sentence.format(topic=self.topics[int(chance("topic", *about) * len(self.topics))])

    async def _promises(self, *status: str) -> list[Json]:
        return await self.me.all("goals", f"/partnerships/{self.partnership}/commitments", status=list(status))

    async def _sessions(self, *status: str) -> list[Json]:
        return await self.me.all("sessions", f"/partnerships/{self.partnership}/sessions", status=list(status))
