"""An issuer that hangs holds up no request, and one that leads elsewhere has nobody else's keys taken for its own."""

import asyncio
import json
from collections.abc import Callable, Generator
from contextlib import suppress

import pytest

from service_kit.authentication import keys as reading
from service_kit.authentication.keys import Keys, KeysUnavailable
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http import Problem
from service_kit.http.authentication import TokenVerifier
from tests.contracts.issuing import Published, published

AT_ONCE = 1.0
"""Seconds that an answer may take which waits for nothing: much less than an issuer has."""
ISSUER = LocalIssuer()


@pytest.fixture
def server() -> Generator[Published]:
    with published() as shown:
        shown.answers["/keys"] = ISSUER.jwks()
        yield shown


@pytest.fixture
async def access(server: Published) -> TokenVerifier:
    """It knows the keys of its issuer, which does not answer any more."""
    access = TokenVerifier(ISSUER.issuer, ISSUER.audience, Keys(f"{server.address}/keys"))
    await access.read(ISSUER.token("anna"))
    server.answering.clear()
    return access


async def status_of(access: TokenVerifier, token: str) -> int:
    try:
        await access.read(token)
    except Problem as refused:
        return refused.status
    return 200


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to that")


def too_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LIFETIME", 0.0)
    monkeypatch.setattr(reading, "REFRESH_INTERVAL", 0.0)


async def test_no_request_waits_for_a_reading_that_hangs_while_keys_are_known(
    server: Published, access: TokenVerifier, monkeypatch: pytest.MonkeyPatch
):
    too_old(monkeypatch)
    async with asyncio.timeout(AT_ONCE):
        told = await asyncio.gather(*(status_of(access, ISSUER.token(f"person {n}")) for n in range(50)))
        await until(lambda: len(server.asked) > 1)
        told += [await status_of(access, ISSUER.token(f"person {n}")) for n in range(50)]
    assert told == [200] * 100
    assert len(server.asked) == 2, "one reading at a time"


async def test_an_unknown_key_makes_one_request_wait_and_no_other(
    server: Published, access: TokenVerifier, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "REFRESH_INTERVAL", 0.0)
    first = asyncio.create_task(status_of(access, LocalIssuer(kid="first").token("anna")))
    await until(lambda: len(server.asked) > 1)
    async with asyncio.timeout(AT_ONCE):
        for number in range(20):
            assert await status_of(access, LocalIssuer(kid=f"other {number}").token("anna")) == 401
            assert await status_of(access, ISSUER.token(f"person {number}")) == 200
    assert not first.done()
    assert len(server.asked) == 2
    server.answering.set()
    assert await first == 401


async def test_who_waits_for_an_unknown_key_does_so_within_bounds(
    server: Published, access: TokenVerifier, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "REFRESH_INTERVAL", 0.0)
    monkeypatch.setattr(reading, "FETCH_TIMEOUT", 0.2)
    async with asyncio.timeout(AT_ONCE):
        assert await status_of(access, LocalIssuer(kid="first").token("anna")) == 401


async def test_a_new_key_is_taken_from_everybody_who_brings_it_after_one_reading(
    server: Published, access: TokenVerifier, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "REFRESH_INTERVAL", 0.0)
    new = LocalIssuer(kid="new")
    server.answers["/keys"] = new.jwks()
    waiting = [asyncio.create_task(status_of(access, new.token(f"person {number}"))) for number in range(20)]
    await until(lambda: len(server.asked) > 1)
    server.answering.set()
    assert await asyncio.gather(*waiting) == [200] * 20
    assert len(server.asked) == 2


async def test_a_request_that_is_given_up_ends_no_reading_for_others(
    server: Published, access: TokenVerifier, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "REFRESH_INTERVAL", 0.0)
    new = LocalIssuer(kid="new")
    server.answers["/keys"] = new.jwks()
    gone, stays = (asyncio.create_task(status_of(access, new.token("anna"))) for _ in range(2))
    await until(lambda: len(server.asked) > 1)
    gone.cancel()
    server.answering.set()
    assert await stays == 200


async def test_a_withdrawn_key_is_believed_by_no_request_after_the_keys_are_too_old(
    server: Published, monkeypatch: pytest.MonkeyPatch
):
    """Without a request in between: keys are read in the background."""
    monkeypatch.setattr(reading, "MINIMUM_INTERVAL", 0.01)
    monkeypatch.setattr(reading, "LIFETIME", 0.05)
    monkeypatch.setattr(reading, "REFRESH_INTERVAL", 0.0)
    access = TokenVerifier(ISSUER.issuer, ISSUER.audience, Keys(f"{server.address}/keys"))
    token = ISSUER.token("anna")
    assert await status_of(access, token) == 200
    server.answers["/keys"] = LocalIssuer(kid="new").jwks()
    read = len(server.asked)
    await until(lambda: len(server.asked) > read + 1)
    monkeypatch.setattr(reading, "LIFETIME", 900.0)  # what begins now is the last one for long
    assert await status_of(access, token) == 401


async def test_a_server_that_answers_drop_by_drop_is_cut_off_in_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "FETCH_TIMEOUT", 0.2)
    cut_off = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        ended = asyncio.create_task(reader.read())
        while not ended.done():
            writer.write(b"z")
            await asyncio.wait([ended], timeout=0.02)
        cut_off.set()
        with suppress(OSError):
            ended.result()
        writer.close()

    async with await asyncio.start_server(drip, "127.0.0.1", 0) as dripping:
        keys = Keys(f"http://127.0.0.1:{dripping.sockets[0].getsockname()[1]}/keys")
        async with asyncio.timeout(5):
            with pytest.raises(KeysUnavailable):
                await keys.find("any", "RS256")
            await cut_off.wait()


async def test_a_redirect_leads_to_no_other_host(server: Published):
    with published() as other:
        other.answers["/keys"] = ISSUER.jwks()
        server.leads["/keys"] = f"{other.address}/keys"
        access = TokenVerifier(ISSUER.issuer, ISSUER.audience, Keys(f"{server.address}/keys"))
        assert await status_of(access, ISSUER.token("anna")) == 503
        assert other.asked == []


async def test_neither_does_that_of_an_issuers_document(server: Published):
    issuer = LocalIssuer(server.address)
    with published() as other:
        path = "/.well-known/openid-configuration"
        other.answers[path] = json.dumps({"issuer": issuer.issuer, "jwks_uri": f"{server.address}/keys"})
        server.leads[path] = f"{other.address}{path}"
        access = TokenVerifier(issuer.issuer, issuer.audience, Keys(issuer.issuer, discover=True))
        assert await status_of(access, issuer.token("anna")) == 503
        assert other.asked == []


async def test_a_redirect_on_the_same_host_is_followed(server: Published):
    server.leads["/old"] = "/keys"
    access = TokenVerifier(ISSUER.issuer, ISSUER.audience, Keys(f"{server.address}/old"))
    assert await status_of(access, ISSUER.token("anna")) == 200
