"""Lists sorted by a time, for example the due date: the earliest first, then by id."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from coaching_events.ids import StreamId
from coaching_events.moment import written
from eventlog import Aggregate
from eventlog.commands import CurrentState
from eventlog.stores import Between, Order, Where
from service_kit.http.paging import Paging, from_another_list
from service_kit.http.request_context import RequestContext

S = TypeVar("S")


def within(field: str, start: datetime | None, end: datetime | None) -> Where:
    """The condition that a time of the state is not before ``start`` and before ``end``; empty without both."""
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
    """The page of all that meets one of these conditions, and the cursor of the next page (None: there is none).

    ``field`` is the time's field in the state: stored as a ``Moment``, and the last field of an index. The conditions
    must limit the result to what the caller may see. If a time changes between two pages, its item may occur twice or
    not at all.
    """
    order = Order(field, None if asked.after is None else place_of(asked.after))
    finding = [context.log.find(aggregate, where, order=order, limit=asked.limit + 1) for where in wheres]
    found = {each.stream: each for part in await asyncio.gather(*finding) for each in part}

    def key(each: CurrentState[S]) -> str:
        return f"{written(moment(each.state))} {each.stream}"

    return asked.cut(sorted(found.values(), key=key), key)


def place_of(key: str) -> tuple[str, StreamId]:
    """The time and the id in the key of such a list; raises the 400 problem for any other key."""
    text, _, stream = key.partition(" ")
    try:
        if written(datetime.fromisoformat(text)) == text:
            return text, StreamId(stream)
    except (ValueError, OverflowError):
        pass
    raise from_another_list()
