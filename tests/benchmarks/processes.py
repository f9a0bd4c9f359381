"""Processes of the suite, as they would be deployed."""

import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.ready import NotYet, wait_until
from deploy.local.server import LocalServer
from service_kit.authentication.local_issuer import LocalIssuer
from tests.benchmarks import seen
from tests.benchmarks.measure import Servers

PORTS = {"serve": "PORT", "work": "HEALTH_PORT"}


@dataclass(frozen=True, slots=True)
class Started:
    """One that is ready. ``id`` is its number on this machine, if that can be seen."""

    url: str
    id: int | None


def settings_of(servers: Servers, prefix: str, issuer: LocalIssuer) -> dict[str, str]:
    """What every process of a suite is told."""
    return {
        "KAFKA_URL": servers.kafka_url,
        "MONGO_URL": servers.mongo_url,
        "DATABASE_PREFIX": prefix,
        "TOKEN_ISSUER": issuer.issuer,
        "TOKEN_AUDIENCE": issuer.audience,
        "TOKEN_JWKS": issuer.jwks(),
        "CLOCK": "real",
        "TOPIC_PARTITIONS": "3",
    }


@contextmanager
def started(
    roles: Sequence[tuple[str, str]], settings: Mapping[str, str], folder: Path
) -> Generator[Sequence[Started]]:
    """A process for each service and role (``serve``, ``work``) for the length of a ``with`` block, in this order."""
    folder.mkdir(parents=True, exist_ok=True)
    processes = [
        _process(service, role, {**settings, PORTS[role]: str(port)}, port, folder)
        for (service, role), port in zip(roles, free_ports(len(roles)), strict=True)
    ]
    try:
        for process in processes:
            process.start()
        yield [Started(process.url, seen.listener(process.url)) for process in processes]
    finally:
        for process in processes:
            process.stop()


def _process(service: str, role: str, settings: Mapping[str, str], port: int, folder: Path) -> LocalServer:
    command = ["env", *(f"{name}={value}" for name, value in settings.items()), f"HOST={LOOPBACK}", "INSTANCE_ID=bench"]
    return LocalServer(
        url=f"http://{LOOPBACK}:{port}",
        what=f"{service} {role}",
        lacks=(),
        log=folder / f"{service}-{role}.log",
        prepare=lambda: [*command, sys.executable, "-m", service, role],
        wait=lambda url, alive: wait_until(f"{service} {role}", lambda: _probe(url), alive),
    )


def _probe(url: str) -> None:
    try:
        answer = httpx.get(f"{url}/health/ready", timeout=5)
    except httpx.HTTPError as refused:
        raise NotYet(refused) from None
    if answer.is_error:
        raise NotYet(answer.text)
