"""Any token is either somebody's or a 401: nothing that stands in one is an error of ours."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from service_kit.authentication.keys import FAMILIES, Keys, public_keys
from service_kit.authentication.tokens import ScopeClaims
from service_kit.http import Problem
from service_kit.http.authentication import Caller, TokenVerifier
from tests.contracts.issuing import RSA, jwks, new_key, public, signed

ISSUER, AUDIENCE = "https://login.example.com", "tandem"
NOW = datetime(2026, 2, 2, 8, tzinfo=UTC)
SECONDS = NOW.timestamp()
KEY = new_key("Ed25519")
HEADER: Mapping[str, Any] = {"alg": "EdDSA", "kid": "one", "typ": "JWT"}
CLAIMS: Mapping[str, Any] = {"iss": ISSUER, "aud": AUDIENCE, "sub": "anna", "exp": SECONDS + 60}
MISSING = object()


def access(*keys: object, scopes: ScopeClaims | None = None, **more: Any) -> TokenVerifier:
    published = jwks(*(keys or (public(KEY, kid="one"),)))
    return TokenVerifier(ISSUER, AUDIENCE, Keys(published), now=lambda: NOW, scopes=scopes or ScopeClaims(), **more)


def token(key: Any = KEY, header: Any = None, **claims: Any) -> str:
    told = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not MISSING}
    return signed(key, {**HEADER, **(header or {})}, told)


async def refused(reading: TokenVerifier, given: str) -> str:
    with pytest.raises(Problem) as problem:
        await reading.read(given)
    assert (problem.value.status, problem.value.type) == (401, "unauthorized")
    return str(problem.value)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([10**400, -(10**30), 1e308]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
patient = settings(suppress_health_check=[HealthCheck.too_slow])
names = st.sampled_from(["iss", "aud", "sub", "exp", "nbf", "iat", "scope", "scp", "jti", "azp", "cnf"])
headers = st.sampled_from(["kid", "typ", "cty", "crit", "b64", "jku", "jwk", "x5c", "zip", "enc"])


@patient
@given(claims=st.dictionaries(names, values), header=st.dictionaries(headers, values))
@example(claims={"exp": "4000000000"}, header={})
@example(claims={"exp": 1e308}, header={"kid": 7})
async def test_whatever_a_signed_token_says_it_is_somebodys_or_a_401(claims: Any, header: Any):
    reading = access(scopes=ScopeClaims(("scope", "scp", "cnf.a")))
    given = token(header=header, **claims)
    for _ in range(2):  # the second time it may be remembered
        try:
            assert isinstance(await reading.read(given), Caller)
        except Problem:
            await refused(reading, given)


@patient
@given(st.text() | st.lists(st.binary().map(lambda part: base64.urlsafe_b64encode(part).decode())).map(".".join))
@example("a" * 1024 * 1024)
@example(f"{base64.urlsafe_b64encode(b'[' * 20_000).decode()}.e30.")
async def test_whatever_comes_instead_of_a_token_is_a_401(given: str):
    await refused(access(), given)


@pytest.mark.parametrize("claim", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "wrong",
    ["4000000000", True, None, [], {}, 10**400, 10**15, -1, float("nan"), float("inf"), "", "soon", 253_402_300_800],
    ids=repr,
)
async def test_a_time_that_is_none_is_a_401(claim: str, wrong: object):
    told = await refused(access(), token(**{claim: wrong}))
    assert "it is not a well-formed JWT" in told or f"claim {claim}" in told


@pytest.mark.parametrize(
    "claims", ['{"exp": 1e400}', '{"exp": 1, "exp": 4000000000}', "[]", "1", '"a"', "", "{", "null"]
)
async def test_claims_that_are_no_object_of_json_are_a_401(claims: str):
    assert "well-formed" in await refused(access(), signed(KEY, HEADER, claims))


async def test_times_may_have_a_fraction_and_a_leeway():
    assert (await access().read(token(exp=SECONDS + 0.5, nbf=SECONDS - 0.5, iat=SECONDS))).subject == "anna"
    for late in ({"exp": SECONDS - 20}, {"nbf": SECONDS + 20}, {"iat": SECONDS + 20}):
        await refused(access(), token(**late))
        assert await access(leeway=30).read(token(**late))


async def test_the_latest_time_there_is_is_remembered_without_an_error():
    reading, last = access(), token(exp=253_402_300_799)
    assert await reading.read(last) == await reading.read(last)


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("aud", "payroll"), ("aud", ["payroll"]), ("aud", []), ("aud", [AUDIENCE, 7]), ("aud", {AUDIENCE: 1}),
        ("aud", MISSING), ("iss", [ISSUER]), ("iss", f"{ISSUER}/"), ("iss", MISSING), ("sub", 7), ("sub", "x" * 256),
        ("sub", MISSING), ("sub", ["anna"]), ("exp", MISSING), ("scope", 7), ("scope", [["ops"]]),
    ],
)  # fmt: skip
async def test_a_claim_of_another_kind_is_a_401(claim: str, wrong: object):
    await refused(access(), token(**{claim: wrong}))


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": 1}, {"crit": []}, {"b64": False, "crit": ["b64"]}, {"b64": True}, {"kid": 7},
        {"kid": ["one"]}, {"kid": "x" * 5_000},
    ],
    ids=str,
)  # fmt: skip
async def test_a_header_that_is_not_understood_is_a_401(header: Mapping[str, Any]):
    await refused(access(), token(header=header))


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256K", ["EdDSA"], None, 7, "eddsa"], ids=repr)
async def test_only_asymmetric_algorithms_count(algorithm: object):
    head, claims, signature = token().split(".")
    renamed = base64.urlsafe_b64encode(json.dumps({**HEADER, "alg": algorithm}).encode()).decode().rstrip("=")
    await refused(access(), f"{renamed}.{claims}.{signature if algorithm != 'none' else ''}")
    assert head


async def test_a_nested_token_is_a_401():
    await refused(access(), signed(KEY, {**HEADER, "cty": "JWT"}, json.dumps(token())))
    await refused(access(), f"{token()}.a.b")


@pytest.mark.parametrize("login", ["ada\u200b@example.com", "\ufb01ona", "ada\u00a0okoro", "\u0130da"])
async def test_a_login_may_be_written_as_people_copy_it(login: str):
    assert (await access().read(token(sub=login))).subject == login


@pytest.mark.parametrize("login", ["", " ", "a\nb", "a\x00b", "a\ud800", "a\u2028b"])
async def test_a_login_of_another_kind_is_a_401(login: str):
    await refused(access(), token(sub=login))


async def test_the_audience_may_be_one_of_several():
    assert (await access().read(token(aud=["payroll", AUDIENCE], azp="an app"))).subject == "anna"


@pytest.mark.parametrize("algorithm", FAMILIES)
async def test_a_key_without_an_algorithm_is_for_all_of_its_type(algorithm: str):
    key = new_key(algorithm)
    given = token(key, {"alg": algorithm})
    assert await access(public(key, kid="one")).read(given)
    assert await access(public(key, kid="one", alg=algorithm)).read(given)
    others = [public(new_key(each), kid="one") for each in ("ES256", "ES384", "Ed25519")]
    assert await access(*others, public(key, kid="one")).read(given), "several keys of one name are all candidates"


async def test_a_key_with_an_algorithm_is_for_that_one_alone():
    given = token(RSA, {"alg": "RS384"})
    assert await access(public(RSA, kid="one", alg="RS384")).read(given)
    for another in ("RS256", "PS384", "RSA-OAEP"):
        await refused(access(public(RSA, kid="one", alg=another), public(KEY)), given)


@pytest.mark.parametrize(("of_token", "of_key"), [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")])
async def test_the_two_names_of_one_algorithm_are_the_same(of_token: str, of_key: str):
    assert await access(public(KEY, kid="one", alg=of_key)).read(token(header={"alg": of_token}))


async def test_a_token_that_names_no_key_is_tried_with_all_that_fit():
    entries = [public(new_key("Ed25519"), kid=f"key {number}") for number in range(5)]
    given = signed(KEY, {"alg": "EdDSA"}, CLAIMS)
    assert await access(*entries, public(KEY, kid="last")).read(given)
    await refused(access(*entries), given)
    assert await access(public(KEY)).read(token()), "and a key without a name may be the one that is named"


BROKEN: list[Any] = [
    None, 7, "key", [], {}, {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "RSA"}, {"kty": "RSA", "n": 7, "e": "AQAB"},
    {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, {"kty": ["RSA"]}, {"kty": "OKP", "crv": "X25519", "x": "AA"},
    {**public(RSA), "n": "AQAB"}, {**public(RSA), "e": ""}, {**public(KEY), "x": "!"}, {**public(KEY), "kid": 7},
    {**public(KEY), "alg": ["EdDSA"]}, {**public(KEY), "use": "enc"}, {**public(KEY), "key_ops": ["encrypt"]},
    {**public(KEY), "key_ops": "verify"}, {**public(KEY), "d": "AA"}, {**public(KEY), "crv": {}},
]  # fmt: skip


@pytest.mark.parametrize("entry", BROKEN)
async def test_a_broken_entry_of_a_key_set_spoils_only_itself(entry: object):
    with pytest.raises(ValueError, match="no key"):
        public_keys(jwks(entry))
    assert await access(entry, public(KEY, kid="one", use="sig", key_ops=["verify"]), entry).read(token())


@patient
@given(st.lists(st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"]), values)))
async def test_no_key_set_is_an_error_of_ours(entries: list[Any]):
    assert await access(*entries, public(KEY, kid="one")).read(token())


SCOPES: list[Any] = [
    (("scope",), "", {"scope": "ops hr.directory"}, {"ops", "hr.directory"}),
    (("scp", "roles"), "", {"scp": ["hr.directory"], "roles": ["ops"]}, {"ops", "hr.directory"}),
    (("scp",), "api://tandem/", {"scp": "api://tandem/ops openid"}, {"ops"}),
    (("realm_access.roles",), "tandem:", {"realm_access": {"roles": ["tandem:ops", "offline"]}}, {"ops"}),
    (("https://tandem.example/roles",), "", {"https://tandem.example/roles": ["ops"]}, {"ops"}),
    (("roles",), "", {"scope": "ops"}, {"partner"}),
    (("scope",), "", {"scope": ""}, {"partner"}),
    (("scope",), "", {"scope": None}, {"partner"}),
    (("a.b.c",), "", {"a": {"b": "c"}}, {"partner"}),
    (("permissions",), "", {"permissions": []}, {"partner"}),
]


@pytest.mark.parametrize(("claims", "prefix", "told", "expected"), SCOPES)
async def test_scopes_are_where_the_settings_say(
    claims: tuple[str, ...], prefix: str, told: Mapping[str, Any], expected: set[str]
):
    caller = await access(scopes=ScopeClaims(claims, prefix)).read(token(**told))
    assert caller.scopes == expected
