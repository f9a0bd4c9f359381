"""The suite as many processes, that can be killed, stopped and started one by one."""

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import LOOPBACK, free_ports
from eventlog import wall_now
from examples.quarter.suite import SERVICES

ROOT = Path(__file__).parents[2]
PATIENCE = 90.0
"""Seconds within which a process is ready, or gone."""


class NotReady(Exception):
    """A process did not come up, or did not end; the end of its log."""


@dataclass
class Member:
    """One process: ``serve`` or ``work`` of a service.

    ``fault`` is what goes wrong inside it at its next start, ``environment`` what it is told then besides.
    """

    service: str
    role: str
    slot: int
    port: int
    log: Path
    fault: dict[str, Any] | None = None
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    pid: int | None = None
    status: int | None = None
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def name(self) -> str:
        """As in ``goals work 2``."""
        return f"{self.service} {self.role} {self.slot}"

    @property
    def url(self) -> str:
        """Where it answers, were it only for its health."""
        return f"http://{LOOPBACK}:{self.port}"


@dataclass
class ProcessPool:
    """All processes. ``environment`` is what each of them is told."""

    environment: Mapping[str, str]
    logs: Path
    members: list[Member] = field(default_factory=list[Member])
    _forkserver: Process | None = None
    _client: httpx.AsyncClient = field(default_factory=lambda: httpx.AsyncClient(timeout=5))
    _hearing: "asyncio.Task[None] | None" = None
    _started: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])

    async def open(self, serves: int, workers: int) -> None:
        """Start everything: so many processes of each role for each service; all are ready when this returns."""
        self.logs.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._forkserver = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.faults.forkserver",
            stdin=PIPE,
            stdout=PIPE,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        self._hearing = asyncio.create_task(self._hear())
        for service in SERVICES:
            for role, number in (("serve", serves), ("work", workers)):
                for slot in range(1, number + 1):
                    self.add(service, role, slot)
        await asyncio.gather(*(self.start(member) for member in self.members))
        await self.all_ready()

    def add(self, service: str, role: str, slot: int) -> Member:
        """One more process, not started."""
        (port,) = free_ports(1)
        log = self.logs / f"{service}-{role}-{slot}.log"
        member = Member(service, role, slot, port, log)
        member.gone.set()
        self.members.append(member)
        return member

    async def close(self) -> None:
        """End everything at once."""
        forkserver = self._forkserver
        if forkserver is not None and forkserver.stdin is not None:
            forkserver.stdin.close()
            await forkserver.wait()
        if self._hearing is not None:
            self._hearing.cancel()
        await self._client.aclose()

    def of(self, service: str, role: str) -> Sequence[Member]:
        """The processes of a role."""
        return [member for member in self.members if (member.service, member.role) == (service, role)]

    @property
    def alive(self) -> Sequence[Member]:
        """Those that run."""
        return [member for member in self.members if member.pid is not None]

    async def start(self, member: Member) -> None:
        """Start a process that does not run; it may not be ready when this returns."""
        assert self._forkserver is not None
        assert self._forkserver.stdin is not None
        started = self._started[member.name] = asyncio.Event()
        named = "PORT" if member.role == "serve" else "HEALTH_PORT"
        own = {named: str(member.port), "HOST": LOOPBACK, "INSTANCE_ID": str(member.slot)}
        settings = {**self.environment, **own, **member.environment}
        order = {
            "name": member.name,
            "service": member.service,
            "role": member.role,
            "environment": settings,
            "log": str(member.log),
            "fault": member.fault,
        }
        self._forkserver.stdin.write(json.dumps(order).encode() + b"\n")
        async with asyncio.timeout(PATIENCE):
            await started.wait()

    async def kill(self, member: Member) -> None:
        """SIGKILL; it is gone when this returns."""
        await self._end(member, signal.SIGKILL)

    async def stop(self, member: Member) -> None:
        """SIGTERM, and wait until it has ended in good order."""
        await self._end(member, signal.SIGTERM)

    async def command(self, service: str, *arguments: str) -> tuple[int | None, str, str]:
        """What a person types beside it all, ``python -m <service> …``: its exit code, its output, its errors."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", service, *arguments, env={**os.environ, **self.environment}, stdout=PIPE, stderr=PIPE
        )
        said, complained = await process.communicate()
        return process.returncode, said.decode().strip(), complained.decode().strip()

    async def ready(self, members: Iterable[Member]) -> None:
        """Wait until these processes say that they are ready; raises NotReady."""
        await asyncio.gather(*(self._is_ready(member) for member in members))

    async def all_ready(self) -> None:
        """Wait until everything that runs is ready."""
        await self.ready(self.alive)

    async def _is_ready(self, member: Member) -> None:
        until, said = time.monotonic() + PATIENCE, ""
        while time.monotonic() < until:
            try:
                answer = await self._client.get(f"{member.url}/health/ready")
            except httpx.HTTPError as refused:
                said = type(refused).__name__
            else:
                if answer.status_code == 200:
                    return
                said = answer.text
            await asyncio.sleep(0.1)
        raise NotReady(f"{member.name} is not ready after {PATIENCE:.0f} s ({said}):\n{_tail(member.log)}")

    async def _end(self, member: Member, number: signal.Signals) -> None:
        if member.pid is None:
            return
        with suppress(ProcessLookupError):
            os.kill(member.pid, number)
        async with asyncio.timeout(PATIENCE):
            await member.gone.wait()
        with member.log.open("a") as log:
            log.write(f"{wall_now():%Y-%m-%d %H:%M:%S} [{number.name}] the drill ended it\n")

    async def _hear(self) -> None:
        """What the forkserver tells: who was started, and who is gone."""
        assert self._forkserver is not None
        assert self._forkserver.stdout is not None
        async for line in self._forkserver.stdout:
            told = json.loads(line)
            member = next(each for each in self.members if each.name == told["name"])
            if "ended" in told:
                member.pid, member.status = None, told["ended"]
                member.gone.set()
            else:
                member.pid, member.status = told["pid"], None
                member.gone.clear()
                self._started[member.name].set()


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "no log"
