"""What stands before a body is bounded too: the address, the headers, the token, and what is no request at all."""

from collections.abc import AsyncGenerator

import pytest

from service_kit.authentication.tokens import MAX_LENGTH
from service_kit.server.connections import LARGEST_HEAD
from service_kit.server.limits import LARGEST_MESSAGE, ClientLimits
from tests.contracts.toy_http_service import ToyHttpService
from tests.security.served import Served, head, served


@pytest.fixture
async def at() -> AsyncGenerator[Served]:
    async with served(ToyHttpService(client_limits=ClientLimits(body_seconds=0.3))) as at:
        yield at


@pytest.mark.parametrize(
    "sent",
    [
        head("GET", "/plants", x="y" * LARGEST_HEAD),
        head("GET", "/plants?after=" + "y" * LARGEST_HEAD),
        head("GET", "/plants", **{f"x_{number}": "y" * 10 for number in range(1000)}),
        b"GET /plants HTTP/1.1\r\nx: " + b"y" * LARGEST_HEAD,
    ],
    ids=["header", "address", "headers", "a header without an end"],
)
@pytest.mark.parametrize("size", [100, 1_000_000], ids=["in pieces", "at once"])
async def test_a_head_beyond_16_kb_is_431(at: Served, sent: bytes, size: int):
    wire = await at.connect()
    for first in range(0, len(sent), size):
        await wire.send(sent[first : first + size])
    answer = await wire.answer()
    assert answer.problem == (431, "headers-too-large")
    assert answer.headers["connection"] == "close"


async def test_a_head_of_nearly_16_kb_is_read_and_a_body_in_the_same_packet_does_not_count(at: Served):
    wire = await at.connect()
    body = b"x" * 100_000
    await wire.send(head("POST", "/gate/x", x="y" * 15_000, content_length=len(body)), body)
    assert (await wire.answer()).status == 413


async def test_a_token_beyond_8_kb_is_401_before_it_is_looked_at(at: Served):
    wire = await at.connect()
    await wire.send(head("GET", "/plants", token="x" * (MAX_LENGTH + 1)))
    answer = await wire.answer()
    assert answer.problem == (401, "unauthorized")
    assert b"longer than 8192" in answer.body


async def test_trailers_are_bounded_as_headers_are(at: Served):
    wire = await at.connect()
    chunked = head("POST", "/plants", token=at.token(), transfer_encoding="chunked", content_type="application/json")
    await wire.send(chunked, b"2\r\n{}\r\n0\r\n", b"x: y\r\n" * LARGEST_HEAD, b"\r\n")
    assert (await wire.answer()).problem == (408, "request-timeout")
    assert (await wire.ends()) == b""


async def test_a_request_that_never_ends_in_trailers_is_cut():
    async with served(ToyHttpService()) as at:
        wire = await at.connect()
        chunked = head("POST", "/plants", token=at.token(), transfer_encoding="chunked")
        await wire.send(chunked, b"2\r\n{}\r\n0\r\nx: ")
        with pytest.raises(ConnectionError):
            await wire.send(*[b"y" * 65536] * (20 * LARGEST_MESSAGE // 65536))


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00\x01\x00", b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"])
async def test_what_is_no_request_is_400_with_a_problem(at: Served, sent: bytes):
    wire = await at.connect()
    await wire.send(sent)
    assert (await wire.answer()).problem == (400, "malformed-request")
    assert await wire.ends() == b""
