"""A subscriber's own program passes the strict type checkers, which read the installed package."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BIN = Path(sys.executable).parent
PROGRAM = """
import asyncio
from datetime import UTC, datetime

from coaching_events import (
    CommitmentEvent, CommitmentMade, Delivery, KafkaSecurity, PersonId, Poison, SessionHeld, StreamId, subscribe,
)


class Memory:
    def __init__(self) -> None:
        self.versions: dict[StreamId, int] = {}

    async def at(self, stream: StreamId) -> int:
        return self.versions.get(stream, 0)

    async def advance(self, stream: StreamId, version: int) -> None:
        self.versions[stream] = version


async def complain(poison: Poison) -> None:
    print(poison.why, len(poison.headers))


def owner_of(delivery: Delivery[CommitmentMade]) -> PersonId:
    return delivery.event.owner


async def main() -> None:
    async with subscribe(
        types=[CommitmentMade, SessionHeld], group="wall", bootstrap="localhost:9092", seen=Memory(),
        on_poison=complain, start=datetime(2026, 1, 1, tzinfo=UTC), connection=KafkaSecurity(), stop_on=(),
    ) as deliveries:
        async for delivery in deliveries:
            match delivery.event:
                case CommitmentMade(owner=owner):
                    print(owner, delivery.partition, delivery.traceparent)
                case SessionHeld(start=start):
                    print(start.isoformat(), delivery.position)
                case _:
                    pass
            await delivery.commit()
    async with subscribe(types=[CommitmentMade], group="wall", bootstrap="localhost:9092") as promises:
        async for promise in promises:
            print(owner_of(promise))
            promises.stop()
    async with subscribe(
        types=[CommitmentEvent, "session"], group="wall", bootstrap="localhost:9092", on_poison=lambda _: None,
        topics={"goals": "coaching.goals.v2"}, connection={"client_id": "wall"}, start="latest",
    ) as everything:
        print((await anext(everything)).event.by)


asyncio.run(main())
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "wall.py"
    path.write_text(PROGRAM, encoding="utf-8")
    return path


def checked(program: Path, *command: str) -> str:
    done = subprocess.run([*command, program.name], cwd=program.parent, capture_output=True, text=True, check=False)
    return f"{done.returncode}\n{done.stdout}{done.stderr}"


def test_mypy_finds_a_mistake_and_nothing_else(program: Path) -> None:
    mistaken = PROGRAM.replace("delivery.event.owner", "delivery.event.kept_at")
    (program.parent / "mistaken.py").write_text(mistaken, encoding="utf-8")
    told = checked(program, str(BIN / "mypy"), "--strict", "--python-executable", sys.executable, "mistaken.py")
    found = [line for line in told.splitlines() if ": error:" in line]
    assert {line.partition(":")[0] for line in found} == {"mistaken.py"}, told
    assert any('"CommitmentMade" has no attribute "kept_at"' in line for line in found)
    assert "checked 2 source files" in told


def test_pyright_finds_nothing_and_knows_which_events_come(program: Path) -> None:
    settings = {"typeCheckingMode": "strict", "venvPath": str(BIN.parents[1]), "venv": BIN.parent.name}
    (program.parent / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    asked = PROGRAM.replace("            await delivery.commit()\n", "            reveal_type(delivery)\n", 1)
    program.write_text(asked, encoding="utf-8")
    told = checked(program, str(BIN / "pyright"))
    assert told.startswith("0\n"), told
    assert 'Type of "delivery" is "Delivery[CommitmentMade | SessionHeld]"' in told
