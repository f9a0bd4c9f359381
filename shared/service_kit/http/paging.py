"""Cursor paging: ``?after=&limit=`` gets ``{"items", "next"}``. A cursor stays valid while the list changes."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel, ConfigDict

from coaching_events.ids import StreamId
from service_kit.http.problems import Problem, malformed

T = TypeVar("T")
V = TypeVar("V")

_MARK = "after:"


class Page(BaseModel, Generic[V]):
    """A part of a list. ``next`` is the ``after`` of the next part; null at the end."""

    model_config = ConfigDict(frozen=True)

    items: tuple[V, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Paging:
    """The requested part of a list: at most ``limit`` items after the item with the key ``after``."""

    after: str | None
    limit: int

    def after_stream(self, kind: str) -> StreamId | None:
        """The id after which a list by id continues; raises a 400 problem if it is of another kind."""
        if self.after is None:
            return None
        if not re.fullmatch(rf"{kind}_[!-~]{{1,150}}", self.after):
            raise from_another_list()
        return StreamId(self.after)

    def page(self, found: Sequence[T], key: Callable[[T], str], view: Callable[[T], V]) -> Page[V]:
        """The page of these items, in the order of ``key``. ``found`` has one item more if there is a next page."""
        items, following = self.cut(found, key)
        return Page(items=tuple(view(item) for item in items), next=following)

    def cut(self, found: Sequence[T], key: Callable[[T], str]) -> tuple[list[T], str | None]:
        """The items of the page, and the cursor of the next page if ``found`` has more items."""
        items = [*found[: self.limit]]
        return items, cursor(key(items[-1])) if len(found) > self.limit else None


def cursor(key: str) -> str:
    """An opaque text for a position in a list."""
    return urlsafe_b64encode(f"{_MARK}{key}".encode()).decode().rstrip("=")


def place(text: str) -> str:
    """The key in a cursor; raises a 400 problem if ``cursor`` did not make the text."""
    try:
        padded = text + "=" * (-len(text) % 4)
        key = urlsafe_b64decode(padded).decode().removeprefix(_MARK)
    except (NotBase64, ValueError):
        raise from_another_list() from None
    if cursor(key) != text or "\0" in key:
        raise from_another_list()
    return key


def from_another_list() -> Problem:
    """400: a cursor that is not from this list."""
    return malformed("malformed-cursor", "`after` is not from this list: take it from `next` of the page before.")


async def paging(
    after: Annotated[
        str | None,
        Query(max_length=500, description="`next` of the page before", json_schema_extra={"format": "cursor"}),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="How many items at most")] = 50,
) -> Paging:
    """The dependency that reads both parameters."""
    return Paging(None if after is None else place(after), limit)


AskedPage = Annotated[Paging, Depends(paging)]
"""A parameter of a list's route."""
