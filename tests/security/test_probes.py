"""Health and figures can be kept from those who may ask the service, and figures do not grow with what is asked."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.ready import NotYet, nothing_to_check, wait_until
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.server.health import Health, NotReady
from service_kit.server.server import Server, listening
from tests.contracts.toy_http_service import ToyHttpService

PROBE = Path(__file__).parents[2] / "deploy/docker/is-ready"
PROBES = ("/health/live", "/health/ready", "/metrics")


@contextmanager
def serving(settings: Mapping[str, str]) -> Generator["subprocess.Popen[str]"]:
    """Goals, whose database and broker are away."""
    issuer = LocalIssuer()
    told = {
        "KAFKA_URL": f"{LOOPBACK}:1",
        "MONGO_URL": f"mongodb://{LOOPBACK}:1",
        "TOKEN_ISSUER": issuer.issuer,
        "TOKEN_AUDIENCE": issuer.audience,
        "TOKEN_JWKS": issuer.jwks(),
        **settings,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "goals", "serve"],
        env=os.environ | told,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process
        process.kill()


def statuses(port: int) -> list[int]:
    return [httpx.get(f"http://{LOOPBACK}:{port}{path}", timeout=10).status_code for path in PROBES]


def test_health_and_figures_have_a_port_of_their_own_where_one_is_set():
    port, apart = free_ports(2)
    with serving({"PORT": str(port), "SERVE_HEALTH_PORT": str(apart)}) as process:

        def lives() -> None:
            try:
                httpx.get(f"http://{LOOPBACK}:{apart}/health/live", timeout=5).raise_for_status()
            except httpx.HTTPError as refused:
                raise NotYet(refused) from None

        wait_until("goals serve", lives, nothing_to_check)
        assert statuses(apart) == [200, 503, 200]
        assert statuses(port) == [404] * 3
        assert httpx.get(f"http://{LOOPBACK}:{port}/commitments").status_code == 401
        assert httpx.get(f"http://{LOOPBACK}:{apart}/commitments").status_code == 404
        process.terminate()
        assert process.wait(30) == 0


def test_one_port_for_both_is_refused_at_start():
    with serving({"PORT": "8123", "SERVE_HEALTH_PORT": "8123"}) as process:
        told, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert told.startswith("SERVE_HEALTH_PORT and PORT are the same")


async def test_figures_do_not_grow_with_what_is_asked(monkeypatch: pytest.MonkeyPatch):
    """Whatever a request says, its figures are told by routes, known methods, statuses and types of problems."""

    def series(page: str) -> set[str]:
        return set(re.findall(r"^(tandem_\w+(?:\{.*?\})?) ", page, re.M))

    async with ToyHttpService().client() as anna, ToyHttpService().client(token="nonsense") as stranger:

        async def ask(word: str) -> None:
            for client in (anna, stranger):
                for method in ("GET", "POST", word.upper()):
                    for path in (f"/{word}", f"/plants/plant_{word}", f"/plants?{word}={word}", f"/gate/{word}"):
                        await client.request(method, path, headers={word: word, "Idempotency-Key": word})

        await ask("first")
        before = series((await anna.get("/metrics")).text)
        for number in range(20):
            await ask(f"word{number}x")
        page = (await anna.get("/metrics")).text
    assert series(page) == before
    assert "word" not in page


@pytest.mark.parametrize(
    ("at", "apart", "ready"),
    [
        (200, None, True),
        (503, None, False),
        (404, 200, True),
        (404, 503, False),
        (None, 200, True),
        (None, None, False),
    ],
)
async def test_the_probe_of_the_image_asks_the_port_that_health_is_at(at: int | None, apart: int | None, ready: bool):
    async def ok() -> None: ...

    async def wrong() -> None:
        raise NotReady("it is not")

    apps: Mapping[int, ASGIApp] = {
        200: Health(None, {"all": ok}),
        503: Health(None, {"all": wrong}),
        404: ToyHttpService(health=False).app,
    }
    ports = free_ports(2)
    servers = [(Server(apps[told]), port) for told, port in zip((at, apart), ports, strict=True) if told is not None]
    async with asyncio.TaskGroup() as group:
        for server, port in servers:
            group.create_task(server.serve([listening(LOOPBACK, port, "health")]))
        script = PROBE.read_text().replace("8000", str(ports[0]))
        asked = await asyncio.create_subprocess_exec(
            "bash", "-c", script, env=os.environ | {"SERVE_HEALTH_PORT": str(ports[1])}, stderr=subprocess.DEVNULL
        )
        assert (await asyncio.wait_for(asked.wait(), 30) == 0) == ready
        for server, _ in servers:
            server.should_exit = True
