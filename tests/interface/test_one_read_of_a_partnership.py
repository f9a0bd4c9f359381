"""A request reads the read model of its partnership once, whether it asks a rule or shows something."""

from collections import Counter
from collections.abc import AsyncGenerator, Collection

import pytest

from coaching_events.ids import StreamId
from tests.interface.company_in_memory import CompanyInMemory, Json, open_company

DUE = "2026-03-10T10:00:00Z"
PROMISE = {"text": "The notes", "due": {"at": DUE}}
SESSION = {"start": DUE, "minutes": 30, "title": "Talk"}


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben") as company:
        yield company


@pytest.mark.parametrize(
    ("method", "service", "path", "body"),
    [
        ("POST", "goals", "/partnerships/{}/commitments", PROMISE),
        ("POST", "goals", "/partnerships/{}/requests", PROMISE),
        ("POST", "goals", "/partnerships/{}/goals", {"title": "Listen more"}),
        ("POST", "sessions", "/partnerships/{}/sessions", SESSION),
        ("GET", "goals", "/partnerships/{}/reliability", None),
        ("GET", "goals", "/partnerships/{}/reliability/promises", None),
        ("GET", "goals", "/partnerships/{}/check-ins", None),
    ],
)
async def test_a_request_reads_its_partnership_once(
    company: CompanyInMemory, monkeypatch: pytest.MonkeyPatch, method: str, service: str, path: str, body: Json | None
):
    pair = StreamId(await company.pair("anna", "ben", show_reliability=True))
    store = company.suite.services[service].store
    read_models, reads = store.read_models, Counter[StreamId]()

    async def counted(streams: Collection[StreamId]):
        reads.update(streams)
        return await read_models(streams)

    monkeypatch.setattr(store, "read_models", counted)
    answer = await company.ask("anna", method, service, path.format(pair), body)
    assert answer.is_success, answer.text
    assert reads[pair] == 1
