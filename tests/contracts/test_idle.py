"""Whether a service has nothing left to do: work that goes on between two questions must not slip through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from eventlog.stores import Reason
from eventlog.stores.documents import DeadLetterCount, OutstandingWork
from service_kit.http import RequestContext
from service_kit.observability.lag_monitor import LagMonitor
from service_kit.operations.idle import IdleReport, look

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class TriedAgain:
    """A store with a reaction that waits until somebody has asked anything, and then writes its event."""

    written: bool = False
    wake: datetime | None = None

    async def dead_letter_counts(self) -> Mapping[Reason, DeadLetterCount]:
        waiting: Mapping[Reason, DeadLetterCount] = {} if self.written else {"waiting": DeadLetterCount(1, NOON)}
        self.written = True
        return waiting

    async def outstanding(self, now: datetime) -> OutstandingWork:
        due = OutstandingWork(due=0, unpublished=int(self.written))
        self.written = True
        return due

    async def next_wake(self) -> datetime | None:
        return self.wake


class ReadToTheEnd(LagMonitor):
    async def look(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return {"toys-0": 1}, {"toys.reactions": 0}


class NothingLeft(TriedAgain):
    async def dead_letter_counts(self) -> Mapping[Reason, DeadLetterCount]:
        return {}


async def looked_at(store: TriedAgain) -> IdleReport:
    context: Any = SimpleNamespace(store=store, at=NOON)
    return await look(cast(RequestContext, context), ReadToTheEnd("", (), ()))


async def test_a_reaction_that_is_tried_again_meanwhile_is_seen():
    assert not (await looked_at(TriedAgain())).idle


@pytest.mark.parametrize(("wake", "quiet"), [(None, True), (NOON + SECOND, True), (NOON, False)], ids=str)
async def test_where_nothing_is_left_the_next_deadline_is_told_and_may_have_come_meanwhile(
    wake: datetime | None, quiet: bool
):
    told = await looked_at(NothingLeft(wake=wake))
    assert (told.idle, told.next_wake_at) == (quiet, wake)
