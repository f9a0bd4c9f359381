"""Clients that send byte by byte and never to the end: ``python -m tests.benchmarks.slow_clients PORT COUNT TOKEN``.

A third of them never ends its headers, a third never its body, a third never a body that comes with a valid token. One
whose connection ends begins anew.
"""

import asyncio
import sys
from contextlib import suppress

from deploy.local.ports import LOOPBACK

PAUSE = 1.0
"""Seconds between two bytes."""


def beginnings(token: str) -> tuple[bytes, ...]:
    """What each kind of them sends at once."""
    request = f"POST /partnerships/partnership_x/commitments HTTP/1.1\r\nHost: {LOOPBACK}\r\n"
    body = "Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
    return tuple(
        text.encode() for text in (request, request + body, f"{request}Authorization: Bearer {token}\r\n{body}")
    )


async def slow(port: int, begins: bytes) -> None:
    """One client, for ever."""
    while True:
        with suppress(OSError):
            _, writer = await asyncio.open_connection(LOOPBACK, port)
            writer.write(begins)
            while not writer.is_closing():
                await asyncio.sleep(PAUSE)
                writer.write(b"x")
        await asyncio.sleep(PAUSE)


async def main(port: int, count: int, token: str) -> None:
    """So many of them."""
    kinds = beginnings(token)
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            group.create_task(slow(port, kinds[number % len(kinds)]))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
