"""Notifications cannot fold one promise. Every other reminder comes, and once it is mended this promise's too."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from coaching_events.ids import StreamId
from tests.faults.load.crowd import Json, Person
from tests.faults.load.people import register
from tests.faults.scene import Scene

LOGINS = ("anna", "ben", "carla", "dora", "emil")
PAIRS = (("anna", "ben"), ("anna", "carla"), ("dora", "emil"))
TERMS: Mapping[str, Any] = {
    "rhythm": "FREQ=MONTHLY;BYMONTHDAY=1",
    "promise_grace": 0,
    "reminders": 5,
    "local_time": "16:00",
}
EACH = 2
"""Promises that each makes in each of their partnerships."""
DAYS = 10
"""Within so many days of the suite's time both steps of the ladder have left: 1 and 3 working days after the miss."""
HEADS_UP, FIRST, SECOND = 0, 1, 2

Step = tuple[StreamId, int]
"""A promise and a step of its ladder."""


async def stuck(scene: Scene, seconds: float) -> None:
    """Under load notifications gets stuck with one promise; what comes of it is counted when the load is over."""
    people = {person.login: person for person in await register(scene.crowd, scene.issuer, LOGINS)}
    company = _Company(scene, people, _day_of_the_misses(scene.drill_clock.at))
    for one, other in PAIRS:
        await company.pair(people[one], people[other])
    broken = company.promises["anna"][0]
    await company.all_planned(broken)
    scene.stuck.add(broken)
    await _restart(scene, {"cannot_fold": [broken]})
    await people["anna"].does("goals", f"/commitments/{broken}/keep")
    await people["anna"].does("goals", f"/commitments/{broken}/take-back")
    scene.afterwards.append(lambda: _count(scene, company, broken))
    await asyncio.sleep(seconds)


async def _count(scene: Scene, company: "_Company", broken: StreamId) -> None:
    others = company.due_but(broken)
    came = await company.wait_for(others)
    _compare(scene, "while one promise was stuck", came, others)
    letter = await scene.database[f"{scene.prefix}_notifications"]["dead_letters"].find_one(
        {"handler": "notifications.projections", "reason": "failed", "stream": broken}
    )
    waited = await company.times_waited(broken)
    scene.notes.append(f"what was planned about the stuck promise waited {waited} times for an hour")
    if letter is None or not waited:
        scene.shortcomings.append(f"notifications was never stuck with {broken}")
        return
    await _restart(scene, None)
    status, said, wrong = await scene.pool.command("notifications", "dead-letters", "replay", letter["_id"])
    scene.notes.append(f"replayed: {said}")
    if status:
        scene.crowd.strange.append(f"dead-letters replay ended with {status}: {wrong[-500:]}")
    scene.stuck.discard(broken)
    everything = others + Counter({(broken, FIRST): 1, (broken, SECOND): 1})
    _compare(scene, "after it was mended", await company.wait_for(everything), everything)


def _compare(scene: Scene, when: str, came: Counter[Step], expected: Counter[Step]) -> None:
    """Note how many reminders there were, and report each that is missing, or that nobody was to get."""
    scene.notes.append(f"reminders {when}: {came.total()} of {expected.total()}")
    for wrong, counted in (("did not come", expected - came), ("came, and should not have", came - expected)):
        scene.crowd.strange += [f"{when}, step {step} about {promise} {wrong}" for promise, step in counted]


async def _restart(scene: Scene, fault: Mapping[str, Any] | None) -> None:
    """All workers of notifications in good order, with this fault in them or none."""
    workers = scene.pool.of("notifications", "work")
    scene.away.add("notifications")
    for worker in workers:
        worker.fault = None if fault is None else dict(fault)
        await scene.pool.stop(worker)
        await scene.pool.start(worker)
    await scene.pool.ready(workers)
    scene.away.discard("notifications")


def _day_of_the_misses(now: datetime) -> datetime:
    """Noon (UTC) of the second weekday after today, so that the morning of the first one is still to come."""
    day = now.date()
    for _ in range(2):
        day += timedelta(days=3 if day.weekday() == 4 else 2 if day.weekday() == 5 else 1)
    return datetime.combine(day, time(12), now.tzinfo)


@dataclass
class _Company:
    """People of the drill's own, with terms that let every reminder leave, and who keep nothing."""

    scene: Scene
    people: Mapping[str, Person]
    due: datetime
    promises: dict[str, list[StreamId]] = field(default_factory=dict[str, list[StreamId]])

    async def pair(self, one: Person, other: Person) -> None:
        """Form a partnership in which each promises some things, and wants a word before they are due.

        The two have been a pair before: the reminders of a new pair wait twice as long.
        """
        before = await self._formed(one, other)
        await one.does("partnerships", f"/partnerships/{before['id']}/end")
        formed = await self._formed(one, other)
        for person in (one, other):
            body = {"opt_ins": ["heads-up"], "ceiling": 20}
            await person.does("notifications", "/recipients/me", body, method="PUT")
            for number in range(EACH):
                said = {"text": f"The report, part {number}", "due": {"at": self.due.isoformat()}}
                here = f"/partnerships/{formed['id']}/commitments"
                made = await person.does("goals", here, said, after=formed["position"])
                assert made is not None, self.scene.crowd.refused
                self.promises.setdefault(person.login, []).append(StreamId(made["id"]))

    async def _formed(self, one: Person, other: Person) -> Json:
        asked = await one.does("partnerships", "/partnerships", {"other": other.id, "terms": TERMS})
        assert asked is not None, self.scene.crowd.refused
        formed = await other.does("partnerships", f"/partnerships/{asked['id']}/accept", {"version": 1})
        assert formed is not None, self.scene.crowd.refused
        return formed

    def due_but(self, broken: StreamId) -> Counter[Step]:
        """Each step of each promise once, but for the broken one."""
        steps = (HEADS_UP, FIRST, SECOND)
        return Counter(
            (each, step) for own in self.promises.values() for each in own for step in steps if each != broken
        )

    async def all_planned(self, promise: StreamId) -> None:
        """Wait until notifications plans to speak of a promise."""
        kept = self.scene.database[f"{self.scene.prefix}_notifications"]["streams"]
        for _ in range(600):
            if await kept.find_one({"state.subjects": promise}):
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"notifications has planned nothing about {promise}")

    async def times_waited(self, promise: StreamId) -> int:
        """How often an entry was put off as nobody knew whether it is still needed."""
        kept = self.scene.database[f"{self.scene.prefix}_notifications"]["streams"]
        boxes = await kept.find({"history.type": "nudge-deferred"}, {"history": 1}).to_list(None)
        data = (json.loads(entry["data"]) for box in boxes for entry in box["history"])
        return sum(each.get("awaits") == promise for each in data)

    async def wait_for(self, expected: Counter[Step]) -> Counter[Step]:
        """Let the days go by until all of this is in the inboxes: what is in them then, of everybody's promises."""
        came = await self._came()
        for _ in range(DAYS):
            if came >= expected:
                break
            await self.scene.goes_on_until(self.scene.drill_clock.at + timedelta(days=1))
            came = await self._came()
        return came

    async def _came(self) -> Counter[Step]:
        inboxes = await asyncio.gather(*(self._inbox(person) for person in self.people.values()))
        return Counter(step for steps in inboxes for step in steps)

    async def _inbox(self, person: Person) -> Sequence[Step]:
        """The reminders in a person's inbox that speak of promises of their own."""
        page = await person.get("notifications", "/inbox?limit=200")
        entries = [entry for message in page["items"] for entry in message["entries"]]
        own = self.promises[person.login]
        return [
            (each["subject"], each["step"]) for each in entries if each["subject"] in own and each["step"] is not None
        ]
