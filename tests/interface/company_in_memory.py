"""A small company on all four services in memory: people who are asked for by name, and what they share."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from httpx import ASGITransport, AsyncClient, Response

from coaching_events.ids import PersonId
from tests.faults.in_memory import Standing, SuiteInMemory
from tests.rules.partnerships.people import moment

START = moment("2026-03-02T09:00Z")
"""A Monday, at work in Berlin."""

Json = dict[str, Any]


@dataclass
class CompanyInMemory:
    """All four services, a clock that stands, and who has been hired so far."""

    suite: SuiteInMemory
    people: dict[str, PersonId] = field(default_factory=dict[str, PersonId])
    asked: int = 0

    async def hire(self, *names: str) -> None:
        """People in Berlin who work Monday to Friday, known to every service when this returns."""
        for name in names:
            new = {
                "source": self.suite.issuer.issuer,
                "external_id": name,
                "display_name": name.title(),
                "zone": "Europe/Berlin",
                "email": f"{name}@example.com",
            }
            answer = await self.ask("hr", "POST", "partnerships", "/people", new, scopes=("hr.directory",))
            self.people[name] = answered(answer, 201)["id"]
        await self.suite.settles()

    async def pair(self, one: str, other: str, **terms: Any) -> str:
        """A partnership of two, formed and known to every service."""
        partnership = await self.proposal(one, other, **terms)
        await self.post(other, "partnerships", f"/partnerships/{partnership}/accept", {"version": 1})
        return partnership

    async def proposal(self, one: str, other: str, **terms: Any) -> str:
        body = {"other": self.people[other], "terms": terms, "purpose": f"{one} and {other}"}
        return (await self.post(one, "partnerships", "/partnerships", body))["id"]

    async def promise(self, name: str, partnership: str, text: str, due: str, *, ask: bool = False) -> str:
        """Somebody promises something, or asks their partner for it (``ask``)."""
        what = "requests" if ask else "commitments"
        body = {"text": text, "due": {"at": due}}
        return (await self.post(name, "goals", f"/partnerships/{partnership}/{what}", body))["id"]

    async def goal(self, name: str, partnership: str, title: str = "Answer sooner", **more: Any) -> str:
        """Somebody proposes a goal with one measure."""
        measure = {"name": "Answer time", "unit": "hours", "from_value": "52", "to_value": "24"}
        body = {"title": title, "measures": [measure], **more}
        return (await self.post(name, "goals", f"/partnerships/{partnership}/goals", body))["id"]

    async def session(self, name: str, partnership: str, start: str, title: str = "Talk") -> str:
        body = {"start": start, "minutes": 30, "title": title}
        return (await self.post(name, "sessions", f"/partnerships/{partnership}/sessions", body))["id"]

    async def post(self, name: str, service: str, path: str, body: Json) -> Json:
        """A command that is accepted, and everything that follows from it."""
        answer = await self.ask(name, "POST", service, path, body)
        assert answer.is_success, answer.text
        await self.suite.settles()
        return answer.json()

    async def get(self, name: str, service: str, path: str, **query: Any) -> Any:
        return answered(await self.ask(name, "GET", service, path, query=query), 200)

    async def pages(self, name: str, service: str, path: str, limit: int, **query: Any) -> list[Json]:
        """All items of a list, so many at a time."""
        items: list[Json] = []
        page: Json = {"next": None}
        while not items or page["next"] is not None:
            after = {} if page["next"] is None else {"after": page["next"]}
            page = await self.get(name, service, path, limit=limit, **query, **after)
            assert len(page["items"]) <= limit
            items += page["items"]
            if not items:
                break
        return items

    async def ask(
        self,
        name: str,
        method: str,
        service: str,
        path: str,
        body: Json | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        scopes: Sequence[str] = (),
    ) -> Response:
        """One request of somebody; counted in ``asked``."""
        self.asked += 1
        token = self.suite.issuer.token(name, scopes, timedelta(hours=1))
        app = self.suite.services[service].app
        async with AsyncClient(transport=ASGITransport(app), base_url="http://company") as client:
            headers = {"Authorization": f"Bearer {token}"}
            return await client.request(method, path, json=body, params=query, headers=headers)


@asynccontextmanager
async def open_company(*names: str) -> AsyncGenerator[CompanyInMemory]:
    """A company with these people on a Monday morning."""
    company = CompanyInMemory(SuiteInMemory(Standing(START)))
    await company.hire(*names)
    yield company


def answered(answer: Response, status: int) -> Any:
    """The body of an answer with this status."""
    assert answer.status_code == status, answer.text
    return answer.json()
