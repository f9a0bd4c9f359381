"""Lists sorted by a moment of each thing, such as when it is due: the earliest first, then by id."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from coaching_events.ids import StreamId
from coaching_events.moment import written
from eventlog import Aggregate
from eventlog.commands import CurrentState
from eventlog.stores import Between, Order
from service_kit.http.paging import Paging, from_another_list
from service_kit.http.request_context import RequestContext

S = TypeVar("S")

Where = Mapping[str, Any]
"""Values that a state must have, as ``Store.find`` takes them."""


def within(field: str, start: datetime | None, end: datetime | None) -> Where:
    """The condition that a moment of the state lies from ``start`` on and before ``end``; none without either."""
    if start is None and end is None:
        return {}
    return {field: Between("" if start is None else written(start), None if end is None else written(end))}


async def find_by_moment(
    context: RequestContext,
    aggregate: Aggregate[S, Any, Any],
    wheres: Sequence[Where],
    asked: Paging,
    *,
    field: str,
    moment: Callable[[S], datetime],
) -> tuple[list[CurrentState[S]], str | None]:
    """The page of what meets any of these conditions, and the cursor of the next page (None: there is none).

    ``field`` is the moment's field in the state: stored as a ``Moment``, and the last of an index. Who may see what
    is found is the caller's question. A thing whose moment changes meanwhile may be met twice or be passed over.
    """
    order = Order(field, None if asked.after is None else place_of(asked.after))
    finding = [context.log.find(aggregate, where, order=order, limit=asked.limit + 1) for where in wheres]
    found = {each.stream: each for part in await asyncio.gather(*finding) for each in part}

    def key(each: CurrentState[S]) -> str:
        return f"{written(moment(each.state))} {each.stream}"

    return asked.cut(sorted(found.values(), key=key), key)


def place_of(key: str) -> tuple[str, StreamId]:
    """The moment and what follows it in the key of such a list; raises the 400 problem for any other key."""
    text, _, stream = key.partition(" ")
    try:
        if written(datetime.fromisoformat(text)) == text:
            return text, StreamId(stream)
    except (ValueError, OverflowError):
        pass
    raise from_another_list()
