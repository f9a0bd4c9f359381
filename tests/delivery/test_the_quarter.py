"""The demo, shortened: no difference in its audit, and the same stories with and without a kill."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 240


def test_the_story_is_the_same_whether_or_not_a_worker_is_killed_on_the_way() -> None:
    killed, untouched = play(kill=True), play(kill=False)

    assert "SIGKILL for the worker of goals" in killed
    assert "SIGKILL" not in untouched
    for output in (killed, untouched):
        assert "No difference." in output, output
    assert fingerprint(killed) == fingerprint(untouched)


def play(*, kill: bool) -> str:
    environment = os.environ | {"WEEKS": "1", "KILL": "1" if kill else "0", "KEEP": "", "TARGET": "local"}
    for given in ("KAFKA_URL", "MONGO_URL"):
        environment.pop(given, None)
    played = subprocess.run(
        [sys.executable, "-m", "examples.quarter"], cwd=ROOT, env=environment, capture_output=True, text=True,
        timeout=SECONDS, check=False,
    )  # fmt: skip
    assert played.returncode == 0, played.stdout + played.stderr
    return played.stdout


def fingerprint(output: str) -> str:
    found = re.search(r"the fingerprint ([0-9a-f]{12})", output)
    assert found is not None, output
    return found[1]
