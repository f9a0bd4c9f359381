"""A company whose people use the suite: nine processes on real backing services, and a clock that the tests move."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import httpx
from httpx import Response
from pymongo import AsyncMongoClient

from deploy.local import BackingServices
from examples.quarter.stage import Stage
from examples.quarter.suite import SERVICES, LocalSuite
from goals.app import service as goals
from service_kit.authentication.local_issuer import LocalIssuer

PATIENCE = 30.0
"""Seconds within which whatever a test waits for must have come."""
LIFETIME = timedelta(hours=6)
FAR = timedelta(days=300)
"""From today to what a test is not about, so that no test's clock meets it: the first check-in, a due date."""
SECOND = "goals again"
"""Another `goals serve`, over the same database and the other driver."""

ROWS = goals.projection_version
"""The number of the rows in use, of every service that has some."""

Json = dict[str, Any]
Letters = Sequence[EmailMessage]


@dataclass
class Company:
    """``clients`` are HTTP clients by service; ``mail`` is what the mail server has got so far.

    The numbers in logins go on after ``hired``.
    """

    services: BackingServices
    suite: LocalSuite
    issuer: LocalIssuer
    stage: Stage
    prefix: str
    clients: dict[str, httpx.AsyncClient]
    database: AsyncMongoClient[Json]
    mail: Letters
    hired: int = 0

    async def hire(self, *names: str, zone: str = "Europe/Berlin", mail: bool = True) -> list["Somebody"]:
        """People whom HR's roster names, known to every service when this returns. They work Monday to Friday, 9–17."""
        first, self.hired = self.hired + 1, self.hired + len(names)
        people = [self.somebody(f"{name}-{number}") for number, name in enumerate(names, first)]
        lines = [
            f"{each.login},{each.login.partition('-')[0].title()},{zone},{each.login}@example.com" for each in people
        ]
        columns = {"external_id": "id", "login": "id", "display_name": "name", "zone": "zone"}
        shape = {
            "source": self.prefix,
            "login_source": self.issuer.issuer,
            "columns": {**columns, "email": "mail"} if mail else columns,
        }
        body = {"shape": shape, "csv": "\n".join(["id,name,zone,mail", *lines])}
        report = answered(await self.hr().post("partnerships", "/roster", body))
        assert (report["registered"], report["wrong"], report["conflicts"]) == (len(names), [], [])
        await self.stage.settle()
        for somebody in people:
            somebody.id = answered(await somebody.get("partnerships", "/people/me"))["id"]
        return people

    def somebody(self, login: str, *scopes: str) -> "Somebody":
        """Whoever has a token with this subject, known to the directory or not."""
        return Somebody(self, login, self.issuer.token(login, scopes, LIFETIME))

    def hr(self) -> "Somebody":
        """The system that keeps the directory."""
        return self.somebody("hr-export", "hr.directory", "hr.identities")

    async def pair(self, one: "Somebody", other: "Somebody", **terms: Any) -> str:
        """A formed partnership, known to every service when this returns. Its check-ins are far off unless told."""
        partnership = await self.proposal(one, other, **terms)
        answered(await other.post("partnerships", f"/partnerships/{partnership}/accept", {"version": 1}))
        await self.stage.settle()
        return partnership

    async def proposal(self, one: "Somebody", other: "Somebody", **terms: Any) -> str:
        """A partnership that waits for the other's answer."""
        draft = {"starting": str((self.stage.now + FAR).date()), "promise_grace": 1} | terms
        return answered(await one.post("partnerships", "/partnerships", {"other": other.id, "terms": draft}), 201)["id"]

    async def kill_worker(self, service: str) -> None:
        """SIGKILL for the worker of a service."""
        await asyncio.to_thread(self.suite.working[service].kill)

    async def restart_worker(self, service: str) -> None:
        """Start it again; it has caught up when this returns."""
        await asyncio.to_thread(self.suite.working[service].restart)

    async def replace(self, service: str, role: str, own: Mapping[str, str] | None = None) -> None:
        """Stop a process in good order and start another in its place, with settings of its own; it is ready then."""
        servers = self.suite.serving if role == "serve" else self.suite.working
        before = servers[service]
        await asyncio.to_thread(before.stop)
        port = int(before.url.rpartition(":")[2])
        servers[service] = self.suite.process(service.partition(" ")[0], role, port, own)
        await asyncio.to_thread(servers[service].start)

    async def kill_serve(self, service: str) -> None:
        """SIGKILL for the process that answers requests."""
        await asyncio.to_thread(self.suite.serving[service].kill)

    async def restart_serve(self, service: str) -> None:
        """Start it again, at the same address."""
        await asyncio.to_thread(self.suite.serving[service].restart)

    def documents(self, service: str) -> Any:
        """The collection with a service's own streams."""
        return self.database[f"{self.prefix}_{service}"]["streams"]

    def rows(self, service: str, number: int = ROWS) -> Any:
        """The collection with what a service knows of others."""
        return self.database[f"{self.prefix}_{service}"][f"read_models_{number}"]

    async def written(self) -> Mapping[str, Json]:
        """How many streams each service has, and how many events: the same as before where nothing was written."""
        all_of_them: Json = {"_id": None, "streams": {"$sum": 1}, "events": {"$sum": "$version"}}
        found: dict[str, Json] = {}
        for service in SERVICES:
            async for sums in await self.documents(service).aggregate([{"$group": all_of_them}]):
                found[service] = sums
        return found

    def today(self) -> date:
        """The date on the clock."""
        return self.stage.now.date()


@dataclass
class Somebody:
    """A person, or a system, with a token."""

    company: Company
    login: str
    token: str
    id: str = ""

    async def get(self, service: str, path: str, **query: Any) -> Response:
        """Read something."""
        return await self.ask("GET", service, path, params=query)

    async def post(
        self, service: str, path: str, body: Json | None = None, *, key: str | None = None, after: str | None = None
    ) -> Response:
        """Do something; ``key`` is the Idempotency-Key, ``after`` what the service must have heard of."""
        headers = {"Idempotency-Key": key, "After": after}
        given = {name: value for name, value in headers.items() if value is not None}
        return await self.ask("POST", service, path, json=body or {}, headers=given)

    async def ask(self, method: str, service: str, path: str, **request: Any) -> Response:
        """Any request, with this token unless the request brings an Authorization of its own."""
        headers = {"Authorization": f"Bearer {self.token}"} | request.pop("headers", {})
        return await self.company.clients[service].request(method, path, headers=headers, **request)


@dataclass
class Insistent:
    """Sends the same request again until it is answered, and counts what came instead.

    What may be sent again is a 503 that says when (``Retry-After``), and a connection that a killed process cut.
    """

    within: float = PATIENCE
    again: Counter[str] = field(default_factory=Counter[str])

    async def __call__(self, send: Callable[[], Awaitable[Response]]) -> Response:
        """The first answer that is none of these; fails when none has come in time."""
        until = time.monotonic() + self.within
        while True:
            try:
                answer = await send()
            except httpx.TransportError as cut:
                self.again[type(cut).__name__] += 1
                wait = 0.1
            else:
                if answer.status_code != 503:
                    return answer
                problem = answer.json()
                self.again[problem["type"].rpartition(":")[2]] += 1
                wait = float(answer.headers["Retry-After"])
            assert time.monotonic() < until, f"not answered within {self.within} s, but {dict(self.again)}"
            await asyncio.sleep(wait)


def answered(answer: Response, status: int = 200) -> Any:
    """The body of an answer with this status."""
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url} → {answer.text}"
    return answer.json()


def problem_of(answer: Response) -> tuple[int, str]:
    """Status and type of a refusal that is well told."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body = answer.json()
    assert body["status"] == answer.status_code
    assert len(body["detail"]) > 10, "a detail says what to do"
    return answer.status_code, body["type"].removeprefix("urn:tandem:problem:")


async def eventually(what: str, condition: Callable[[], Awaitable[Any]], within: float = PATIENCE) -> Any:
    """The first answer of a condition that is not false or empty; fails when there is none in time."""
    until = time.monotonic() + within
    while not (found := await condition()):
        assert time.monotonic() < until, f"not within {within} s: {what}"
        await asyncio.sleep(0.05)
    return found


async def at_once(requests: Iterable[Awaitable[Response]]) -> list[Response]:
    """The answers to requests that were all under way at the same time."""
    return list(await asyncio.gather(*requests))


def instant(text: str) -> datetime:
    """A moment of an answer."""
    return datetime.fromisoformat(text)
