"""A mail about a promise of Anna to Ben, with whatever words and names people may have chosen."""

from dataclasses import replace
from typing import Final

from coaching_events.events.mailbox import Entry, MessageId
from notifications.channels.letters import letter_of, render_text
from notifications.links import LINKS
from notifications.mailbox.state import Item, Mailbox, Message
from notifications.texts import Reader
from tests.rules.notifications.a_week import (
    ANNA,
    BEN,
    MONDAY,
    WITH_BEN,
    WORLD,
    World,
    local,
    person,
    promise,
    step,
    word,
)

URL: Final = "https://tandem.example"
PAGE: Final = f"{URL}/read/{LINKS.message(ANNA, MessageId('message_1'))}"
STOP: Final = f"{URL}/stop/{LINKS.stop(ANNA, 'answers')}"


def asked(note: str | None = None) -> Entry:
    """Ben asks for a promise."""
    return word().model_copy(update={"note": note})


def reminded() -> Entry:
    """A promise was due."""
    return step(1)


def world(entry: Entry, text: str = "the report", name: str = "Ben", reader: str = "Anna") -> World:
    known = WORLD.knowing(entry.subject, replace(promise(entry), text=text))
    for who, called in ((ANNA, reader), (BEN, name)):
        known = known.knowing(who, replace(person(), display_name=called))
    return known


def message(*entries: Entry) -> tuple[Mailbox, Message]:
    told = Message(
        id=MessageId("message_1"),
        kind="news",
        at=local(0),
        entries=tuple(entry.id for entry in entries),
        partnerships=(WITH_BEN,),
    )
    items = tuple(Item(entry=entry, moment=local(0), status="left", message=told.id) for entry in entries)
    return Mailbox(person=ANNA, week=MONDAY, items=items, messages=(told,)), told


def letter(entry: Entry, text: str = "the report", name: str = "Ben", reader: str = "Anna") -> str:
    """The text of the mail."""
    box, told = message(entry)
    its_reader = Reader(ANNA, world(entry, text, name, reader).reference_data)
    return render_text(letter_of(box, told, its_reader, "mail", URL))
