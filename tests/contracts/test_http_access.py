"""Who may ask, and what everybody else gets."""

import asyncio
import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt
import pytest

from coaching_events.ids import StreamId
from eventlog import wall_now
from service_kit.authentication.keys import Keys, KeysUnavailable, public_keys
from service_kit.authentication.local_issuer import LocalIssuer
from tests.contracts.store_samples import letter
from tests.contracts.toy_http_service import ToyHttpService, planted, problem


@pytest.fixture
def toy() -> ToyHttpService:
    return ToyHttpService()


def unsigned(claims: Mapping[str, Any]) -> str:
    def part(told: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def claims(issuer: LocalIssuer) -> dict[str, Any]:
    return {"iss": issuer.issuer, "aud": issuer.audience, "sub": "anna", "exp": wall_now() + timedelta(hours=1)}


def bad_tokens(issuer: LocalIssuer) -> Mapping[str, str]:
    good = issuer.token("anna")
    numbers = {**claims(issuer), "exp": 4_000_000_000}
    public = json.loads(issuer.jwks())["keys"][0]["x"]
    return {
        "expired": issuer.token("anna", lifetime=timedelta(minutes=-1)),
        "foreign key": LocalIssuer().token("anna"),
        "foreign key with another name": LocalIssuer(kid="other").token("anna"),
        "foreign issuer": LocalIssuer(issuer="https://elsewhere", key=issuer.key).token("anna"),
        "wrong audience": LocalIssuer(audience="others", key=issuer.key).token("anna"),
        "alg none": unsigned(numbers),
        "HS256 with the public key": jwt.encode(numbers, public, algorithm="HS256", headers={"kid": issuer.kid}),
        "no expiry": jwt.encode(
            {k: v for k, v in claims(issuer).items() if k != "exp"}, issuer.key, "EdDSA", {"kid": issuer.kid}
        ),
        "not valid yet": issuer.token("anna", nbf=4_000_000_000),
        "empty subject": issuer.token(""),
        "subject with a NUL": issuer.token("an\0na"),
        "half a surrogate pair": issuer.token("anna\ud800"),
        "changed": good[:-5] + ("AAAAA" if not good.endswith("AAAAA") else "BBBBB"),
        "nonsense": "nonsense",
        "three dots": "a.b.c",
        "text that is no ASCII": "é",
    }


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
async def test_a_bad_token_is_401_and_says_how_to_come_back(toy: ToyHttpService):
    for what, token in bad_tokens(toy.issuer).items():
        async with toy.client(token="x") as client:
            answer = await client.get("/plants", headers=[(b"Authorization", b"Bearer " + token.encode())])
        assert problem(answer) == (401, "unauthorized"), what
        assert answer.headers["www-authenticate"].startswith("Bearer"), what


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Bearer", "Bearer ", "token"])
async def test_without_a_bearer_token_nothing_is_told(toy: ToyHttpService, header: str):
    async with toy.client() as client:
        answer = await client.get("/plants", headers={"Authorization": header})
    assert problem(answer) == (401, "unauthorized")


async def test_a_token_of_nobody_and_of_somebody_who_left_are_403_with_their_own_types(toy: ToyHttpService):
    async with toy.client("zoe") as zoe, toy.client("gus") as gus:
        assert problem(await zoe.get("/plants")) == (403, "unknown-person")
        assert problem(await gus.get("/plants")) == (403, "inactive-person")


async def test_a_stranger_gets_the_same_404_as_for_what_does_not_exist(toy: ToyHttpService):
    async with toy.client() as anna, toy.client("cleo") as cleo, toy.client("ben") as ben:
        position = (await planted(anna)).json()["position"]
        plant = position.partition("@")[0]
        assert (await ben.post(f"/plants/{plant}/water")).status_code == 200
        for there in (plant, "plant_missing", "person_anna", "nothing", "plant_" + "x" * 500):
            answers = [
                await cleo.get(f"/plants/{there}"),
                await cleo.post(f"/plants/{there}/water"),
                await cleo.post(f"/plants/{there}/water", headers={"If-Match": f'"{position}"'}),
                await cleo.post(f"/plants/{there}/water", headers={"If-Match": "*"}),
                await cleo.post(f"/plants/{there}/look"),
            ]
            for answer in answers:
                assert problem(answer) == (404, "not-found"), answer.request.url
            told = [{name: said for name, said in answer.json().items() if name != "trace_id"} for answer in answers]
            assert all(each == told[0] for each in told)
        assert (await cleo.get("/plants")).json()["items"] == []


async def test_a_scope_opens_what_it_is_for_and_nothing_else(toy: ToyHttpService):
    async with toy.client() as anna, toy.client("hr-system", "hr.directory") as hr:
        plant = (await planted(anna)).json()["id"]
        assert problem(await anna.post(f"/plants/{plant}/prune")) == (403, "missing-scope")
        pruned = await hr.post(f"/plants/{plant}/prune")
        assert pruned.json()["events"][0]["data"]["by"] == "rule:hr.directory"
        assert problem(await hr.get(f"/plants/{plant}")) == (403, "missing-scope")
        assert problem(await hr.post("/plants/plant_missing/prune")) == (404, "not-found")


async def test_every_route_for_operations_is_for_the_scope_ops_alone(toy: ToyHttpService):
    """Walked, not listed, so that one more is met here too."""
    kept = letter(handler="toy.projections", stream=StreamId("weather_1"))
    others = ("partner", "hr.directory", "events")
    addresses = {path: methods for path, methods in toy.app.openapi()["paths"].items() if path.startswith("/ops/")}
    assert {"/ops/dead-letters/{letter}/discard", "/ops/streams/{stream}/resend"} <= addresses.keys()
    for path, methods in addresses.items():
        for method in methods:
            await toy.store.put_dead_letters([kept])
            asked: Any = {"json": {"why": "a test"}} if path.endswith("discard") else {}
            address = path.format(letter=quote(kept.id, safe=""), stream="plant_1")
            async with toy.client(token="nonsense") as nobody, toy.client("anna", *others) as anna:
                assert problem(await nobody.request(method, address, **asked)) == (401, "unauthorized"), path
                assert problem(await anna.request(method, address, **asked)) == (403, "missing-scope"), path
                nothing = await anna.request(method, address.replace("1", "2"), **asked)
                assert problem(nothing) == (403, "missing-scope"), "whether it exists is not told either"
            assert await toy.store.dead_letters() == [kept], "nothing was done"
            async with toy.client("operations", "ops") as ops:
                opened = await ops.request(method, address, **asked)
            assert opened.status_code not in (401, 403, 422), opened.text


async def test_an_unknown_key_makes_the_keys_be_read_again_but_not_for_everybody_who_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "jwks.json"
    LocalIssuer(kid="old").write_jwks(path)
    keys = Keys(str(path))
    assert await keys.find("old", "EdDSA")
    LocalIssuer(kid="new").write_jwks(path)
    assert not await keys.find("new", "EdDSA")
    monkeypatch.setattr("service_kit.authentication.keys.REFRESH_INTERVAL", 0.0)
    assert await keys.find("new", "EdDSA")
    assert not await keys.find("old", "EdDSA")


async def test_keys_that_cannot_be_read_are_a_503(tmp_path: Path, toy: ToyHttpService):
    toy.app.state.app_context.access.keys = Keys(str(tmp_path / "missing.json"))
    async with toy.client() as anna:
        assert problem(await anna.get("/plants")) == (503, "issuer-away")


async def test_an_issuer_that_answers_without_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service_kit.authentication.keys.FETCH_TIMEOUT", 0.3)
    over = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not over.is_set():
            writer.write(b"z")
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), 0.05)
        writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
        keys = Keys(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys")
        try:
            async with asyncio.timeout(5):
                with pytest.raises(KeysUnavailable):
                    await keys.find("any", "RS256")
        finally:
            over.set()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": []}', '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}'])
def test_a_jwks_without_a_public_key_is_refused(text: str):
    with pytest.raises(ValueError, match=r"JWKS|key|Expecting"):
        public_keys(text)
