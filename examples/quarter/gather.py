"""The answers of the services to the two people of each pair at the end of the quarter."""

import asyncio
from collections import Counter
from collections.abc import Sequence

from examples.quarter.person import Json
from examples.quarter.play import Couple
from examples.quarter.table import Line


async def gather(couples: Sequence[Couple]) -> list[Line]:
    """One line per pair, as its proposer reads it. Each person reads their own inbox."""
    return list(await asyncio.gather(*(_line(couple) for couple in couples)))


async def _line(couple: Couple) -> Line:
    me, here = couple.proposer, f"/partnerships/{couple.partnership}"
    promises = await me.all("goals", f"{here}/commitments")
    partnership = await me.get("partnerships", here)
    inboxes = [(person, await person.all("notifications", "/inbox")) for person in (couple.proposer, couple.other)]
    nudges = [_nudges(inbox, couple.partnership) for _, inbox in inboxes]
    return Line(
        couple=couple,
        promises=promises,
        histories=[await me.get("goals", f"/commitments/{promise['id']}/history") for promise in promises],
        check_ins=await me.get("goals", f"{here}/check-ins"),
        sessions=await me.all("sessions", f"{here}/sessions"),
        reliability=await me.get("goals", f"{here}/reliability"),
        inboxes=inboxes,
        nudges=(len(nudges[0]), len(nudges[1])),
        most_in_a_week=max(_most_in_a_week(of_one) for of_one in nudges),
        budget=partnership["terms"]["reminders"],
    )


def _nudges(inbox: Sequence[Json], partnership: str) -> list[Json]:
    """The reminders that used the budget of this partnership."""
    return [message for message in inbox if any(b["partnership"] == partnership for b in message.get("budgets", ()))]


def _most_in_a_week(nudges: Sequence[Json]) -> int:
    return max(Counter(nudge["week"] for nudge in nudges).values(), default=0)
