"""the toy service behind a real port, and clients that say byte by byte what they send."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx

from service_kit.server.server import Server, listening
from tests.contracts.toy_http_service import ToyHttpService

HOST = "127.0.0.1"
LIMIT = 10.0
"""Seconds within which a test expects whatever it waits for."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it came over the wire."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> tuple[int, str]:
        """Status and type of a refusal, which is a problem in any case."""
        assert self.headers["content-type"] == "application/problem+json", self
        told = json.loads(self.body)
        assert told["status"] == self.status
        assert told["title"]
        assert told["detail"]
        return self.status, told["type"].removeprefix("urn:tandem:problem:")


@dataclass
class Wire:
    """One connection of a client."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes) -> None:
        """Send this and no more."""
        self.writer.write(b"".join(parts))
        await self.writer.drain()

    async def answer(self) -> Told:
        """The next answer."""
        async with asyncio.timeout(LIMIT):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): text for name, _, text in (line.partition(": ") for line in head[1:] if line)}
            body = await self.reader.readexactly(int(headers["content-length"]))
        return Told(int(head[0].split()[1]), headers, body)

    async def ends(self) -> bytes:
        """What else comes until the server closes the connection; a test that waits for too long fails."""
        async with asyncio.timeout(LIMIT):
            try:
                return await self.reader.read()
            except ConnectionResetError:
                return b""

    async def leave(self) -> None:
        """Close it."""
        self.writer.transport.abort()
        with suppress(ConnectionError):
            await self.writer.wait_closed()


@dataclass
class Served:
    """A toy that listens."""

    toy: ToyHttpService
    server: Server
    port: int
    wires: list[Wire] = field(default_factory=list[Wire])

    async def connect(self, *, takes: int | None = None) -> Wire:
        """A new connection, closed with the service at the latest. ``takes``: bytes that it takes without reading."""
        end = socket.socket()
        end.setblocking(False)
        if takes is not None:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
        await asyncio.get_running_loop().sock_connect(end, (HOST, self.port))
        self.wires.append(Wire(*await asyncio.open_connection(sock=end)))
        return self.wires[-1]

    def client(self, name: str = "anna") -> httpx.AsyncClient:
        """An honest client."""
        bearer = f"Bearer {self.token(name)}"
        return httpx.AsyncClient(base_url=f"http://{HOST}:{self.port}", headers={"Authorization": bearer})

    def token(self, name: str = "anna") -> str:
        """A valid token of a person."""
        return self.toy.issuer.token(name, lifetime=timedelta(hours=1))

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self.server.server_state.connections)


@asynccontextmanager
async def served(toy: ToyHttpService) -> AsyncGenerator[Served]:
    """Listens for the length of a ``with`` block."""
    door = listening(HOST, 0, "serve")
    server = Server(toy.app, toy.client_limits)
    running = asyncio.create_task(server.serve([door]))
    at = Served(toy, server, door.getsockname()[1])
    try:
        async with at.client() as client:
            assert (await client.get("/health/ready")).status_code == 200
        yield at
    finally:
        for wire in at.wires:
            await wire.leave()
        server.should_exit = True
        await asyncio.wait_for(running, LIMIT)


def head(method: str, path: str, *, token: str | None = None, **headers: Any) -> bytes:
    """A request line and its headers; the names of headers have underscores here."""
    told = {"host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if token is not None:
        told["authorization"] = f"Bearer {token}"
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
