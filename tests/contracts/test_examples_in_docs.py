"""The examples that newcomers copy do run."""

import asyncio
import os
import re
import subprocess
import sys
import tomllib
from asyncio.subprocess import PIPE
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaProducer

from coaching_events import CommitmentMade, Envelope, StreamId
from coaching_events.envelope import headers
from coaching_events.event import data_of
from coaching_events.registry import EVENTS
from coaching_events.topics import TOPICS, topic_of
from deploy.local import BackingServices
from eventlog import fresh_id
from eventlog.outbox import Topic, ensure_topics

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "subscribing.md").read_text(encoding="utf-8")


def code(page: str) -> str:
    (found,) = re.findall(r"^```python\n(.*?)^```", page, re.S | re.M)
    return found


def test_the_code_that_the_kit_shows_is_the_code_of_the_services() -> None:
    page = (ROOT / "shared" / "service_kit" / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n# (.+?)\n(.*?)^```", page, re.S | re.M)
    assert len(blocks) == 3
    for file, shown in blocks:
        source = (ROOT / file).read_text(encoding="utf-8")
        for piece in shown.strip().split("\n\n\n"):
            assert piece in source, f"{file} has changed: shared/service_kit/README.md shows\n{piece}"


def test_the_wall_remembers_how_far_it_got(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {"__name__": "recognition_wall"}
    exec(compile(code(PAGE), "docs/subscribing.md", "exec"), names)
    exec(
        "async def remember(path):\n"
        "    wall = Wall(path)\n"
        "    before = await wall.at('commitment_1')\n"
        "    await wall.advance('commitment_1', 3)\n"
        "    wall.show('commitment_1', 'kept')\n"
        "    wall.database.close()\n"
        "    again = Wall(path)\n"
        "    after = await again.at('commitment_1')\n"
        "    again.database.close()\n"
        "    return before, after\n",
        names,
    )
    remember = cast(Callable[[str], Coroutine[None, None, tuple[int, int]]], names["remember"])
    assert asyncio.run(remember(str(tmp_path / "wall.sqlite"))) == (0, 3)
    assert capsys.readouterr().out == "kept\n"


@pytest.mark.parametrize("page", ["docs/subscribing.md", "shared/coaching_events/README.md"])
async def test_an_example_hears_a_promise_and_ends_when_told_to(
    services: BackingServices, page: str, tmp_path: Path
) -> None:
    await ensure_topics(services.kafka_url, [Topic("coaching.goals.v1", 3)])
    await _promise(services.kafka_url)
    # A group of its own, as other tests may have filled this topic and read it.
    text = code((ROOT / page).read_text(encoding="utf-8")).replace("recognition-wall", f"wall-{fresh_id()}")
    (tmp_path / "wall.py").write_text(text, encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "wall.py",
        stdout=PIPE,
        stderr=PIPE,
        cwd=tmp_path,
        env={**os.environ, "KAFKA_URL": services.kafka_url, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while b"person_anna" not in await process.stdout.readline():
                assert process.returncode is None
            process.terminate()
            _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    # A broker that has just begun may say that its coordinator is not there yet,
    # and other tests may have written records to this topic that are no events.
    expected = (b"oordinator", b"passed over a record that is no event")
    assert process.returncode == 0
    assert [line for line in said.splitlines() if not any(part in line for part in expected)] == []


async def _promise(kafka_url: str) -> None:
    anna, ben, pair = (StreamId(text) for text in ("person_anna", "person_ben", "partnership_1"))
    due = datetime(2026, 1, 5, tzinfo=UTC)
    made = CommitmentMade.model_validate(
        {"by": anna, "partnership": pair, "owner": anna, "partner": ben, "due": due, "grace_end": due}
    )
    stream = StreamId(f"commitment_{fresh_id()}")
    envelope = Envelope(stream=stream, version=1, type=made.type, source="urn:tandem:tandem:goals", at=due, key=pair)
    producer: Any = AIOKafkaProducer(bootstrap_servers=kafka_url)
    await producer.start()
    try:
        await producer.send_and_wait(
            "coaching.goals.v1",
            data_of(stream, made).encode(),
            key=pair.encode(),
            headers=[(name, text.encode()) for name, text in headers(envelope).items()],
        )
    finally:
        await producer.stop()


@pytest.mark.parametrize("page", ["docs/subscribing.md", "shared/coaching_events/README.md"])
def test_what_a_page_says_to_install_is_there(page: str) -> None:
    (command,) = re.findall(r"^pip install '(.*)\[(.*)\]'$", (ROOT / page).read_text(encoding="utf-8"), re.M)
    project = tomllib.loads((ROOT / command[0] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert [each.split(">")[0] for each in project["dependencies"]] == ["pydantic"]
    assert [each.split(">")[0] for each in project["optional-dependencies"][command[1]]] == ["aiokafka"]


def test_without_the_extra_everything_but_subscribe_is_there(tmp_path: Path) -> None:
    (tmp_path / "aiokafka.py").write_text("raise ModuleNotFoundError(name='aiokafka')", encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-c", "from coaching_events import CommitmentMade, Envelope, schemas, subscribe"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "ImportError: subscribe needs aiokafka: install coaching-events[subscribe]" in told.stderr


def test_the_table_of_topics_is_the_registry() -> None:
    for topic in TOPICS.values():
        kinds = ", ".join(kind for kind in EVENTS if topic_of(kind) == topic)
        assert f"| `{topic}` | {kinds} |" in PAGE
