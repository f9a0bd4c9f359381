"""Bad input gets a fitting 4xx with problem details that say what to do; never a 500, nothing half written."""

import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import pytest
import structlog.testing
from httpx import AsyncClient

from service_kit.observability.logs import add_trace
from tests.contracts.toy_http_service import BEN, FIG, ToyHttpService, problem

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def toy() -> ToyHttpService:
    return ToyHttpService()


@pytest.fixture
async def anna(toy: ToyHttpService) -> AsyncGenerator[AsyncClient]:
    async with toy.client() as client:
        yield client


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "malformed-json")),
        (b"\x80\x81", (400, "malformed-body")),
        (b"[" * 100_000, (400, "malformed-body")),
        (b'{"name": 1e5, "x": ' + b"[" * 100_000, (400, "malformed-json")),
        (b"", (422, "invalid-request")),
        (b"null", (422, "invalid-request")),
        (b"[]", (422, "invalid-request")),
        (b'"fig"', (422, "invalid-request")),
        (b'{"name": "fig\\u0000", "friend": "person_ben"}', (422, "unstorable")),
        (b'{"name": "fig\\ud800", "friend": "person_ben"}', (422, "unstorable")),
        (b'{"name": "fig\xed\xa0\x80", "friend": "person_ben"}', (422, "unstorable")),
        (r'{"name": "fig\u0000", "friend": "person_ben"}'.encode("utf-16"), (422, "unstorable")),
        (b'{"name": "fig", "friend": "person_ben", "\\uDFFF": 1}', (422, "unstorable")),
        (b'{"name": "fig", "friend": "person_ben", "pots": 9223372036854775808}', (422, "unstorable")),
        (b'{"name": "fig", "friend": "person_ben", "pots": -99999999999999999999}', (422, "unstorable")),
        (b'{"name": "fig", "friend": "person_ben", "pots": ' + b"9" * 10_000 + b"}", (422, "unstorable")),
        (b'{"name": "fig", "friend": "person_ben", "pots": 1e999}', (422, "unstorable")),
        (b'{"name": "fig", "friend": "person_ben", "pots": NaN}', (422, "unstorable")),
        (b'{"name": "fig", "friend": "person_ben", "pots": -Infinity}', (422, "unstorable")),
    ],
)
async def test_a_body_that_cannot_be_read_or_kept(anna: AsyncClient, body: bytes, expected: tuple[int, str]):
    assert problem(await anna.post("/plants", content=body, headers=JSON)) == expected
    assert (await anna.get("/plants")).json()["items"] == []


@pytest.mark.parametrize("body", [b"{", b"1", b"\x80\x81", b"[" * 100_000, b'{"note": "thanks"}'])
async def test_a_body_that_nobody_would_read_is_refused_and_does_nothing(anna: AsyncClient, body: bytes):
    fig = (await anna.post("/plants", json=FIG)).json()["id"]
    headers = JSON | {"Idempotency-Key": "once"}
    for _ in range(2):
        refused = await anna.post(f"/plants/{fig}/water", content=body, headers=headers)
        assert problem(refused) == (422, "invalid-request")
    assert (await anna.get(f"/plants/{fig}")).json()["watered"] == 0
    assert (await anna.post(f"/plants/{fig}/water", headers=headers)).status_code == 200


@pytest.mark.parametrize("body", [b"", b" ", b"{}"])
async def test_a_body_with_nothing_in_it_is_none(anna: AsyncClient, body: bytes):
    fig = (await anna.post("/plants", json=FIG)).json()["id"]
    headers = JSON | {"Idempotency-Key": "once"}
    once, again = [await anna.post(f"/plants/{fig}/water", content=body, headers=headers) for _ in range(2)]
    assert once.status_code == 200, once.text
    assert once.json() == again.json()
    assert (await anna.get(f"/plants/{fig}")).json()["watered"] == 1


@pytest.mark.parametrize(
    "text",
    ["\U0001f33f", "Ünïcode", "a\\u0000 written out", "NaN and Infinity", "12345678901234567890", "9e99", "line 1"],
)
async def test_what_only_looks_suspicious_is_taken_as_it_is(anna: AsyncClient, text: str):
    answer = await anna.post("/plants", content=json.dumps({**FIG, "name": text}).encode(), headers=JSON)
    assert answer.json()["events"][0]["data"]["name"] == text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None), ("name", 5), ("name", ""), ("name", "  "), ("name", "x" * 201), ("name", "two\nlines"),
        ("friend", "ben"), ("friend", "plant_1"), ("friend", "person_"), ("friend", "person_a b"),
        ("pots", "1"), ("pots", True), ("pots", 1.5), ("pots", 0), ("pots", 11),
        ("on", 5), ("on", "tomorrow"), ("on", "2026-02-30"), ("on", "1066-10-14"), ("on", "9999-12-31"),
        ("on", "2026-03-02T00:00:00Z" * 50), ("on", "20260302"), ("at", "1750000000"), ("at", "1.75e9"),
        ("at", 1_750_000_000), ("at", "2026-03-02T15:00:00"), ("at", "9999-12-31T23:59:59-12:00"),
        ("at", "0001-01-01T00:00:00+14:00"), ("at", True),
        ("zone", "Europe/Atlantis"), ("zone", "../../etc/passwd"), ("zone", ""), ("zone", "x" * 1000),
        ("note", "x" * 10_001), ("note", []), ("unknown", 1), ("é" * 300, 1),
    ],
)  # fmt: skip
async def test_a_field_that_does_not_fit_is_named(anna: AsyncClient, field: str, value: Any):
    answer = await anna.post("/plants", json={**FIG, field: value})
    assert problem(answer) == (422, "invalid-request")
    where = answer.json()["errors"][0]["where"]
    assert where.startswith("body.")
    assert where.isascii()
    if field.isascii():
        assert where == f"body.{field}"
    assert (await anna.get("/plants")).json()["items"] == []


async def test_every_missing_field_is_named_at_once(anna: AsyncClient):
    errors = (await anna.post("/plants", json={})).json()["errors"]
    assert errors == [{"where": "body.name", "what": "is missing"}, {"where": "body.friend", "what": "is missing"}]


async def test_a_body_of_2_mb_is_refused_before_it_is_read(anna: AsyncClient):
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(32):
            read.append(1)
            yield b"x" * 64 * 1024

    read: list[int] = []
    assert problem(await anna.post("/plants", content=b"x" * 2_000_000, headers=JSON)) == (413, "body-too-large")
    assert problem(await anna.post("/plants", content=chunks(), headers=JSON)) == (413, "body-too-large")
    assert len(read) <= 6
    lying = {**JSON, "Content-Length": "99999999999999999999999"}
    assert problem(await anna.post("/plants", content=chunks(), headers=lying)) == (413, "body-too-large")


@pytest.mark.parametrize("media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x", ""])
async def test_another_media_type_is_415(anna: AsyncClient, media: str):
    answer = await anna.post("/plants", content=json.dumps(dict(FIG)).encode(), headers={"Content-Type": media})
    assert problem(answer) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "address", ["/plants/plant_%00", "/plants?after=%00", "/plants/%FF", "/plants?after=%ED%A0%80"]
)
async def test_an_address_that_nothing_could_keep_is_400(anna: AsyncClient, address: str):
    assert problem(await anna.get(address)) == (400, "malformed-address")


async def test_an_unknown_address_is_404_and_a_wrong_method_405(anna: AsyncClient):
    assert problem(await anna.get("/nowhere")) == (404, "not-found")
    wrong = await anna.delete("/plants")
    assert problem(wrong) == (405, "method-not-allowed")
    assert wrong.headers["allow"]


async def test_what_nobody_foresaw_is_500_with_an_id_and_no_words(anna: AsyncClient):
    with structlog.testing.capture_logs() as logs:
        answer = await anna.get("/broken")
    assert problem(answer) == (500, "unforeseen")
    assert "word" not in answer.text
    assert [line["problem"] for line in logs if line["event"] == "unforeseen"] == [answer.json()["id"]]


async def test_a_log_line_has_the_trace_the_route_and_who_but_no_words(anna: AsyncClient):
    trace = "0af7651916cd43dd8448eb211c80319c"
    with structlog.testing.capture_logs([add_trace]) as logs:
        await anna.post("/plants", json=dict(FIG), headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    line = next(line for line in logs if line["event"] == "answered")
    assert (line["trace_id"], line["route"], line["status"], line["actor"]) == (trace, "/plants", 201, "person_anna")
    assert line["position"].endswith("@1")
    assert "fig" not in str(line)
    assert BEN not in str(line)


async def test_a_process_lives_and_is_ready_without_a_token(toy: ToyHttpService, anna: AsyncClient):
    for address in ("/health/live", "/health/ready", "/metrics"):
        answer = await anna.get(address, headers={"Authorization": ""})
        assert answer.status_code == 200, address


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/plants?limti=5", "query.limti: is unknown: leave it out. This address knows after, limit"),
        ("/plants?limit=1&limit=2", "query.limit: is given more than once: it takes one value"),
        ("/plants?limit=", "query.limit: is empty: give a value, or leave it out"),
        ("/plants?after", "query.after: is empty: give a value, or leave it out"),
        (
            "/plants/plant_1?fields=name",
            "query.fields: is unknown: leave it out. This address takes no query parameters",
        ),
    ],
)
async def test_a_query_parameter_that_cannot_be_meant_is_refused_and_says_what_is_known(
    anna: AsyncClient, address: str, told: str
):
    answer = await anna.get(address)
    assert problem(answer) == (422, "invalid-request")
    assert answer.json()["detail"] == told


async def test_no_route_takes_a_query_parameter_that_it_does_not_know(toy: ToyHttpService):
    """Walked, not listed, so that one more is met here too."""
    async with toy.client("operations", "ops", "hr.directory") as ops:
        for path, methods in toy.app.openapi()["paths"].items():
            for method in methods:
                address = re.sub(r"\{(\w+)\}", r"\1_1", path)
                answer = await ops.request(method, address, params={"a-misspelt-filter": "1"}, json={})
                assert problem(answer) == (422, "invalid-request"), (method, path)
                assert "query.a-misspelt-filter" in answer.json()["detail"], (method, path)
