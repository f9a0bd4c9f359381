"""The words of a message outside of the inbox: as the text of a mail, and as lines in a chat.

They are those of the inbox, with links to answer, and the reasons. A fetch of a link changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coaching_events.events.mailbox import Entry, EntryId
from coaching_events.events.recipient import MessageKind, PushChannel
from coaching_events.ids import PersonId
from notifications.links import LINKS
from notifications.mailbox.rules.merging import kind_of_message
from notifications.mailbox.state import Mailbox, Message
from notifications.mailbox.views import EntryView, MessageView, message_view
from notifications.quoting import broken
from notifications.texts import Reader


@dataclass(frozen=True, slots=True)
class Letter:
    """A message for one reader over one channel, and the web addresses of its pages.

    ``invitation`` is its entry if its mail has a calendar part.
    """

    reader: Reader
    view: MessageView
    kind: MessageKind
    channel: PushChannel
    public_url: str
    invitation: Entry | None = None

    @property
    def person(self) -> PersonId:
        """The reader."""
        return self.reader.person

    @property
    def read(self) -> str:
        """The page of the message."""
        return f"{self.public_url}/read/{LINKS.message(self.person, self.view.id)}"

    @property
    def stop(self) -> str:
        """The page with the button that ends messages of this kind over this channel."""
        return f"{self.public_url}/stop/{LINKS.stop(self.person, self.kind, self.channel)}"

    def answers(self, entry: EntryView) -> Sequence[tuple[str, str]]:
        """The label and the page of each answer to an entry."""
        return [(action.label, self._answer(entry.id, action.name)) for action in entry.actions]

    def _answer(self, entry: EntryId, name: str) -> str:
        return f"{self.public_url}/answer/{LINKS.answer(self.person, self.view.id, entry, name)}"


def letter_of(box: Mailbox, told: Message, reader: Reader, channel: PushChannel, public_url: str) -> Letter:
    """The letter of a message."""
    view, kind = message_view(box, told, reader), kind_of_message(box, told, channel)
    invitation = box.entries_of(told)[0] if kind == "invitations" else None
    return Letter(reader, view, kind, channel, public_url, invitation)


def render_text(letter: Letter) -> str:
    """The plain text of a mail."""
    view, name, language = letter.view, letter.reader.name, letter.reader.language
    return "\n".join(
        (
            language.say("Hello {name},", name=name) if name else language.say("Hello,"),
            "",
            "\n\n".join(_paragraph(entry, letter) for entry in view.entries),
            "",
            language.say("To see it, and how to answer: {page}", page=letter.read),
            language.say("Looking at it changes nothing."),
            "",
            language.say("Why you get this:"),
            *(f"- {entry.why} ({entry.cause})" for entry in view.entries),
            "",
            language.say("To get no more mails of this kind: {page}", page=letter.stop),
        )
    )


def _paragraph(entry: EntryView, letter: Letter) -> str:
    links = [f"- {label}: {page}" for label, page in letter.answers(entry)]
    said = broken(entry.text)
    return "\n".join([said, "", letter.reader.language.say("To answer in one step:"), *links]) if links else said


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a message in a chat: our text with the partner's quotations, or a label that leads to a page."""

    text: str
    page: str | None = None


MOST_CHARACTERS = 6000
"""The most characters of the entries in a chat. A chat refuses or cuts longer messages."""


def lines_of(letter: Letter) -> Sequence[Line]:
    """The lines of a message in a chat."""
    language = letter.reader.language
    last = (
        Line(language.say("To see it, and how to answer"), letter.read),
        *(Line(entry.why) for entry in letter.view.entries[:1]),
        Line(language.say("To get no more messages of this kind here"), letter.stop),
    )
    return (Line(letter.view.subject), *_bounded(letter), *last)


def _bounded(letter: Letter) -> Iterator[Line]:
    room = MOST_CHARACTERS
    for entry in letter.view.entries:
        for text in entry.text.split("\n"):
            room -= len(text)
            if room < 0:
                yield Line(letter.reader.language.say("The rest is in your inbox."))
                return
            if text:
                yield Line(text)
        yield from (Line(label, page) for label, page in letter.answers(entry))
