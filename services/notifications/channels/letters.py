"""The text of a mail. It has the words of the message in the inbox, links to answer, and the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

from coaching_events.events.recipient import MessageKind
from coaching_events.ids import PersonId
from notifications.links import LINKS
from notifications.mailbox.views import EntryView, MessageView
from notifications.quoting import broken
from service_kit.languages import Language


@dataclass(frozen=True, slots=True)
class Pages:
    """The web addresses of one message. A GET of any of them changes nothing."""

    public_url: str
    person: PersonId
    view: MessageView
    kind: MessageKind

    @property
    def read(self) -> str:
        """The page of the message."""
        return f"{self.public_url}/read/{LINKS.message(self.person, self.view.id)}"

    @property
    def stop(self) -> str:
        """The page with the button that ends mails of this kind."""
        return f"{self.public_url}/stop/{LINKS.stop(self.person, self.kind)}"

    def answers(self, entry: EntryView) -> Sequence[tuple[str, str]]:
        """The label and the page of each answer to an entry."""
        return [
            (action.label, f"{self.public_url}/answer/{LINKS.answer(self.person, self.view.id, entry.id, action.name)}")
            for action in entry.actions
        ]


def render_text(view: MessageView, name: str, pages: Pages, language: Language) -> str:
    """A message as plain text, for a reader with this name (or an empty one). The view is in the same language."""
    return "\n".join(
        (
            language.say("Hello {name},", name=name) if name else language.say("Hello,"),
            "",
            "\n\n".join(_paragraph(entry, pages, language) for entry in view.entries),
            "",
            language.say("To see it, and how to answer: {page}", page=pages.read),
            language.say("Looking at it changes nothing."),
            "",
            language.say("Why you get this:"),
            *(f"- {entry.why} ({entry.cause})" for entry in view.entries),
            "",
            language.say("To get no more mails of this kind: {page}", page=pages.stop),
        )
    )


def _paragraph(entry: EntryView, pages: Pages, language: Language) -> str:
    links = [f"- {label}: {page}" for label, page in pages.answers(entry)]
    said = broken(entry.text)
    return "\n".join([said, "", language.say("To answer in one step:"), *links]) if links else said
