"""A client that sends slowly, or never to the end, costs a process little and the other clients nothing."""

import asyncio
import json
import resource
from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
from datetime import datetime

import pytest

from eventlog import wall_now
from service_kit.server import server as server_module
from service_kit.server.limits import ClientLimits, RequestSlots
from tests.contracts.toy_http_service import FIG, ToyHttpService, planted, problem
from tests.security.served import Served, Wire, head, served

BODY = json.dumps(dict(FIG)).encode()
JSON = {"content_type": "application/json"}
SOON = ClientLimits(header_seconds=0.2, body_seconds=0.2, connections=800)


@pytest.fixture
async def hasty() -> AsyncGenerator[Served]:
    """A process that waits for a fifth of a second."""
    async with served(ToyHttpService(client_limits=SOON)) as at:
        yield at


@pytest.fixture
def many_files() -> Generator[None]:
    """Room for both ends of many connections in this process."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class Standing:
    """A clock that tells no time until it is over, and tells when two have asked."""

    def __init__(self) -> None:
        self.over, self.asked, self._times = asyncio.Event(), asyncio.Event(), 0

    async def now(self) -> datetime:
        self._times += 1
        if self._times == 2:
            self.asked.set()
        await self.over.wait()
        return wall_now()


async def is_honoured(at: Served) -> bool:
    """Whether an honest request gets its answer."""
    async with at.client() as anna:
        return (await anna.post("/plants", json=dict(FIG))).status_code == 201


@pytest.mark.parametrize(
    "begun",
    [b"G", b"GET /plants", b"GET /plants HTTP/1.1\r\nhost: x\r\n", b"POST /plants HTTP/1.1\r\nx: " + b"y" * 900],
)
async def test_a_head_that_does_not_come_to_its_end_is_408_and_the_connection_ends(hasty: Served, begun: bytes):
    wire = await hasty.connect()
    await wire.send(begun)
    answer = await wire.answer()
    assert answer.problem == (408, "request-timeout")
    assert answer.headers["connection"] == "close"
    assert await wire.ends() == b""


async def test_bytes_that_trickle_in_do_not_put_the_end_of_a_head_off(hasty: Served):
    wire = await hasty.connect()
    await wire.send(b"GET /plants HTTP/1.1\r\nx: ")

    async def trickle() -> None:
        while True:
            await wire.send(b"y")
            await asyncio.sleep(0.02)

    trickling = asyncio.create_task(trickle())
    answer = await wire.answer()
    trickling.cancel()
    assert answer.problem == (408, "request-timeout")


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_a_connection_on_which_no_request_begins_ends_without_an_answer(hasty: Served, sent: bytes):
    wire = await hasty.connect()
    await wire.send(sent)
    assert await wire.ends() == b""


async def test_empty_lines_after_an_answer_do_not_keep_a_connection(hasty: Served):
    wire = await hasty.connect()
    await wire.send(head("GET", "/plants", token=hasty.token()))
    assert (await wire.answer()).status == 200
    await wire.send(b"\r\n")
    assert await wire.ends() == b""


async def test_the_head_of_a_second_request_has_to_come_in_time_as_well(hasty: Served):
    wire = await hasty.connect()
    await wire.send(head("GET", "/plants", token=hasty.token()))
    assert (await wire.answer()).status == 200
    await wire.send(b"GET /pla")
    assert (await wire.answer()).problem == (408, "request-timeout")


async def test_a_body_without_a_valid_token_is_not_waited_for():
    async with served(ToyHttpService()) as at:
        for token in (None, "nonsense"):
            wire = await at.connect()
            await wire.send(head("POST", "/plants", token=token, content_length=200_000, **JSON), b"{")
            answer = await wire.answer()
            assert answer.problem == (401, "unauthorized")
            assert answer.headers["connection"] == "close"


async def test_an_answer_to_a_body_that_nobody_reads_can_be_read_by_who_sends_it():
    async with served(ToyHttpService()) as at:
        wire = await at.connect()
        await wire.send(head("POST", "/plants", content_length=200_000, **JSON))
        answer = await wire.answer()
        assert answer.problem == (401, "unauthorized")
        assert at.connections == 1, "closed by now, it would be reset by what comes, and the answer lost"
        await wire.send(b"x" * 200_000)
        assert await wire.ends() == b""


async def test_a_body_that_no_one_finishes_after_its_answer_is_not_waited_for_either(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server_module, "LINGER", 0.2)
    async with served(ToyHttpService()) as at:
        wire = await at.connect()
        await wire.send(head("POST", "/health/live", content_length=200_000), b"x")
        assert (await wire.answer()).status == 405
        assert await wire.ends() == b""


async def test_a_body_with_a_token_that_does_not_come_to_its_end_is_408(hasty: Served):
    wire = await hasty.connect()
    await wire.send(head("POST", "/plants", token=hasty.token(), content_length=len(BODY), **JSON), BODY[:-1])
    answer = await wire.answer()
    assert answer.problem == (408, "request-timeout")
    assert answer.headers["connection"] == "close"
    assert hasty.toy.slots.taken == 0


async def test_a_request_whose_sender_goes_before_it_is_whole_is_not_done():
    """Nothing but its end tells a note that was cut off from one that was left out."""
    async with served(ToyHttpService()) as at, at.client() as anna:
        fig = (await planted(anna)).json()["id"]
        wire = await at.connect()
        await wire.send(head("POST", f"/plants/{fig}/water", token=at.token(), content_length=9, **JSON))
        await wire.leave()
        await gone(at, beside=1)
        assert (await anna.get(f"/plants/{fig}")).json()["watered"] == 0


async def test_a_body_to_a_page_without_a_token_may_have_4_kb():
    async with served(ToyHttpService()) as at:
        wire = await at.connect()
        await wire.send(head("POST", "/gate/x", content_length=4096), b"x" * 4096)
        assert (await wire.answer()).status == 200
        await wire.send(head("POST", "/gate/x", content_length=4097))
        assert (await wire.answer()).problem == (413, "body-too-large")


async def test_600_unfinished_bodies_do_not_stop_an_honest_request(many_files: None):
    async with served(ToyHttpService()) as at:
        unfinished = head("POST", "/plants", content_length=1000, **JSON) + b"{"
        slow = await _all_send(at, 600, unfinished)
        assert await is_honoured(at)
        assert [(await wire.answer()).status for wire in slow] == [401] * 600


async def test_600_unfinished_bodies_with_a_token_take_no_place(many_files: None):
    async with served(ToyHttpService()) as at:
        await _all_send(at, 600, head("POST", "/plants", token=at.token("ben"), content_length=9, **JSON) + b"{")
        assert await is_honoured(at)
        assert at.toy.slots.taken == 0


async def test_idle_connections_are_bounded_and_give_way_to_new_ones():
    async with served(ToyHttpService(client_limits=ClientLimits(connections=20))) as at:
        idle = [await at.connect() for _ in range(60)]
        assert await is_honoured(at)
        assert at.connections <= 20
        assert await idle[0].ends() == b"", "the one that has been silent for the longest goes first"


async def test_who_has_asked_before_is_cut_off_after_those_who_have_not():
    async with served(ToyHttpService(client_limits=ClientLimits(connections=20))) as at, at.client() as anna:
        await planted(anna)
        used = {id(each) for each in at.server.server_state.connections}
        for _ in range(60):
            await at.connect()
        await planted(anna)
        assert used <= {id(each) for each in at.server.server_state.connections}


async def test_where_every_connection_has_a_whole_request_a_new_one_is_told_so():
    async with served(ToyHttpService(client_limits=ClientLimits(connections=2))) as at:
        clock = Standing()
        at.toy.app.state.app_context = replace(at.toy.app.state.app_context, clock=clock)
        asked = [await at.connect() for _ in range(2)]
        for wire in asked:
            await wire.send(head("GET", "/plants", token=at.token()))
        async with asyncio.timeout(10):
            await clock.asked.wait()
        assert (await (await at.connect()).answer()).problem == (503, "too-busy")
        clock.over.set()
        assert [(await wire.answer()).status for wire in asked] == [200, 200]


async def test_an_answer_that_is_not_taken_is_not_kept_for_ever():
    """Read by nobody, it would keep its connection, and the next one on it its place."""
    async with served(ToyHttpService(client_limits=SOON)) as at:
        wire = await at.connect(takes=4096)
        wire.writer.transport.pause_reading()  # type: ignore[attr-defined]
        async with asyncio.timeout(30):
            while at.connections:
                wire.writer.write(head("GET", "/openapi.json") * 20)
                await asyncio.sleep(0.02)
        assert at.toy.slots.taken == 0


async def test_readiness_tells_that_every_place_is_taken():
    async with served(ToyHttpService(slots=RequestSlots(most=1))) as at, at.client() as anna:
        assert (await anna.get("/health/ready")).status_code == 200
        assert at.toy.slots.take()
        full = await anna.get("/health/ready")
        assert full.status_code == 503
        assert full.json()["why"] == {"slots": "all 1 slots for requests are taken"}
        assert problem(await anna.get("/plants")) == (503, "too-busy")
        at.toy.slots.release()
        assert (await anna.get("/health/ready")).status_code == 200


async def gone(at: Served, *, beside: int) -> None:
    """Return once all but so many connections are gone."""
    async with asyncio.timeout(10):
        while at.connections > beside:  # noqa: ASYNC110 (uvicorn tells no one)
            await asyncio.sleep(0.01)


async def _all_send(at: Served, times: int, what: bytes) -> list[Wire]:
    wires = [await at.connect() for _ in range(times)]
    for wire in wires:
        await wire.send(what)
    return wires
