"""Sees rows come into a database, by looking for those that are awaited."""

import asyncio
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter
from typing import Any

from coaching_events.ids import StreamId

LOOK_AGAIN = 0.001
"""Seconds between an answer and the next look. A row is seen two looks and these late at most: it may have come just
after the first looked."""
LOOK_FOR = 50
"""Rows that one look asks for: the oldest of those that are awaited."""


@dataclass
class Sight:
    """``rows`` is a collection whose rows are named by their streams. ``looks`` has how long each took, in seconds."""

    rows: Any
    looks: list[float] = field(default_factory=list[float], init=False)
    _awaited: dict[StreamId, asyncio.Future[float]] = field(
        default_factory=dict[StreamId, asyncio.Future[float]], init=False
    )

    async def of(self, stream: StreamId) -> float:
        """The instant at which the row of this stream is seen, by ``perf_counter``."""
        self._awaited[stream] = asyncio.get_running_loop().create_future()
        return await self._awaited[stream]

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            if self._awaited:
                began, asked = perf_counter(), list(islice(self._awaited, LOOK_FOR))
                there = await self.rows.find({"_id": {"$in": asked}}, {"_id": 1}, batch_size=LOOK_FOR + 1).to_list(None)
                found = perf_counter()
                self.looks.append(found - began)
                for row in there:
                    self._awaited.pop(row["_id"]).set_result(found)
