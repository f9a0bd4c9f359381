"""Whoever accepts a partnership and makes a promise a moment later is never told that it does not exist."""

import asyncio
from collections import Counter
from collections.abc import Iterator

from tests.delivery.company import FAR, Company, Insistent, Somebody, answered

PEOPLE = 100
EACH = 1
"""How many others each of them asks, so that everybody is in two pairs: a mailbox holds a week, not a year."""
TIMES = PEOPLE * EACH
AT_ONCE = 16
KILLED_AFTER = (20, 50, 80)
"""How many have promised when the worker that fills goals' rows is killed once more."""


async def test_accept_and_promise_at_once_a_hundred_times(company: Company):
    people = await company.hire(*(f"friend{number}" for number in range(PEOPLE)), mail=False)
    for somebody in people:  # mails are not what this is about
        answered(await somebody.ask("PUT", "notifications", "/recipients/me", json={"channels": ["inbox"]}))
    insist = Insistent(within=60)
    pairs = ((one, people[(at + step) % PEOPLE]) for step in range(1, EACH + 1) for at, one in enumerate(people))
    drill = Drill(company, pairs, insist)
    async with asyncio.TaskGroup() as group:
        killing = group.create_task(drill.kill_now_and_then())
        await asyncio.wait([group.create_task(drill.meet()) for _ in range(AT_ONCE)])
    assert killing.result() == len(KILLED_AFTER)
    assert drill.answers == {201: TIMES}, "nobody was told that their partnership does not exist"
    # Only what heals itself was ever answered instead, and not without end: the worker was away for some seconds.
    assert set(insist.again) <= {"catching-up"}
    assert sum(insist.again.values()) <= len(KILLED_AFTER) * AT_ONCE * 30
    await company.stage.settle()


class Drill:
    """Pairs that meet, some at a time, while a worker is killed and brought back."""

    def __init__(self, company: Company, pairs: Iterator[tuple[Somebody, Somebody]], insist: Insistent) -> None:
        self.answers: Counter[int] = Counter()
        self._company, self._pairs, self._insist = company, pairs, insist
        self._promised = asyncio.Condition()

    async def meet(self) -> None:
        """Take one pair after another until none is left."""
        for one, other in self._pairs:
            partnership = await self._company.proposal(one, other)
            path = f"/partnerships/{partnership}"
            accepted = answered(await other.post("partnerships", f"{path}/accept", {"version": 1}))
            body = {"text": "A walk", "due": {"on": str(self._company.today() + FAR)}}
            answer = await self._insist(
                lambda who=other, to=path, after=accepted["position"], body=body: who.post(
                    "goals", f"{to}/commitments", body, after=after
                )
            )
            self.answers[answer.status_code] += 1
            async with self._promised:
                self._promised.notify_all()

    async def kill_now_and_then(self) -> int:
        """How often the worker was killed."""
        killed = 0
        for number in KILLED_AFTER:
            async with self._promised:
                await self._promised.wait_for(lambda number=number: sum(self.answers.values()) >= number)
            await self._company.kill_worker("goals")
            await self._company.restart_worker("goals")
            killed += 1
        return killed
