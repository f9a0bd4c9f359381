"""Whether a service has nothing left to do: work that goes on between two questions must not slip through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from eventlog.store import Due, Reason, SetAside
from service_kit.asking import Ask
from service_kit.quiet import look
from service_kit.watch import Watch

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class TriedAgain:
    """A store with a reaction that waits until somebody has asked anything, and then writes its event."""

    written: bool = False

    async def set_aside_by_reason(self) -> Mapping[Reason, SetAside]:
        waiting: Mapping[Reason, SetAside] = {} if self.written else {"waiting": SetAside(1, NOON)}
        self.written = True
        return waiting

    async def look(self, now: datetime) -> Due:
        due = Due(due=0, unpublished=int(self.written))
        self.written = True
        return due

    async def next_wake(self) -> datetime | None:
        return NOON


class ReadToTheEnd(Watch):
    async def look(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return {"toys-0": 1}, {"toys.reactions": 0}


async def test_a_reaction_that_is_tried_again_meanwhile_is_seen():
    ask: Any = SimpleNamespace(running=SimpleNamespace(store=TriedAgain()), at=NOON)
    assert not (await look(cast(Ask, ask), ReadToTheEnd("", (), ()))).quiet
