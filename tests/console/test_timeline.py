"""Every event of the two has a sentence in the timeline, for the one who did it and for the other."""

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from coaching_events.registry import EVENTS
from console.rendering import environment
from service_kit.languages import ENGLISH

EXAMPLES = Path(__file__).parents[2] / "docs" / "events"
KINDS = ("commitment", "goal", "check-ins", "session", "meetings", "partnership")
OTHERWISE = "Something else happened here."


@cache
def timeline() -> Any:
    given = {
        "language": ENGLISH,
        "zone": UTC,
        "now": datetime(2026, 3, 2, tzinfo=UTC),
        "me": {"id": "person_me", "zone": "UTC"},
        "outcome": None,
    }
    return environment().get_template("timeline.html").make_module(given)


def sentence(kind: str, event_type: str, **changed: Any) -> str:
    data = json.loads((EXAMPLES / kind / f"{event_type}.example.json").read_text())
    entry = {
        "position": f"{kind}_1@1",
        "type": event_type,
        "at": "2026-03-02T09:00:00.000Z",
        "data": {**data, **changed},
    }
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", timeline().sentence(entry, "Ben"))).strip()


@pytest.mark.parametrize(
    ("kind", "event_type"), [(kind, event_type) for kind in KINDS for event_type in sorted(EVENTS[kind])]
)
def test_every_event_has_a_sentence_for_both(kind: str, event_type: str) -> None:
    for by in ("person_me", "person_ben", "rule:silence"):
        said = sentence(kind, event_type, by=by)
        assert said
        assert OTHERWISE not in said


def test_it_says_who_did_it() -> None:
    assert sentence("commitment", "commitment-thanked", by="person_me") == "You said thank you."
    assert sentence("commitment", "commitment-thanked", by="person_ben") == "Ben said thank you."


def test_what_a_newer_version_adds_has_a_sentence_too() -> None:
    entry = {
        "position": "commitment_1@1",
        "type": "sung",
        "at": "2026-03-02T09:00:00.000Z",
        "data": {"by": "person_me"},
    }
    assert OTHERWISE in timeline().sentence(entry, "Ben")
