"""Honest commands of one process of goals while 600 clients send byte by byte, beside the same without them.

Commands are sent at a steady rate whatever becomes of the ones before; the time of each begins at the instant at which
it was to be sent. The slow clients are a process of their own. Turns with them and without them alternate.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from time import perf_counter

import httpx

from eventlog import wall_now
from goals.app import definition as goals
from service_kit.authentication.local_issuer import LocalIssuer
from tests.benchmarks import slow_clients
from tests.benchmarks.databases import databases
from tests.benchmarks.findings import Counted, Turn
from tests.benchmarks.in_process import in_process
from tests.benchmarks.measure import Effort, Servers
from tests.benchmarks.pairs import Pair, introduce
from tests.benchmarks.processes import settings_of, started

SLOW = 600
MOST = 2.0
"""How many times the quiet p99 the one beside slow clients may be."""
SETTLE = 2.0
"""Seconds that the slow clients have to connect."""
PAIRS = [Pair(number) for number in range(100)]
ONE_SLOW = Pair(len(PAIRS))
"""Whose token the slow ones have: how often this person may ask counts for nobody else."""


@dataclass(frozen=True, slots=True)
class Honest:
    """Clients of one process, each with a token of its own."""

    http: httpx.AsyncClient
    tokens: Mapping[Pair, str]

    async def p99(self, rate: int, seconds: int) -> float:
        """The milliseconds within which 99 in a hundred are answered of so many promises a second, for so long."""
        turn = Turn()
        async with asyncio.TaskGroup() as requests:
            start = perf_counter() + 0.1
            for number in range(rate * seconds):
                planned = start + number / rate
                await asyncio.sleep(max(0.0, planned - perf_counter()))
                requests.create_task(self._promise(PAIRS[number % len(PAIRS)], planned, turn))
        return turn.percentile(0.99)

    async def _promise(self, pair: Pair, planned: float, turn: Turn) -> None:
        body = {"text": "I send you the draft", "due": {"at": (wall_now() + timedelta(days=9)).isoformat()}}
        token = {"Authorization": f"Bearer {self.tokens[pair]}"}
        answer = await self.http.post(f"/partnerships/{pair.id}/commitments", json=body, headers=token)
        answer.raise_for_status()
        turn.taken.append(perf_counter() - planned)


async def beside_slow_clients(servers: Servers, effort: Effort) -> Sequence[Counted]:
    """The p99 beside slow clients as so many times the quiet one: the median of the ratios within the rounds."""
    rate, seconds = effort.requests[1]
    quiet, beside = list[float](), list[float]()
    async with _honest(servers) as clients:
        await clients.p99(rate, 2)
        for _ in range(effort.rounds):
            quiet.append(await clients.p99(rate, seconds))
            async with _slow(clients):
                beside.append(await clients.p99(rate, seconds))
    ratio = median(loud / still for loud, still in zip(beside, quiet, strict=True))
    how = f"times the quiet one: {median(beside):,.1f} and {median(quiet):,.1f} ms, {rate * seconds:,} commands a round"
    return [Counted(f"p99 of commands beside {SLOW} slow clients", round(ratio, 2), how, MOST)]


@asynccontextmanager
async def _honest(servers: Servers) -> AsyncGenerator[Honest]:
    """Goals serves, and knows the pairs."""
    issuer = LocalIssuer()
    async with databases(servers.mongo_url) as made:
        prefix = made.fresh()
        made.made.append(database := f"{prefix}_{goals.service.name}")
        service = await in_process(goals, made.client, database)
        await introduce(service.service_context.projections, PAIRS, issuer.issuer, wall_now() - timedelta(hours=1))
        with started([("goals", "serve")], settings_of(servers, prefix, issuer), servers.logs) as (serving,):
            async with httpx.AsyncClient(base_url=serving.url) as http:
                yield Honest(http, {pair: issuer.token(pair.login) for pair in (*PAIRS, ONE_SLOW)})


@asynccontextmanager
async def _slow(clients: Honest) -> AsyncGenerator[None]:
    """The slow ones are there for the length of a ``with`` block."""
    port, token = str(clients.http.base_url.port), clients.tokens[ONE_SLOW]
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", slow_clients.__name__, port, str(SLOW), token)
    try:
        await asyncio.sleep(SETTLE)
        yield
    finally:
        process.kill()
        await process.wait()
