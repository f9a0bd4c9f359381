"""The four services as processes of this machine, `serve` and `work` separately, as in production."""

import shutil
import sys
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx

from deploy.local.ports import free_ports
from deploy.local.ready import NotYet, wait_until
from deploy.local.server import LocalServer

SERVICES = ("partnerships", "goals", "sessions", "notifications")


class Suite(Protocol):
    """The addresses of the four services, and the ways to kill and restart a worker."""

    @property
    def addresses(self) -> Mapping[str, str]:
        """Service → the address of its HTTP process."""
        ...

    def kill_worker(self, service: str) -> None:
        """SIGKILL for the worker process of a service."""
        ...

    def restart_worker(self, service: str) -> None:
        """Start it again."""
        ...


@dataclass
class LocalSuite:
    """For each service one process for HTTP and one worker or, ``together``, one process for both.

    ``console`` are the settings of a console in front of them, if there is to be one.
    """

    environment: Mapping[str, str]
    logs: Path
    together: bool = False
    console: Mapping[str, str] | None = None
    serving: dict[str, LocalServer] = field(default_factory=dict[str, LocalServer])
    working: dict[str, LocalServer] = field(default_factory=dict[str, LocalServer])
    front: LocalServer | None = None
    _public: dict[str, str] = field(default_factory=dict[str, str], init=False)

    @property
    def addresses(self) -> Mapping[str, str]:
        """Service → the address of its HTTP process."""
        return {service: server.url for service, server in self.serving.items()}

    def kill_worker(self, service: str) -> None:
        """SIGKILL for the worker process of a service."""
        self.working[service].kill()

    def restart_worker(self, service: str) -> None:
        """Start it again. It continues where the killed one stopped."""
        self.working[service].restart()

    def start(self) -> None:
        """Start all of them at the same time. Returns when each is ready."""
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        ports = iter(free_ports(2 * len(SERVICES) + 1))
        front = next(ports)
        for service in SERVICES:
            port = next(ports)
            self._public[service] = f"http://127.0.0.1:{port if self.console is None else front}"
            if self.together:
                self.serving[service] = self.working[service] = self.process(service, "all", port)
            else:
                self.serving[service] = self.process(service, "serve", port)
                self.working[service] = self.process(service, "work", next(ports))
        with ThreadPoolExecutor() as at_once:
            _all_of([at_once.submit(server.start) for server in self._all()])
        if self.console is not None:
            behind = {f"{service.upper()}_URL": address for service, address in self.addresses.items()}
            own = {**self.console, **behind, "PUBLIC_URL": f"http://127.0.0.1:{front}"}
            self.front = self.process("console", "serve", front, own)
            self.front.start()

    def stop(self) -> None:
        """Stop all of them."""
        if self.front is not None:
            self.front.stop()
        with ThreadPoolExecutor() as at_once:
            _all_of([at_once.submit(server.stop) for server in self._all()])

    def process(self, service: str, role: str, port: int, own: Mapping[str, str] | None = None) -> LocalServer:
        """One process, not started. ``role`` is serve, work or all; ``own`` are its own settings."""
        named = "HEALTH_PORT" if role == "work" else "PORT"
        settings = {**self.environment, named: str(port), "HOST": "127.0.0.1", "INSTANCE_ID": "1", **(own or {})}
        if service in self._public:
            settings["PUBLIC_URL"] = self._public[service]  # the beginning of links in mails
            settings |= {} if self.console is None else {"CONSOLE_URL": self._public[service]}
        command = ["env", *(f"{name}={value}" for name, value in settings.items())]
        return LocalServer(
            url=f"http://127.0.0.1:{port}",
            what=f"{service} {role}",
            lacks=(),
            log=self.logs / f"{service}-{role}.log",
            prepare=lambda: [*command, sys.executable, "-m", service, role],
            wait=lambda url, alive: wait_until(f"{service} {role}", lambda: _probe(url), alive),
        )

    def _all(self) -> Sequence[LocalServer]:
        return list({id(each): each for each in (*self.serving.values(), *self.working.values())}.values())


@contextmanager
def local_suite(
    environment: Mapping[str, str], logs: Path, *, together: bool, console: Mapping[str, str] | None = None
) -> Generator[LocalSuite]:
    """The suite for the length of a ``with`` block."""
    suite = LocalSuite(environment=dict(environment), logs=logs, together=together, console=console)
    try:
        suite.start()
        yield suite
    finally:
        suite.stop()


def _all_of(started: Sequence[Future[None]]) -> None:
    for each in started:
        each.result()


def _probe(url: str) -> None:
    try:
        answer = httpx.get(f"{url}/health/ready", timeout=5)
    except httpx.HTTPError as refused:
        raise NotYet(refused) from None
    if answer.status_code != 200:
        raise NotYet(answer.text)
