"""The script of two weeks of three pairs: all acts with their moments, in Munich time."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from examples.quarter.person import Json, Person
from examples.quarter.stage import Stage

MUNICH = ZoneInfo("Europe/Berlin")
MARTINA, ANNA, JONAS, KAVYA, SAMEER = "1001", "1002", "1003", "1007", "1008"
CAST = (ANNA, MARTINA, JONAS, KAVYA, SAMEER)


def january(day: int, clock: str = "00:00") -> datetime:
    """A moment of January 2026, in Munich time."""
    return datetime.combine(date(2026, 1, day), time.fromisoformat(clock), MUNICH)


@dataclass
class Script:
    """Plays the two weeks through the public HTTP interface, each person with their own token.

    ``kill`` kills the worker of goals and starts it again. ``pairs`` has the proposed partnerships.
    """

    stage: Stage
    people: Mapping[str, Person]
    kill: Callable[[], Awaitable[None]]
    after_each_scene: Callable[[], Awaitable[None]]

    def __post_init__(self) -> None:
        self.pairs: dict[str, tuple[Person, Person]] = {}
        self._commands = 0

    async def play(self) -> None:
        """From the first proposal on Monday 12 January 2026 to the evening of Friday 23 January."""
        anna, martina, jonas, kavya, sameer = (self.people[one] for one in CAST)

        await self._until(12, "09:00")
        growing = await self._propose(anna, martina, "Anna learns to lead, and Martina learns to let go.")
        speaking = await self._propose(martina, jonas, "Jonas speaks up, and Martina listens longer.")
        await self._until(12, "09:30")
        await self._accept(martina, growing, "Gladly. Tell me when I hold on to things.")
        await self._accept(jonas, speaking)
        await self._until(12, "10:00")
        visit = await self._do(
            anna, "goals", f"/partnerships/{growing}/requests",
            text="Could you take me along to the customer in Augsburg?", due={"on": "2026-01-16"},
        )  # fmt: skip
        await self._until(12, "11:15")
        await self._do(
            martina, "goals", f"/commitments/{visit}/make",
            text="You come along, and you lead the first half hour.", due={"on": "2026-01-15"},
        )  # fmt: skip

        await self._until(12, "13:00")
        leading = await self._do(
            anna, "goals", f"/partnerships/{growing}/goals",
            title="By Easter, Anna leads two customer visits", measures=[_visits("2")],
        )  # fmt: skip

        await self._until(13, "06:00")
        coding = await self._propose(kavya, sameer, "We learn from each other's code.")
        await self._until(13, "07:00")
        await self._accept(sameer, coding)
        await self._until(13, "09:00")
        numbers = await self._do(
            martina, "goals", f"/partnerships/{speaking}/requests",
            text="Would you present the numbers in the big meeting?", due={"on": "2026-01-22"},
        )  # fmt: skip
        await self._until(13, "10:30")
        no = "Not this month. I would like to watch Leyla do it once."
        await self._do(jonas, "goals", f"/commitments/{numbers}/decline-request", note=no)
        await self._until(13, "11:00")
        await self._do(
            martina, "goals", f"/goals/{leading}/counter", revision=1,
            title="By summer, Anna leads four customer visits", measures=[_visits("4")],
            note="Two are over before it gets good.",
        )  # fmt: skip
        await self._until(13, "11:30")
        await self._do(anna, "goals", f"/goals/{leading}/agree", revision=2, note="Four, then. I am a bit afraid.")
        await self._until(13, "13:00")
        agenda = await self._do(
            anna, "goals", f"/partnerships/{growing}/commitments",
            text="I write the agenda for Augsburg.", due={"on": "2026-01-15"}, goal=leading,
        )  # fmt: skip
        await self._until(14, "06:30")
        tests = await self._do(
            sameer, "goals", f"/partnerships/{coding}/commitments",
            text="I show you how I write tests first.", due={"on": "2026-01-19"},
        )  # fmt: skip

        await self._until(15, "10:00")
        await self._check_in(sameer, coding)
        await self._until(15, "14:10")
        await self._do(anna, "goals", f"/commitments/{agenda}/keep", note="One page.")
        await self._check_in(anna, growing, "Half an hour on Monday: my slides for Augsburg are too long.", visit)
        await self._check_in(martina, growing, "Patience. This week was full.")
        await self._check_in(martina, speaking)
        await self._check_in(jonas, speaking)
        await self._until(16, "16:55")
        await self.kill()

        await self._until(19, "08:00")
        ill = {"first": "2026-01-19", "last": "2026-01-20"}
        await self._do(sameer, "partnerships", f"/people/{sameer.id}/absences", **ill)
        await self._until(20, "09:40")
        await self._do(
            martina, "goals", f"/commitments/{visit}/renegotiate",
            due={"on": "2026-01-22"}, note="The customer moved the visit.",
        )  # fmt: skip
        await self._until(20, "10:05")
        await self._do(anna, "goals", f"/commitments/{visit}/agree", note="Good. My slides are short now.")
        await self._until(20, "10:20")
        meeting = await self._do(
            jonas, "sessions", f"/partnerships/{speaking}/sessions",
            start=january(21, "14:00"), minutes=45, title="How are we doing?", note="In the café on the corner.",
        )  # fmt: skip
        await self._until(20, "11:00")
        await self._do(martina, "sessions", f"/sessions/{meeting}/accept")
        await self._until(20, "11:30")
        await self._do(jonas, "sessions", f"/sessions/{meeting}/agenda", text="Who decides when I present?")
        await self._until(21, "07:00")
        await self._do(sameer, "goals", f"/commitments/{tests}/keep", note="Thank you for waiting.")
        review = await self._do(
            kavya, "sessions", f"/partnerships/{coding}/sessions",
            start=january(23, "10:00"), minutes=60, title="Read the cache together",
        )  # fmt: skip
        await self._until(21, "08:00")
        await self._do(sameer, "sessions", f"/sessions/{review}/accept")
        await self._until(21, "15:10")
        (point,) = (await jonas.get("sessions", f"/sessions/{meeting}"))["agenda"]
        await self._do(jonas, "sessions", f"/sessions/{meeting}/agenda/{point['id']}/discussed")
        await self._do(
            martina, "sessions", f"/sessions/{meeting}/follow-ups",
            text="I ask you before I give anybody your name.", owner="me", due={"on": "2026-01-30"},
        )  # fmt: skip
        await self._do(martina, "sessions", f"/sessions/{meeting}/report", present=True, partner_present=True)
        await self._do(jonas, "sessions", f"/sessions/{meeting}/report", present=True, partner_present=True)
        await self._until(22, "08:00")
        await self._do(kavya, "sessions", f"/sessions/{review}/cancel", note="A release went wrong. Monday instead?")
        await self._until(22, "10:00")
        await self._check_in(kavya, coding)
        await self._check_in(sameer, coding)
        await self._until(22, "14:15")
        for person, partnership in ((anna, growing), (martina, growing), (martina, speaking), (jonas, speaking)):
            await self._check_in(person, partnership)
        await self._until(22, "16:30")
        await self._do(martina, "goals", f"/commitments/{visit}/keep", note="You led it. I only carried the coffee.")
        await self._do(
            anna, "goals", f"/goals/{leading}/progress",
            measure=1, value="1", note="My voice was steady after ten minutes.",
        )  # fmt: skip
        await self._until(23, "18:00")

    async def _until(self, day: int, clock: str) -> None:
        await self.stage.settle()
        await self.after_each_scene()
        await self.stage.play_until(january(day, clock))
        await self.after_each_scene()

    async def _propose(self, me: Person, other: Person, purpose: str) -> str:
        terms = {"rhythm": "FREQ=WEEKLY;BYDAY=TH", "local_time": "15:00:00", "show_reliability": True}
        partnership = await self._do(me, "partnerships", "/partnerships", other=other.id, purpose=purpose, terms=terms)
        self.pairs[partnership] = (me, other)
        return partnership

    async def _accept(self, me: Person, partnership: str, note: str | None = None) -> None:
        await self._do(me, "partnerships", f"/partnerships/{partnership}/accept", version=1, note=note)

    async def _check_in(self, me: Person, partnership: str, need: str | None = None, *promises: str) -> None:
        both = await me.get("goals", f"/partnerships/{partnership}/check-ins")
        mine = next(stream["id"] for stream in both if stream["owner"] == me.id)
        await self._do(
            me, "goals", f"/check-ins/{mine}/submit", need=need, we_talked=need is None, speaks_of=list(promises)
        )

    async def _do(self, me: Person, service: str, path: str, **said: object) -> str:
        """One command of one person. Returns the id of its subject."""
        self._commands += 1
        body: Json = {name: _written(value) for name, value in said.items() if value is not None}
        accepted = await me.post(service, path, body, key=f"scene-{self._commands}")
        assert accepted is not None  # no command here may be refused
        stream: str = accepted["id"]
        return stream


def _visits(number: str) -> Json:
    """The measure of Anna's goal."""
    return {"name": "Visits that Anna leads", "unit": "visits", "from_value": "0", "to_value": number}


def _written(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
