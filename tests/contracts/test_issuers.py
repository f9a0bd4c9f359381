"""Where keys come from: an issuer is asked rarely, found by its own document, and may be away for a while."""

import json
from collections.abc import Generator, Mapping
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from eventlog import wall_now
from service_kit.authentication import keys as reading
from service_kit.authentication.issuers import token_reader
from service_kit.authentication.keys import Keys
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http import Problem
from service_kit.http.authentication import AnyIssuer, TokenReader, TokenVerifier
from service_kit.process import Settings
from tests.contracts.issuing import RSA, Published, jwks, public, published, signed
from tests.contracts.recorded_tokens import RECORDED, Recorded

AUDIENCE = "tandem"


@pytest.fixture
def server() -> Generator[Published]:
    with published() as shown:
        yield shown


def told(issuer: str, keys_at: str) -> str:
    return json.dumps({"issuer": issuer, "jwks_uri": keys_at})


def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **more: str) -> Settings:
    monkeypatch.chdir(tmp_path)
    base = {"KAFKA_URL": "a:1", "MONGO_URL": "mongodb://a", "TOKEN_AUDIENCE": AUDIENCE}
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {**base, **more}.items():
        monkeypatch.setenv(name, value)
    return Settings.from_environment()


async def status_of(reader: TokenReader, token: str) -> int:
    with pytest.raises(Problem) as refused:
        await reader.read(token)
    return refused.value.status


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("", "/.well-known/openid-configuration"),
        ("/", "/.well-known/openid-configuration"),
        ("/realms/tandem", "/realms/tandem/.well-known/openid-configuration"),
        ("/oauth2/default", "/.well-known/oauth-authorization-server/oauth2/default"),
    ],
)
async def test_the_name_of_an_issuer_is_enough(
    server: Published, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, path: str, document: str
):
    issuer = LocalIssuer(f"{server.address}{path}")
    server.answers |= {document: told(issuer.issuer, f"{server.address}/keys"), "/keys": issuer.jwks()}
    reader = token_reader(settings(monkeypatch, tmp_path, TOKEN_ISSUER=issuer.issuer))
    caller = await reader.read(issuer.token("anna"))
    assert (caller.issuer, caller.subject) == (issuer.issuer, "anna")
    assert {client for _, client in server.asked} == {f"tandem/{version('tandem')}"}


@pytest.mark.parametrize(
    "document",
    ["{", "[]", "{}", told("https://elsewhere", "/keys"), told("{issuer}", "file:///keys"), '{"issuer": "{issuer}"}'],
)
async def test_a_document_of_another_issuer_is_not_believed(server: Published, document: str):
    issuer = LocalIssuer(server.address)
    server.answers |= {
        "/.well-known/openid-configuration": document.replace("{issuer}", server.address),
        "/keys": issuer.jwks(),
    }
    keys = Keys(server.address, discover=True)
    assert await status_of(TokenVerifier(issuer.issuer, AUDIENCE, keys), issuer.token("anna")) == 503


@pytest.mark.parametrize("answer", ["", "[]", '{"keys": {}}', "[" * 100_000, '{"keys": [1]}'])
async def test_keys_that_are_none_are_a_503(server: Published, answer: str):
    server.answers["/keys"] = answer
    access = TokenVerifier("https://a", AUDIENCE, Keys(f"{server.address}/keys"))
    assert await status_of(access, LocalIssuer("https://a").token("anna")) == 503


async def test_unknown_keys_neither_hammer_the_issuer_nor_wipe_what_is_known(server: Published):
    issuer = LocalIssuer()
    server.answers["/keys"] = issuer.jwks()
    access = TokenVerifier(issuer.issuer, AUDIENCE, Keys(f"{server.address}/keys"))
    await access.read(issuer.token("anna"))
    for number in range(50):
        assert await status_of(access, LocalIssuer(kid=f"unknown {number}").token("anna")) == 401
        assert await access.read(issuer.token("anna"))
    assert len(server.asked) <= 2


async def test_keys_are_used_for_a_while_when_their_issuer_is_away(server: Published, monkeypatch: pytest.MonkeyPatch):
    issuer = LocalIssuer()
    server.answers["/keys"] = issuer.jwks()
    access = TokenVerifier(issuer.issuer, AUDIENCE, Keys(f"{server.address}/keys"))
    token = issuer.token("anna")
    await access.read(token)
    server.away = True
    monkeypatch.setattr(reading, "REFRESH_INTERVAL", 0.0)
    monkeypatch.setattr(reading, "LIFETIME", 0.0)
    assert await access.read(token)
    monkeypatch.setattr(reading, "STALE_LIFETIME", 0.0)
    assert await status_of(access, token) == 503
    server.away = False
    monkeypatch.undo()
    monkeypatch.setattr(reading, "REFRESH_INTERVAL", 0.0)
    assert await access.read(token)


async def test_a_token_is_not_remembered_once_its_key_is_withdrawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "REFRESH_INTERVAL", 0.0)
    old, new = LocalIssuer(kid="old"), LocalIssuer(kid="new")
    access = TokenVerifier(old.issuer, AUDIENCE, Keys(str(tmp_path / "keys.json")))
    old.write_jwks(tmp_path / "keys.json")
    assert await access.read(old.token("anna"))
    token = old.token("anna")
    assert await access.read(token)
    new.write_jwks(tmp_path / "keys.json")
    assert await access.read(new.token("anna"))
    assert await status_of(access, token) == 401


async def test_one_issuer_that_is_away_disturbs_no_tokens_of_another(
    server: Published, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    here, there = LocalIssuer(server.address), LocalIssuer("https://there.example", audience="pairs", kid="there")
    further = [{"issuer": there.issuer, "audience": "pairs", "jwks": there.jwks(), "person_claim": "oid"}]
    reader = token_reader(
        settings(monkeypatch, tmp_path, TOKEN_ISSUER=here.issuer, TOKEN_FURTHER_ISSUERS=json.dumps(further))
    )
    assert isinstance(reader, AnyIssuer)
    assert await status_of(reader, here.token("anna")) == 503
    caller = await reader.read(there.token("anna", oid="anna's object"))
    assert (caller.issuer, caller.subject) == (there.issuer, "anna's object")
    mixed = LocalIssuer(there.issuer, audience="pairs", kid="there")
    assert await status_of(reader, mixed.token("anna", oid="a")) == 401, "signed with a key of nobody"
    assert await status_of(reader, LocalIssuer("https://elsewhere").token("anna")) == 401
    assert await status_of(reader, "nonsense") == 401


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda each: each.name)
async def test_tokens_of_well_known_issuers_are_read_with_the_settings_that_the_docs_name(
    recorded: Recorded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    # As these issuers publish their keys: Entra ID without an algorithm, the others with one.
    published_as: Mapping[str, Any] = {"use": "sig", **({} if "Entra" in recorded.name else {"alg": "RS256"})}
    (tmp_path / "keys.json").write_text(jwks(public(RSA, kid=recorded.header["kid"], **published_as)))
    more = {**recorded.settings, "TOKEN_JWKS": "keys.json"}
    given = settings(monkeypatch, tmp_path, **more)
    now = int(wall_now().timestamp())
    claims = {**recorded.claims, "iat": now, "exp": now + 3600, "nbf": now}
    caller = await token_reader(given).read(signed(RSA, recorded.header, claims))
    assert (caller.subject, caller.scopes) == (recorded.subject, recorded.scopes)
    late = {**claims, "exp": int((wall_now() - timedelta(minutes=5)).timestamp())}
    assert await status_of(token_reader(given), signed(RSA, recorded.header, late)) == 401
