"""A person of the play, with their own token. They use the public HTTP interface."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from examples.quarter.characters import chance

Json = dict[str, Any]

REMEMBERED = 6
"""Positions that a person sends along, so that other services wait for these events before they answer."""


class Unexpected(Exception):
    """A service gave an answer that the play did not expect."""


@dataclass
class Person:
    """``login`` is theirs at the token issuer; ``services`` are HTTP clients.

    ``away`` are the local dates without any act; ``said`` counts accepted commands.
    """

    external_id: str
    name: str
    login: str
    zone: str
    token: str
    services: Mapping[str, httpx.AsyncClient]
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    id: str = ""
    said: int = 0
    away: list[tuple[date, date]] = field(default_factory=list[tuple[date, date]])
    _seen: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def first_name(self) -> str:
        """The first name."""
        return self.name.split()[0]

    def day(self, instant: datetime) -> date:
        """The date in their calendar."""
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def at(self, day: date, clock: time) -> datetime:
        """A local time of theirs, as an instant."""
        return datetime.combine(day, clock, ZoneInfo(self.zone))

    def is_in(self, day: date) -> bool:
        """Whether they are at work and not absent."""
        return day.weekday() in self.weekdays and not any(first <= day <= last for first, last in self.away)

    async def get(self, service: str, path: str, **query: Any) -> Any:
        """Read a resource."""
        answer = await self._ask(service, "GET", path, params=query, headers=self._headers(service))
        if answer.status_code != 200:
            raise Unexpected(f"{self.name}: GET {service}{path} → {answer.status_code} {answer.text[:500]}")
        return answer.json()

    async def all(self, service: str, path: str, **query: Any) -> list[Json]:
        """Every item of a list, page by page."""
        items: list[Json] = []
        after: str | None = None
        while True:
            page = await self.get(service, path, **query, limit=200, **({"after": after} if after else {}))
            items += page["items"]
            after = page.get("next")
            if after is None:
                return items

    async def post(
        self, service: str, path: str, body: Json | None = None, *, key: str, may_be_refused: bool = False
    ) -> Json | None:
        """Send a command. None if a rule refused it and ``may_be_refused``. ``key`` makes a repetition harmless."""
        headers = self._headers(service) | {"Idempotency-Key": f"{self.external_id}-{key}"}
        answer = await self._ask(service, "POST", path, json=body or {}, headers=headers)
        if answer.status_code == 409 and may_be_refused:
            return None
        if answer.status_code not in (200, 201):
            raise Unexpected(f"{self.name}: POST {service}{path} → {answer.status_code} {answer.text[:500]}")
        accepted: Json = answer.json()
        self.said += 1
        self.remember(accepted["position"])
        return accepted

    async def _ask(self, service: str, method: str, path: str, **request: Any) -> httpx.Response:
        """Send the request, and wait and repeat it on 429: the play sends in a second what people send in weeks."""
        while True:
            answer = await self.services[service].request(method, path, **request)
            if answer.status_code != 429:
                return answer
            await asyncio.sleep(float(answer.headers["Retry-After"]))

    def remember(self, position: str) -> None:
        """Remember an event, and expect every service to know it, too."""
        stream = position.partition("@")[0]
        self._seen.pop(stream, None)
        self._seen[stream] = position

    def likely(self, share: float, *about: str) -> bool:
        """Whether they do an act with this frequency. It is the same in every run."""
        return chance(self.external_id, *about) < share

    def _headers(self, service: str) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.token}"}
        recent = list(self._seen.values())[-REMEMBERED:]
        return headers | {"After": ", ".join(recent)} if recent else headers
