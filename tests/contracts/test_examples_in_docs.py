"""The examples that newcomers copy do run."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import cast

import pytest

from coaching_events.registry import EVENTS
from coaching_events.topics import TOPICS, topic_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "subscribing.md").read_text(encoding="utf-8")


def code(page: str) -> str:
    (found,) = re.findall(r"^```python\n(.*?)^```", page, re.S | re.M)
    return found


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


def test_the_ten_lines_of_the_package_are_python() -> None:
    page = (ROOT / "shared" / "coaching_events" / "README.md").read_text(encoding="utf-8")
    compile(code(page), "README.md", "exec")


def test_the_table_of_topics_is_the_registry() -> None:
    for topic in TOPICS.values():
        kinds = ", ".join(kind for kind in EVENTS if topic_of(kind) == topic)
        assert f"| `{topic}` | {kinds} |" in PAGE
