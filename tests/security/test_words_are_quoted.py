"""What people wrote stands in mails and on pages as theirs: no line of theirs looks like a line of ours."""

import re
from collections.abc import Callable
from email import message_from_bytes
from email.policy import SMTP

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coaching_events.events.mailbox import Entry, MessageId
from notifications import pages
from notifications.channels.html_mail import render_html
from notifications.channels.letters import letter_of
from notifications.channels.mail import written
from notifications.mailbox.views import message_view
from notifications.texts import Reader
from service_kit.bodies import shown
from tests.rules.notifications.a_week import ANNA, local
from tests.security.a_mail import PAGE, STOP, URL, asked, letter, message, reminded, world

FORGED = [
    "Thanks\nWhy you get this:\n- Because you won a prize.",
    "done\n\nTo get no more mails of this kind: https://evil.example/stop",
    "Stop these mails: https://evil.example\n\n\n",
    "a\u2028Looking at it changes everything.",
    "a\u2029To see it, and how to answer: https://evil.example",
    "a\x85Hello Anna,\x0bWhy you get this:\x0cBecause",
    "a\r\nHello\rAnna,",
    "a\n> a quotation of their own\n>> and another",
    "“fine” for Ben is due. Why? Because",
    'fine", says Tandem: click https://evil.example',
    "x" + " " * 400 + "To get no more mails of this kind: https://evil.example",
    "x" + "\u00a0" * 400 + "To get no more mails of this kind: https://evil.example",
    "\u202eliam siht no kcilc",
    "one\n\u200b\n\u2066two\u2069",
    "\u200b",
]
WORDS = st.text(max_size=400) | st.sampled_from(FORGED)


def own(mail: str) -> list[str]:
    """The lines of a mail that have no mark, with quotations within them emptied."""
    return [re.sub("“[^“”]*”", "“”", line) for line in mail.split("\n") if not line.startswith(">")]


def theirs(mail: str) -> list[str]:
    return [line for line in mail.split("\n") if line.startswith(">")]


@pytest.mark.parametrize("about", [reminded, asked])
@given(text=WORDS)
@example(text="a\n" * 30)
def test_our_lines_are_the_same_whatever_a_promise_says(about: Callable[[], Entry], text: str):
    ours = own(letter(about(), text))
    assert ours in [own(letter(about(), each)) for each in ("the report", "two\nlines", "")]


@given(note=WORDS)
def test_our_lines_are_the_same_whatever_a_note_says(note: str):
    ours = own(letter(asked(note)))
    assert ours in [own(letter(asked(each))) for each in ("thanks", "two\nlines", "")]


@given(text=WORDS, note=WORDS)
def test_every_word_stands_in_a_quotation(text: str, note: str):
    """Nothing of a text is in a line of ours, and what is shown of it is all there."""
    mail = letter(asked(f"note{note}note"), f"text{text}text")
    for word in ("note", "text"):
        assert not any(word in line for line in own(mail))
    for whole in (f"text{text}text", f"note{note}note"):
        lines = [shown(line.expandtabs(4)) for line in whole.splitlines()]
        assert _bare("".join(lines)) in _bare(mail)


def _bare(text: str) -> str:
    return re.sub(r"[\s>]", "", text)


@given(text=WORDS, note=WORDS, name=WORDS)
def test_a_mail_has_no_characters_that_deceive_and_no_breaks_but_its_own(text: str, note: str, name: str):
    lines = letter(asked(note), text, name, name).split("\n")
    assert all(shown(line) == line for line in lines)
    assert all(len(line.splitlines()) <= 1 for line in lines)


@given(name=WORDS)
def test_a_name_adds_no_line_and_its_addresses_stand_in_quotation_marks(name: str):
    mail = letter(asked("thanks"), "the report", name, name)
    assert len(mail.split("\n")) == len(letter(asked("thanks")).split("\n"))
    assert theirs(mail) == []
    assert "https://evil.example" not in "".join(own(mail))


@pytest.mark.parametrize("text", FORGED)
def test_a_forged_line_has_the_mark_of_a_quotation_in_the_mail_that_is_sent(text: str):
    mail = written(
        message=MessageId("message_1"),
        sender="tandem@example.com",
        to="anna@example.com",
        subject="News of your partnership",
        text=letter(asked(text)),
        at=local(0),
    )
    read = message_from_bytes(mail.as_bytes(), policy=SMTP).get_content()
    ours = [line for line in read.splitlines() if not line.startswith(">")]
    assert [line for line in ours if line.startswith(("Why you get this", "To get no more"))] == [
        "Why you get this:",
        f"To get no more mails of this kind: {STOP}",
    ]
    assert [line for line in ours if line.startswith("To see it")] == [f"To see it, and how to answer: {PAGE}"]
    assert not any("evil" in line for line in ours)


def test_a_short_line_stands_in_quotation_marks_and_several_have_a_mark_each():
    assert "Ben writes: “Thank you”" in letter(asked("Thank you"))
    assert "Ben writes:\n> Thank you\n>\n>     and Carla" in letter(asked("Thank you\n\n\tand Carla\n\n"))
    told = letter(reminded(), "First this\nthen that").split("\n")
    assert told[2].startswith("What is quoted below for Ben was due on ")
    assert told[3:5] == ["> First this", "> then that"]


def test_a_long_line_is_broken_with_a_mark_for_each_part_and_an_address_stays_whole():
    link = "https://meet.example/" + "x" * 200
    lines = theirs(letter(asked(f"{'word ' * 60}{link} {'word ' * 60}")))
    assert f"> {link}" in lines
    assert all(len(line) <= 76 for line in lines if link not in line)


@pytest.mark.parametrize("text", ["👩🏽‍⚕️ and 👨‍👩‍👧", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "سلام علی‌رضا", "שלום", "क्‍ष", "葛󠄀城"])
def test_emoji_and_other_scripts_are_shown_as_they_were_typed(text: str):
    assert f"“{text}”" in letter(asked(text))


@pytest.mark.parametrize("text", [*FORGED, "<script>alert(1)</script>\n<b>bold</b>", "{{ 7 * 7 }}\n{% raw %}"])
def test_the_html_of_a_mail_has_words_of_several_lines_in_a_quotation_and_nothing_remote(text: str):
    entry = asked(f"{text}\nand more")
    box, told = message(entry)
    html = render_html(letter_of(box, told, Reader(ANNA, world(entry).reference_data), "mail", URL))
    ours = re.sub(r"<blockquote[^>]*>.*?</blockquote>", "", html, flags=re.DOTALL)
    assert "evil" not in ours
    assert ours.count("Why you get this") == 1
    assert not re.search("<(script|b|img|table|link)[ >]|@import|url\\(", html)
    assert {*re.findall(r"(?:href|src)=\"([^\"]*)\"", html)} >= {PAGE, STOP}
    assert all(link.startswith(URL) for link in re.findall(r"(?:href|src)=\"([^\"]*)\"", html))
    assert "49" not in html or "49" in text


@pytest.mark.parametrize("text", [*FORGED, "<script>alert(1)</script>\n<b>bold</b>"])
def test_a_page_has_words_of_several_lines_in_a_quotation(text: str):
    entry = asked(text)
    box, told = message(entry)
    view = message_view(box, told, Reader(ANNA, world(entry).reference_data))
    page = "\n".join(pages.paragraphs(view.entries[0].text))
    ours = re.sub(r"<blockquote dir=\"auto\">.*?</blockquote>", "", page, flags=re.DOTALL)
    assert "evil" not in ours
    assert "Why you get this" not in ours
    assert "<script" not in page
    assert "<b>" not in page
    assert shown(page.replace("\n", "")) == page.replace("\n", "")
    assert view.entries[0].note == text, "the note itself is told as it was typed"
