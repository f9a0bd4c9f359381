"""Whether a service has nothing left to do: work that goes on between two questions must not slip through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from eventlog.store import Due, Reason, SetAside
from service_kit.asking import Ask
from service_kit.quiet import Quiet, look
from service_kit.watch import Watch

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass
class TriedAgain:
    """A store with a reaction that waits until somebody has asked anything, and then writes its event."""

    written: bool = False
    wake: datetime | None = None

    async def set_aside_by_reason(self) -> Mapping[Reason, SetAside]:
        waiting: Mapping[Reason, SetAside] = {} if self.written else {"waiting": SetAside(1, NOON)}
        self.written = True
        return waiting

    async def look(self, now: datetime) -> Due:
        due = Due(due=0, unpublished=int(self.written))
        self.written = True
        return due

    async def next_wake(self) -> datetime | None:
        return self.wake


class ReadToTheEnd(Watch):
    async def look(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return {"toys-0": 1}, {"toys.reactions": 0}


class NothingLeft(TriedAgain):
    async def set_aside_by_reason(self) -> Mapping[Reason, SetAside]:
        return {}


async def looked_at(store: TriedAgain) -> Quiet:
    ask: Any = SimpleNamespace(running=SimpleNamespace(store=store), at=NOON)
    return await look(cast(Ask, ask), ReadToTheEnd("", (), ()))


async def test_a_reaction_that_is_tried_again_meanwhile_is_seen():
    assert not (await looked_at(TriedAgain())).quiet


@pytest.mark.parametrize(("wake", "quiet"), [(None, True), (NOON + SECOND, True), (NOON, False)], ids=str)
async def test_where_nothing_is_left_the_next_deadline_is_told_and_may_have_come_meanwhile(
    wake: datetime | None, quiet: bool
):
    told = await looked_at(NothingLeft(wake=wake))
    assert (told.quiet, told.next_wake_at) == (quiet, wake)
