"""Two processes of the suite, as they would be deployed."""

import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.ready import NotYet, wait_until
from deploy.local.server import LocalServer


@contextmanager
def goals_and_notifications(settings: Mapping[str, str], folder: Path) -> Generator[str]:
    """`goals serve` and `notifications work` for the length of a ``with`` block: the address of the first."""
    folder.mkdir(parents=True, exist_ok=True)
    serving, working = free_ports(2)
    started = [
        _process("goals", "serve", {**settings, "PORT": str(serving)}, serving, folder),
        _process("notifications", "work", {**settings, "HEALTH_PORT": str(working)}, working, folder),
    ]
    try:
        for server in started:
            server.start()
        yield started[0].url
    finally:
        for server in started:
            server.stop()


def _process(service: str, role: str, settings: Mapping[str, str], port: int, folder: Path) -> LocalServer:
    command = ["env", *(f"{name}={value}" for name, value in settings.items()), f"HOST={LOOPBACK}", "SLOT=bench"]
    return LocalServer(
        url=f"http://{LOOPBACK}:{port}", what=f"{service} {role}", lacks=(), log=folder / f"{service}-{role}.log",
        prepare=lambda: [*command, sys.executable, "-m", service, role],
        wait=lambda url, alive: wait_until(f"{service} {role}", lambda: _probe(url), alive),
    )  # fmt: skip


def _probe(url: str) -> None:
    try:
        answer = httpx.get(f"{url}/health/ready", timeout=5)
    except httpx.HTTPError as refused:
        raise NotYet(refused) from None
    if answer.is_error:
        raise NotYet(answer.text)
