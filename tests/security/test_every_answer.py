"""Headers, methods and cursors of every route of every service: walked, so that one more is met here too."""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncGenerator, Iterator, Mapping
from hashlib import sha256
from inspect import signature
from typing import Any

import pytest
from httpx import Response

from eventlog.stores.memory import MemoryStore
from notifications.links import LINKS
from service_kit.http.paging import cursor
from service_kit.server.security_headers import POLICY
from tests.contracts.toy_http_service import ANNA, ToyHttpService, problem
from tests.interface.company_in_memory import CompanyInMemory, open_company
from tests.security.served import head, served

PAGES = ("/answer/x", "/read/x", "/stop/x")
UNDOCUMENTED = ("/docs", "/openapi.json", "/health/live", "/health/ready", "/metrics", "/health/else", "/nowhere")
EVERY_SCOPE = ("partner", "hr.directory", "hr.identities", "ops")
PROTECTIVE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
MADE_UP = {
    "a word": "nonsense",
    "other letters": "!!!!",
    "no base64": "a",
    "no mark": urlsafe_b64encode(b"plant_1").decode().rstrip("="),
    "a cursor and more": cursor("plant_1") + "!",
    "nothing": cursor(""),
    "another word": cursor("nonsense"),
    "another kind": cursor("plant_1"),
    "a NUL": cursor("plant_\0"),
    "a day": cursor("2026-03-02"),
    "no day": cursor("2026-99-99T00:00:00.000Z x"),
    "no zone": cursor("2026-03-02T10:00:00 x"),
}


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben") as company:
        yield company


def addresses(company: CompanyInMemory) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Service, address and operations of everything that the documents tell of; no broker is there for /ops/idle."""
    for name, service in company.suite.services.items():
        for path, operations in service.app.openapi()["paths"].items():
            yield name, path, operations


def made_up(path: str) -> str:
    """An address of nothing that exists."""
    return re.sub(r"\{(\w+)\}", lambda found: f"{found[1].replace('_', '-')}_1", path)


def protected(answer: Response) -> None:
    """Whether an answer has all of the headers, once."""
    for name, value in PROTECTIVE.items():
        assert answer.headers.get_list(name) == [value], (answer.request.url, name)
    (policy,) = answer.headers.get_list("content-security-policy")
    assert policy.startswith("default-src 'none'"), answer.request.url
    assert "frame-ancestors 'none'" in policy, answer.request.url
    assert "base-uri 'none'" in policy, answer.request.url
    assert "unsafe" not in policy, answer.request.url
    if not answer.headers["content-type"].startswith("text/html"):
        assert policy == POLICY, answer.request.url


async def test_every_answer_of_every_route_has_the_headers_that_protect(company: CompanyInMemory):
    for service, path, operations in addresses(company):
        for method in operations:
            protected(await company.ask("anna", method, service, made_up(path), {}, scopes=EVERY_SCOPE))
        protected(await company.ask("nobody", "GET", service, made_up(path)))
        protected(await company.ask("anna", "PURGE", service, made_up(path)))
    for service in company.suite.services:
        for path in (*UNDOCUMENTED, *PAGES, "/%00"):
            for method in ("GET", "POST", "PURGE"):
                protected(await company.ask("anna", method, service, path))


async def test_answers_of_the_server_itself_have_them_too():
    async with served(ToyHttpService()) as at:
        for sent in (b"nonsense\r\n\r\n", head("GET", "/", x="y" * 20_000)):
            wire = await at.connect()
            await wire.send(sent)
            answer = await wire.answer()
            assert {*PROTECTIVE.items(), ("content-security-policy", POLICY)} <= {*answer.headers.items()}
            assert answer.status in (400, 431)


async def test_what_may_be_got_may_be_asked_for_by_head(company: CompanyInMemory):
    for service, path, operations in addresses(company):
        if "get" in operations:
            query = {"name": "Anna"} if path == "/people/search" else None
            got, asked = [
                await company.ask("anna", method, service, made_up(path), query=query, scopes=EVERY_SCOPE)
                for method in ("GET", "HEAD")
            ]
            assert (got.status_code, got.headers["content-type"]) == (asked.status_code, asked.headers["content-type"])
            assert asked.content == b""
    for path in (*UNDOCUMENTED, *PAGES):
        answers = [await company.ask("anna", method, "notifications", path) for method in ("GET", "HEAD")]
        assert answers[0].status_code == answers[1].status_code, path


async def test_head_has_the_length_of_the_body_over_the_wire_and_no_body():
    async with served(ToyHttpService()) as at:
        for path in ("/plants", "/health/live", "/docs"):
            wire = await at.connect()
            await wire.send(head("GET", path, token=at.token()))
            got = await wire.answer()
            await wire.send(head("HEAD", path, token=at.token(), connection="close"))
            told = (await wire.ends()).decode()
            assert f"content-length: {len(got.body)}" in told
            assert told.endswith("\r\n\r\n")


async def test_a_method_that_an_address_does_not_take_is_405_and_tells_which_it_takes(company: CompanyInMemory):
    for service, path, operations in addresses(company):
        answer = await company.ask("anna", "PURGE", service, made_up(path))
        assert problem(answer) == (405, "method-not-allowed"), (service, path)
        taken = {method.upper() for method in (*operations, *(["head"] if "get" in operations else []))}
        allowed = {*answer.headers["allow"].split(", ")}
        assert taken <= allowed, (service, path)
        for method in allowed - taken:  # taken by another address of the same form, such as /people/{person}
            other = await company.ask("anna", method, service, made_up(path))
            assert other.status_code != 405, (service, path, method)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/docs", "GET, HEAD"),
        ("/openapi.json", "GET, HEAD"),
        ("/health/live", "GET, HEAD"),
        ("/metrics", "GET, HEAD"),
        ("/answer/x", "GET, HEAD"),
        ("/read/x", "GET, HEAD"),
        ("/stop/x", "GET, HEAD, POST"),
    ],
)
async def test_so_do_the_addresses_that_no_document_tells_of(company: CompanyInMemory, path: str, allowed: str):
    answer = await company.ask("anna", "PURGE", "notifications", path)
    assert problem(answer) == (405, "method-not-allowed")
    assert answer.headers["allow"] == allowed


async def test_a_made_up_cursor_is_400_on_every_list(company: CompanyInMemory):
    pair = await company.pair("anna", "ben")
    lists = [
        (service, path)
        for service, path, operations in addresses(company)
        if any(each["name"] == "after" for each in operations.get("get", {}).get("parameters", ()))
    ]
    assert len(lists) >= 14, "every list of every service, and each service's dead letters"
    places = {
        "partnership": pair,
        "check_ins": (await company.get("anna", "goals", "/check-ins"))["items"][0]["check_ins"],
    }
    for service, path in lists:
        for what, after in MADE_UP.items():
            query = {"after": after}
            answer = await company.ask("anna", "GET", service, path.format(**places), query=query, scopes=EVERY_SCOPE)
            assert problem(answer) == (400, "malformed-cursor"), (service, path, what)


async def test_no_route_reads_more_than_2001_things_by_one_condition(
    company: CompanyInMemory, monkeypatch: pytest.MonkeyPatch
):
    """A list reads one more than a page; what reads more is bounded by what it is about."""
    pair = await company.pair("anna", "ben")
    read: list[tuple[str, int | None]] = []
    for name in ("find", "find_read_models", "dead_letters"):
        monkeypatch.setattr(MemoryStore, name, noting_its_limit(name, read))
    for service, path, operations in addresses(company):
        for method in operations:
            read.clear()
            address = made_up(path.replace("{partnership}", pair))
            query = {"name": "Anna"} if path == "/people/search" else None
            await company.ask("anna", method, service, address, {}, query=query, scopes=EVERY_SCOPE)
            assert all(limit is not None and limit <= 2001 for _, limit in read), (service, path, method, read)


def noting_its_limit(name: str, read: list[tuple[str, int | None]]) -> Any:
    """The store's method, which notes how much it may answer with."""
    method = getattr(MemoryStore, name)

    async def noted(*given: Any, **named: Any) -> Any:
        bound = signature(method).bind(*given, **named)
        bound.apply_defaults()
        read.append((name, bound.arguments["limit"]))
        return await method(*given, **named)

    return noted


async def test_a_page_runs_and_shows_what_stands_in_it_and_nothing_else(company: CompanyInMemory):
    """A policy names scripts and styles by their hashes; a browser passes over all that it does not name."""
    docs = await company.ask("anna", "GET", "notifications", "/docs")
    stop = await company.ask("anna", "GET", "notifications", f"/stop/{LINKS.stop(ANNA, 'digests')}")
    assert (docs.status_code, stop.status_code) == (200, 200)
    for page in (docs, stop):
        policy = page.headers["content-security-policy"]
        for kind in ("script", "style"):
            inline = re.findall(f"<{kind}>(.*?)</{kind}>", page.text, re.S)
            hashes = [b64encode(sha256(text.encode()).digest()).decode() for text in inline]
            named = re.findall(rf"{kind}-src '(?:sha256-(.*?))'", policy)
            assert named == hashes
        assert not re.search(r"<[^>]* (style|on[a-z]+|src|href)=", page.text), (
            "a policy of hashes lets none of these in"
        )
    assert "connect-src 'self'" in docs.headers["content-security-policy"]
    assert "form-action 'self'" in stop.headers["content-security-policy"]
    assert "form-action 'none'" in docs.headers["content-security-policy"]
