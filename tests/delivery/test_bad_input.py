"""Bad input over real HTTP: a fitting 4xx that says what to do, never a 500, and nothing half written."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from service_kit.authentication.local_issuer import LocalIssuer
from tests.delivery.company import FAR, Company, Json, Somebody, answered, problem_of

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Place:
    """Two partners with a promise and a session, and somebody else's promise."""

    company: Company
    ada: Somebody
    ben: Somebody
    hr: Somebody
    partnership: str
    commitment: str
    stale: str
    session: str
    foreign: str


@pytest.fixture(scope="module")
async def place(company: Company) -> Place:
    ada, ben, eve = await company.hire("ada", "ben", "eve")
    partnership, foreign = await company.pair(ada, ben), await company.pair(ben, eve)
    walk = {"text": "A walk", "due": {"on": str(company.today() + FAR)}}
    made = answered(await ada.post("goals", f"/partnerships/{partnership}/commitments", walk), 201)
    answered(await ada.post("goals", f"/commitments/{made['id']}/release"))
    answered(await ada.post("goals", f"/commitments/{made['id']}/withdraw"))
    theirs = answered(await eve.post("goals", f"/partnerships/{foreign}/commitments", walk), 201)
    start = (company.stage.now + timedelta(days=2)).isoformat()
    offer = answered(
        await ben.post("sessions", f"/partnerships/{partnership}/sessions", {"start": start, "minutes": 30}), 201
    )
    await company.stage.settle()
    return Place(
        company, ada, ben, company.hr(), partnership, made["id"], made["position"], offer["id"], theirs["id"]
    )  # fmt: skip


def promise(place: Place, **changed: Any) -> Json:
    return {"text": "A walk", "due": {"on": str(place.company.today() + FAR)}} | changed


def raw(told: str | bytes) -> Callable[[Place], Any]:
    return lambda place: told if isinstance(told, bytes) else told.encode()


TOMORROW = '"due": {"at": "2031-01-01T12:00:00Z"}'
PROMISES = "/partnerships/{partnership}/commitments"
PERSON = {"source": "delivery", "external_id": "new-1", "display_name": "New", "zone": "Europe/Berlin"}
Body = Json | Callable[[Place], Any]

ADAS: list[tuple[str, str, str, Body, tuple[int, str]]] = [
    ("malformed JSON", "goals", PROMISES, raw("{"), (400, "malformed-json")),
    ("not UTF-8", "goals", PROMISES, raw(b"\x80\x81"), (400, "malformed-body")),
    ("endless nesting", "goals", PROMISES, raw("[" * 100_000), (400, "malformed-body")),
    ("no object", "goals", PROMISES, raw("[]"), (422, "invalid-request")),
    ("nothing", "goals", PROMISES, raw(""), (422, "invalid-request")),
    ("an unknown field", "goals", PROMISES, lambda p: promise(p, priority=1), (422, "invalid-request")),
    ("an unknown field further in", "goals", PROMISES, {"text": "x", "due": {"by": 1}}, (422, "invalid-request")),
    ("a number for a text", "goals", PROMISES, lambda p: promise(p, text=7), (422, "invalid-request")),
    ("a number for a date", "goals", PROMISES, {"text": "x", "due": {"on": 20_000}}, (422, "invalid-request")),
    ("a date that is none", "goals", PROMISES, {"text": "x", "due": {"on": "2026-02-30"}}, (422, "invalid-request")),
    ("a moment without a zone", "goals", PROMISES, {"text": "x", "due": {"at": "2031-01-01T12:00"}},
     (422, "invalid-request")),
    ("a moment beyond the calendar", "goals", PROMISES, {"text": "x", "due": {"at": "9999-12-31T23:59:59-14:00"}},
     (422, "invalid-request")),
    ("a date in the past", "goals", PROMISES, {"text": "x", "due": {"on": "2020-01-01"}}, (409, "due-in-the-past")),
    ("a date in another life", "goals", PROMISES, {"text": "x", "due": {"on": "2150-01-01"}}, (409, "due-too-far")),
    ("a text without end", "goals", PROMISES, lambda p: promise(p, text="x" * 2_001), (422, "invalid-request")),
    ("an empty text", "goals", PROMISES, lambda p: promise(p, text=" "), (422, "invalid-request")),
    ("2 MB", "goals", PROMISES, raw(json.dumps({"text": "x" * 2_000_000})), (413, "body-too-large")),
    ("a NUL in a text", "goals", PROMISES, raw(f'{{"text": "a\\u0000b", {TOMORROW}}}'), (422, "unstorable")),
    ("a lone surrogate", "goals", PROMISES, raw(f'{{"text": "a\\ud800b", {TOMORROW}}}'), (422, "unstorable")),
    ("a raw surrogate", "goals", PROMISES, raw(b'{"text": "a\xed\xa0\x80b"}'), (422, "unstorable")),
    ("an integer beyond 64 bits", "sessions", "/partnerships/{partnership}/sessions",
     {"start": "2031-01-01T12:00:00Z", "minutes": 2**64}, (422, "unstorable")),
    ("an integer beyond 53 bits", "sessions", "/partnerships/{partnership}/sessions",
     {"start": "2031-01-01T12:00:00Z", "minutes": 2**60}, (422, "invalid-request")),
    ("a fraction for a whole number", "sessions", "/partnerships/{partnership}/sessions",
     {"start": "2031-01-01T12:00:00Z", "minutes": 30.5}, (422, "invalid-request")),
    ("a session in the past", "sessions", "/partnerships/{partnership}/sessions",
     {"start": "2020-01-01T12:00:00Z", "minutes": 30}, (409, "start-in-the-past")),
    ("a yes that is a text", "sessions", "/sessions/{session}/report", {"present": "true"}, (422, "invalid-request")),
    ("an offer of another kind", "sessions", "/sessions/{session}/accept", {"offer": "person_1@1"},
     (422, "invalid-request")),
    ("somebody else's partnership", "goals", "/partnerships/partnership_0000/commitments", promise, (404, "not-found")),
    ("an id of another kind", "goals", "/partnerships/{commitment}/commitments", promise, (404, "not-found")),
    ("somebody else's promise", "goals", "/commitments/{foreign}/keep", {}, (404, "not-found")),
    ("a promise of others spoken of", "goals", "/check-ins/{check_ins}/submit",
     lambda p: {"answers": {p.foreign: "well"}}, (422, "not-a-promise-of-yours")),
    ("kept before it was made", "goals", "/commitments/{commitment}/keep", {"kept_at": "2020-01-01T00:00:00Z"},
     (409, "kept-at-out-of-range")),
    ("an RRULE outside the subset", "partnerships", "/partnerships/{partnership}/terms",
     {"terms": {"rhythm": "FREQ=SECONDLY"}}, (422, "invalid-request")),
    ("an RRULE that is none", "partnerships", "/partnerships/{partnership}/terms", {"terms": {"rhythm": "weekly"}},
     (422, "invalid-request")),
    ("grace without end", "partnerships", "/partnerships/{partnership}/terms", {"terms": {"promise_grace": 99}},
     (422, "invalid-request")),
    ("a partner who is nobody", "partnerships", "/partnerships", {"other": "person_" + "0" * 32},
     (409, "not-in-the-directory")),
    ("a version of the terms beyond all", "partnerships", "/partnerships/{partnership}/accept", {"version": 10**15},
     (409, "already-formed")),
    ("an address that is not UTF-8", "goals", "/commitments/%FF/keep", {}, (400, "malformed-address")),
    ("a NUL in an address", "goals", "/commitments/commitment_%00/keep", {}, (400, "malformed-address")),
]  # fmt: skip

HRS: list[tuple[str, str, Body, tuple[int, str]]] = [
    ("a zone that does not exist", "/people", PERSON | {"zone": "Europe/Atlantis"}, (422, "invalid-request")),
    ("a zone that is a path", "/people", PERSON | {"zone": "../../etc/passwd"}, (422, "invalid-request")),
    ("a region that nobody knows", "/people", PERSON | {"region": "XX"}, (409, "unknown-region")),
    ("a source with a bar", "/people", PERSON | {"source": "a|b"}, (422, "invalid-request")),
    ("work that ends before it starts", "/people",
     PERSON | {"hours": {"0": {"start": "17:00:00", "end": "09:00:00"}}}, (422, "invalid-request")),
    ("a year without calendars", "/calendars", {"region": "DE", "year": 1}, (422, "invalid-request")),
    ("a roster without its columns", "/roster",
     {"shape": {"source": "x", "columns": {"external_id": "id", "display_name": "name"}}, "csv": "a,b\n1,2"},
     (409, "missing-columns")),
]  # fmt: skip

HEADERS: list[tuple[str, dict[str, str], tuple[int, str]]] = [
    ("a stale If-Match", {"If-Match": "{stale}"}, (412, "stale")),
    ("an If-Match that is none", {"If-Match": '"seven"'}, (400, "malformed-if-match")),
    ("a key without end", {"Idempotency-Key": "x" * 300}, (400, "malformed-idempotency-key")),
    ("a key with an umlaut", {"Idempotency-Key": "ö"}, (400, "malformed-idempotency-key")),
    ("an After that is none", {"After": "yesterday"}, (400, "malformed-after")),
    ("an After with a version beyond all", {"After": "partnership_1@99999999999"}, (400, "malformed-after")),
    ("another media type", {"Content-Type": "text/plain"}, (415, "unsupported-media-type")),
]


async def refused(
    place: Place, somebody: Somebody, service: str, path: str, expected: tuple[int, str], **how: Any
) -> None:
    """The answer is the refusal, and every document is as it was."""
    before = await place.company.written()
    told = vars(place) | {"check_ins": await check_ins(place)}
    answer = await somebody.ask("POST", service, path.format_map(told), **how)
    assert problem_of(answer) == expected, answer.text
    assert await place.company.written() == before


async def check_ins(place: Place) -> str:
    shown = answered(await place.ada.get("goals", f"/partnerships/{place.partnership}/check-ins"))
    return next(each["id"] for each in shown if each["owner"] == place.ada.id)


def written(body: Body, place: Place) -> Any:
    told = body(place) if callable(body) else body
    return told if isinstance(told, bytes) else json.dumps(told)


@pytest.mark.parametrize(("what", "service", "path", "body", "expected"), ADAS, ids=[case[0] for case in ADAS])
async def test_what_a_partner_sends(
    place: Place, what: str, service: str, path: str, body: Body, expected: tuple[int, str]
):
    await refused(place, place.ada, service, path, expected, content=written(body, place), headers=JSON)


@pytest.mark.parametrize(("what", "path", "body", "expected"), HRS, ids=[case[0] for case in HRS])
async def test_what_the_directory_sends(place: Place, what: str, path: str, body: Body, expected: tuple[int, str]):
    await refused(place, place.hr, "partnerships", path, expected, content=written(body, place), headers=JSON)


@pytest.mark.parametrize(("what", "headers", "expected"), HEADERS, ids=[case[0] for case in HEADERS])
async def test_what_stands_in_the_headers(place: Place, what: str, headers: dict[str, str], expected: tuple[int, str]):
    told = JSON | {name: value.replace("{stale}", place.stale) for name, value in headers.items()}
    encoded = {name: value.encode() for name, value in told.items()}
    path = "/commitments/{commitment}/keep"
    await refused(place, place.ada, "goals", path, expected, content=b"{}", headers=encoded)


async def test_the_same_key_with_another_body(place: Place):
    path = f"/partnerships/{place.partnership}/commitments"
    answered(await place.ada.post("goals", path, promise(place), key="once"), 201)
    await place.company.stage.settle()
    await refused(
        place, place.ada, "goals", path, (422, "another-request"),
        json=promise(place, text="Another walk"), headers={"Idempotency-Key": "once"},
    )  # fmt: skip


async def test_tokens_that_are_expired_or_foreign(place: Place):
    login, issuer = place.ada.login, place.company.issuer
    tokens = {
        "expired": issuer.token(login, lifetime=timedelta(minutes=-1)),
        "of another issuer": LocalIssuer().token(login),
        "for others": LocalIssuer(issuer.issuer, audience="payroll", key=issuer.key).token(login),
    }
    for token in tokens.values():
        stranger = Somebody(place.company, login, token)
        await refused(place, stranger, "goals", PROMISES, (401, "unauthorized"), json=promise(place))


async def test_everything_still_works_afterwards(place: Place):
    made = await place.ada.post("goals", f"/partnerships/{place.partnership}/commitments", promise(place))
    assert answered(made, 201)["events"]


async def test_a_refused_body_is_not_read_to_its_end(place: Place):
    """2 MB are announced; the answer comes before they are sent."""
    url = place.company.clients["goals"].base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    path = f"/partnerships/{place.partnership}/commitments"
    lines = [
        f"POST {path} HTTP/1.1", f"Host: {url.host}", f"Authorization: Bearer {place.ada.token}",
        "Content-Type: application/json", "Content-Length: 2000000", "", "",
    ]  # fmt: skip
    writer.write("\r\n".join(lines).encode())
    async with asyncio.timeout(10):
        assert b" 413 " in await reader.readline()
    writer.close()
    await writer.wait_closed()
