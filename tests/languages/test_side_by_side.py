"""The messages of a week, and every text, as a German and an English reader get them."""

import re

import pytest

from coaching_events.events.mailbox import Entry
from notifications.texts import render_entry
from service_kit.languages import LANGUAGES
from tests.languages.side_by_side import FILE, entries, reader, whole
from tests.rules.notifications.a_week import MONDAY


async def test_the_messages_are_those_of_the_file_that_people_have_read():
    """After a change: ``python -m tests.languages.side_by_side``, and read what it changes."""
    assert await whole() == FILE.read_text("utf-8")


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("known", [pytest.param(entry, id=key) for key, entry in entries()])
def test_every_text_is_whole_with_and_without_names_and_dates(known: Entry, tag: str):
    for name in ("Ben", ""):
        for each in (known, known.model_copy(update={"due": None}), known.model_copy(update={"note": "Thank you"})):
            said = render_entry(each, reader(each, tag, name), MONDAY)
            assert not re.search(r"[{}]|None|Phrase", said), said
            assert said[0].isupper() or said[0] in "“„", said


def test_a_partner_without_a_name_is_named_in_the_right_case():
    said = {key: render_entry(entry, reader(entry, "de", ""), MONDAY) for key, entry in entries()}
    assert said["check-ins 1"].startswith("Ihr Check-in mit Ihrem Gegenüber ist weiterhin willkommen")
    assert said["session-proposed"].startswith("Ihr Gegenüber schlägt ein Treffen am ")


def test_a_text_without_a_date_says_so_in_the_right_case():
    without = {key: entry.model_copy(update={"due": None}) for key, entry in entries()}
    said = {key: render_entry(entry, reader(entry, "de"), MONDAY) for key, entry in without.items()}
    assert said["check-ins 0"].startswith("Ihr Check-in mit Ben ist bis auf Weiteres offen.")
    assert said["session-proposed"] == "Ben schlägt ein Treffen am noch offenen Termin vor."
