"""The two plays: the demo tells what happened in its order; the quarter is the same with and without a kill."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 400


def test_the_demo_tells_two_weeks_in_order_and_its_audit_finds_no_difference() -> None:
    told = play("two_weeks")
    in_order = (
        "Anna wants to learn to lead",
        "Martina form a partnership",
        "Anna asks Martina: “Could you take me along",
        "Martina promises in own words",
        "Anna suggests a goal: “By Easter",
        "Jonas says no, so nothing is owed: “Not this month.",
        "Martina answers with “By summer",
        "Anna agrees, so it is the goal of both",
        "Anna promises Martina for their goal",
        "is killed (SIGKILL)",
        "is missed: a fact",
        "Martina gets a mail, “A gentle reminder”",
        "Why? Because",
        "Martina asks for another date",
        "Anna agrees to Thursday 22 January",
        "is not missed: Sameer is on leave",
        "Jonas and Martina have met",
        "Kavya cancels the session",
        "Martina has kept",
        "Anna counts 1 so far",
        "no difference",
    )
    places = [told.find(piece) for piece in in_order]
    assert -1 not in places, told
    assert places == sorted(places), told
    assert "127.0.0.1" not in told  # not a terminal: nothing stays up


def test_the_story_is_the_same_whether_or_not_a_worker_is_killed_on_the_way() -> None:
    killed, untouched = play("quarter", KILL="1"), play("quarter", KILL="0")

    assert "SIGKILL for the worker of goals" in killed
    assert "SIGKILL" not in untouched
    for output in (killed, untouched):
        assert "No difference." in output, output
    assert fingerprint(killed) == fingerprint(untouched)


def play(name: str, **more: str) -> str:
    environment = os.environ | {"WEEKS": "1", "PAIRS": "4", "KEEP": "", "TARGET": "local"} | more
    for given in ("KAFKA_URL", "MONGO_URL"):
        environment.pop(given, None)
    played = subprocess.run(
        [sys.executable, "-m", f"examples.{name}"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert played.returncode == 0, played.stdout + played.stderr
    return " ".join(played.stdout.split())


def fingerprint(output: str) -> str:
    found = re.search(r"the fingerprint ([0-9a-f]{12})", output)
    assert found is not None, output
    return found[1]
