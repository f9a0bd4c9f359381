"""How many round trips to the database an HTTP command makes one after another: what runs side by side counts once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx

from coaching_events.ids import position
from coaching_rows import PairFacts
from eventlog.decide import Command
from eventlog.mongo import MongoClient
from eventlog.positions import fresh_id
from goals.app import composition as goals
from goals.check_ins import check_ins, check_ins_of
from goals.check_ins.rules import start
from goals.check_ins.state import Running
from sessions.app import composition as sessions
from tests.benchmarks.findings import Counted
from tests.benchmarks.in_process import InProcess, in_process
from tests.benchmarks.pairs import Pair, introduce
from tests.benchmarks.timing import Timing

MOST = 3
PAIRS = (Pair(1), Pair(2))
"""The first warms up: connections and calendars are there for the second."""

Request = tuple[str, dict[str, Any]]
"""A path and a body, made ready for the pair."""


async def round_trips(mongo_url: str) -> list[Counted]:
    """Of commands of goals, and of one of sessions."""
    timing = Timing()
    client = MongoClient(mongo_url, listeners=[timing])
    database = f"bench_{fresh_id()[:8]}"
    promising = await in_process(goals, client, f"{database}_goals")
    meeting = await in_process(sessions, client, f"{database}_sessions")
    for service in (promising, meeting):
        await introduce(service.running.projections, PAIRS, service.issuer.issuer, service.clock.at)
    found = [
        await _counted(timing, promising, "make a promise", _make),
        await _counted(timing, promising, "keep a promise", _keep),
        await _counted(timing, promising, "ask for another date", _renegotiate),
        await _counted(timing, promising, "check in", _check_in),
        await _counted(timing, meeting, "propose a session", _propose),
    ]
    for left_over in ("goals", "sessions"):
        await client.drop(f"{database}_{left_over}")
    await client.close()
    return found


async def _counted(
    timing: Timing, service: InProcess, what: str,
    prepared: Callable[[InProcess, Pair, httpx.AsyncClient], Awaitable[Request]],
) -> Counted:  # fmt: skip
    for pair in PAIRS:
        async with service.client(pair) as asking:
            path, body = await prepared(service, pair, asking)
            timing.forget()
            timing.holding_up = True
            _accepted(await asking.post(path, json=body))
            timing.holding_up = False
    how = f"(of {len(timing.names)} in all)"
    return Counted(f"HTTP, {what}: round trips in a row", timing.chain(), how, most=MOST)


async def _make(service: InProcess, pair: Pair, asking: httpx.AsyncClient) -> Request:
    body = {"text": "I send you the draft", "due": {"at": _in_days(service, 7)}}
    return f"/partnerships/{pair.id}/commitments", body


async def _keep(service: InProcess, pair: Pair, asking: httpx.AsyncClient) -> Request:
    return f"/commitments/{await _promise(service, pair, asking)}/keep", {}


async def _renegotiate(service: InProcess, pair: Pair, asking: httpx.AsyncClient) -> Request:
    promise = await _promise(service, pair, asking)
    return f"/commitments/{promise}/renegotiate", {"due": {"at": _in_days(service, 14)}}


async def _check_in(service: InProcess, pair: Pair, asking: httpx.AsyncClient) -> Request:
    promise = await _promise(service, pair, asking)
    log, mine, at = service.running.log, check_ins_of(pair.id, pair.one), service.clock.at
    facts = PairFacts(await log.facts.read([pair.id, pair.one]))

    async def begin(_: object) -> Any:
        return start(None, partnership=pair.id, owner=pair.one, formed=position(pair.id, 2), at=at, facts=facts)

    begun = await log.decide(check_ins, mine, Command(id="begin", at=at), begin)
    assert isinstance(begun.state, Running)
    service.clock.at = max(at, begun.state.current.opens)
    return f"/check-ins/{mine}/submit", {"answers": {promise: "Nearly done"}}


async def _propose(service: InProcess, pair: Pair, asking: httpx.AsyncClient) -> Request:
    return f"/partnerships/{pair.id}/sessions", {"start": _in_days(service, 3), "minutes": 30}


async def _promise(service: InProcess, pair: Pair, asking: httpx.AsyncClient) -> str:
    path, body = await _make(service, pair, asking)
    return _accepted(await asking.post(path, json=body))


def _accepted(answer: httpx.Response) -> str:
    if answer.is_error:
        raise RuntimeError(f"{answer.request.url.path} was answered {answer.status_code}: {answer.text}")
    return answer.json()["id"]


def _in_days(service: InProcess, days: int) -> str:
    return (service.clock.at + timedelta(days=days)).isoformat()
