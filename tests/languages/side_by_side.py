"""The same messages in each language, side by side: ``python -m tests.languages.side_by_side`` writes the file.

Whoever knows a language can read there whether it sounds right.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from coaching_events.events.commitment import CommitmentMade, CommitmentRequestDeclined
from coaching_events.events.goal import GoalOutcome
from coaching_events.events.mailbox import Entry, EntryId
from coaching_events.events.partnership import PartnershipPaused
from coaching_events.events.session import SessionCancelled, SessionProposed, SessionScheduled
from coaching_events.ids import StreamId, kind_of, position
from notifications.channels.letters import letter_of, render_text
from notifications.texts import NEWS, STEPS, WORDS, Reader, render_entry
from service_kit.languages import LANGUAGES, language_of
from tests.contracts.notified import ANNA, BEN, WITH_BEN, Notified, owned
from tests.rules.notifications.a_week import MONDAY, goal, local
from tests.security.a_mail import asked, message, world

FILE: Final = Path(__file__).parent / "side_by_side.txt"
OUTCOMES: Final[Mapping[str, GoalOutcome]] = {
    "closing-proposed achieved": "achieved",
    "closing-proposed released": "released",
}
SUBJECTS: Final = {"check-in": "check-ins_one", "session": "session_one", "goal": "goal_one", "closing": "goal_one"}


async def whole() -> str:
    """The content of the file."""
    parts = ["# Every text about something", *_texts()]
    for tag in LANGUAGES:
        parts += [f"# The week of a reader, {tag}", *(await _week(tag))]
    return "\n".join([*parts, *(f"# A mail, {tag}\n{_mail(tag)}" for tag in LANGUAGES), ""])


def entries() -> Iterator[tuple[str, Entry]]:
    """An entry for each text about a subject."""
    base = asked()
    for kind, step in STEPS:
        subject = StreamId(f"{kind}_one")
        yield (
            f"{kind} {step}",
            base.model_copy(update={"subject": subject, "step": step, "about": "", "due": local(3, 15)}),
        )
    for about in WORDS:
        asks = None if " by silence" in about else BEN
        more: dict[str, Any] = {"id": EntryId(about), "sender": asks, "due": local(3, 15)}
        yield about, base.model_copy(update={**_about(about.removesuffix(" by silence")), **more})
    for key in NEWS:
        about = key.removesuffix(", other").removesuffix(" by silence").removesuffix(" until")
        sender = None if " by silence" in key else BEN
        news: Any = {"news": "other" if key.endswith(", other") else "answer", "sender": sender}
        yield key, base.model_copy(update={**_about(about), **news, "due": local(3, 15)})


def _about(key: str) -> dict[str, Any]:
    kind, _, about = key.rpartition(" ")
    subject = next((SUBJECTS[each] for each in SUBJECTS if (kind or key).startswith(each)), "commitment_one")
    return {"about": about if kind in ("goal",) else key.partition(" ")[0], "subject": StreamId(subject)}


def reader(entry: Entry, tag: str, name: str = "Ben") -> Reader:
    """Anna, who knows the promise of an entry and its partner by this name."""
    of_a_promise = kind_of(entry.subject) == "commitment"
    known = world(entry if of_a_promise else asked(), text="the report", name=name)
    if kind_of(entry.subject) == "goal":
        known = known.knowing(entry.subject, replace(goal(entry), outcome=OUTCOMES.get(entry.id)))
    return Reader(ANNA, known.reference_data, language_of(tag))


def _texts() -> Iterator[str]:
    for key, entry in entries():
        yield f"{key}"
        for tag in LANGUAGES:
            yield f"    {render_entry(entry, reader(entry, tag), MONDAY)}"


async def _week(tag: str) -> Iterator[str]:
    suite = Notified()
    await suite.knows_the_pairs(tag)
    await suite.misses_a_promise()
    await suite.comes(local(0, 12))
    asked_for = await suite.is_asked("slides")
    await suite.opens_a_check_in()
    await _meets(suite)
    await suite.comes(local(1, 12))
    freely: Any = {**owned(WITH_BEN), "by": BEN, "owner": BEN, "partner": ANNA}
    made = CommitmentMade(**freely, text="a long text\nof two lines", due=local(4, 17), grace_end=local(4, 17))
    await suite.hears(StreamId("commitment_free"), made)
    declined = CommitmentRequestDeclined(**owned(WITH_BEN), note="Next month, gladly")
    await suite.hears(asked_for, declined)
    paused = PartnershipPaused(by=BEN, partnership=WITH_BEN, whose=BEN, last=local(9).date(), until=local(9, 17))
    await suite.hears(WITH_BEN, paused)
    await suite.comes(local(4, 20))
    told = [line for name in ("anna", "ben") for line in _inbox(name, (await suite.get("/inbox", name))["items"])]
    return iter([*told, *(await suite.get("/recipients/me"))["missed"]])


async def _meets(suite: Notified) -> None:
    at: Any = {"start": local(2, 10), "end": local(2, 11)}
    both: Any = {"partnership": WITH_BEN, "people": (BEN, ANNA)}
    session = StreamId("session_one")
    await suite.hears(session, SessionProposed(**both, **at, by=BEN, answer_by=local(2, 10)))
    await suite.hears(session, SessionScheduled(**both, **at, by=ANNA, proposal=position(session, 1)))
    cancelled = SessionCancelled(**both, by=BEN, start=at["start"], cause="partner", late_notice=False)
    await suite.hears(session, cancelled, at=suite.clock.at + timedelta(minutes=1))


def _inbox(name: str, items: list[Any]) -> Iterator[str]:
    for each in reversed(items):
        yield f"{name}: {each['subject']}"
        yield from (f"    {line}" for line in each["text"].split("\n"))
        for entry in each["entries"]:
            yield f"    ({entry['why']})"
            yield from (f"    [{action['label']}]" for action in entry["actions"])


def _mail(tag: str) -> str:
    entry = asked("Please, if you can")
    box, told = message(entry)
    named = reader(entry, tag)
    letter = letter_of(box, replace(told, kind="word"), named, "mail", "https://tandem.example")
    return "\n".join(line.partition("https://")[0] for line in render_text(letter).split("\n"))


if __name__ == "__main__":
    FILE.write_text(asyncio.run(whole()), "utf-8")
