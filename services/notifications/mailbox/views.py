"""A person's own mailboxes as they see them: messages in plain words with their reasons, and the entries."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

from coaching_events.events.mailbox import Entry, EntryId, MessageId, News
from coaching_events.events.recipient import PushChannel
from coaching_events.ids import PartnershipId, PersonId, Position, StreamId
from eventlog import CatchingUp
from notifications import texts
from notifications.mailbox.names import week_name
from notifications.mailbox.rules.answers import Answer, answers
from notifications.mailbox.rules.ladder import FIRST_FOR_THE_PARTNER
from notifications.mailbox.rules.needed import no_longer_needed
from notifications.mailbox.state import Item, Mailbox, Message
from service_kit.bodies import Moment, View

MessageType = Literal["nudge", "word", "news", "digest"]


class AnswerView(View):
    """A button: a request to a service. ``needs`` names the fields that the body must also have."""

    name: str
    label: str
    service: str
    method: Literal["POST"] = "POST"
    path: str
    body: Mapping[str, str | int]
    needs: tuple[str, ...]


class EntryView(View):
    """One entry: its text, its reason, and its answers. Without ``actions`` it is answered, or needs no answer.

    ``step`` is that of the ladder. ``news`` is the kind of news, if it is news. ``sender`` is the partner who asked or
    acted. ``note`` is the partner's note; ``text`` includes it.
    """

    id: EntryId
    partnership: PartnershipId
    subject: StreamId
    about: str
    step: int | None
    sender: PersonId | None
    news: News | None
    note: str | None
    due: Moment | None
    text: str
    why: str
    rule: str
    cause: Position
    actions: tuple[AnswerView, ...]


class BudgetView(View):
    """Reminders used in the week, with this message, and the limit."""

    partnership: PartnershipId | None = None
    used: int
    limit: int


class PushView(View):
    """The status of a delivery: due, later (at ``retry_at``), begun, delivered, failed (another attempt at ``retry_at``
    if set), uncertain.
    """

    channel: PushChannel
    status: Literal["due", "later", "begun", "delivered", "failed", "uncertain"]
    attempt: int
    retry_at: Moment | None


class MessageView(View):
    """A message. A nudge counts in the budgets; a word is a question of the partner; news need no answer; a digest has
    several entries. ``earlier`` is the number of messages of the same day that it replaces.
    """

    id: MessageId
    week: date
    at: Moment
    kind: MessageType
    read: bool
    welcome_back: bool
    earlier: int
    subject: str
    text: str
    entries: tuple[EntryView, ...]
    budgets: tuple[BudgetView, ...]
    ceiling: BudgetView | None
    pushes: tuple[PushView, ...]


class ItemView(View):
    """An entry and its status. While it can leave, ``moment`` is when it is decided next (UTC)."""

    entry: EntryId
    partnership: PartnershipId
    subject: StreamId
    step: int | None
    status: Literal["planned", "waiting", "left", "withdrawn", "moved"]
    moment: Moment
    reason: str | None
    message: MessageId | None
    text: str
    rule: str
    cause: Position


class MailboxView(View):
    """All entries of a week, with those that have not left."""

    id: StreamId
    position: Position
    week: str
    monday: date
    entries: tuple[ItemView, ...]
    messages: tuple[MessageView, ...]


def message_view(box: Mailbox, message: Message, reader: texts.Reader) -> MessageView:
    """A message in plain words."""
    read_until = reader.reference_data.recipient(reader.person).read_until
    items = {item.entry.id: item for item in box.items}
    said = texts.paragraphs(box, message, reader)
    return MessageView(
        id=message.id,
        week=box.week,
        at=message.at,
        kind=message.kind,
        read=message.is_read(read_until),
        welcome_back=message.welcome_back,
        earlier=message.earlier,
        subject=texts.subject(box, message, reader.language),
        text="\n\n".join(said.values()),
        entries=tuple(_entry_view(items[entry], text, message, reader) for entry, text in said.items()),
        budgets=tuple(BudgetView.model_validate(budget) for budget in message.budgets),
        ceiling=None if message.ceiling is None else BudgetView(used=message.ceiling.used, limit=message.ceiling.limit),
        pushes=tuple(PushView.model_validate(push) for push in message.pushes),
    )


def mailbox_view(stream: StreamId, position: Position, box: Mailbox, reader: texts.Reader) -> MailboxView:
    """The mailbox of a week."""
    return MailboxView(
        id=stream,
        position=position,
        week=week_name(box.week),
        monday=box.week,
        entries=tuple(_item_view(item, box.week, reader) for item in box.items),
        messages=tuple(message_view(box, message, reader) for message in box.messages),
    )


def _entry_view(item: Item, text: str, message: Message, reader: texts.Reader) -> EntryView:
    entry = item.entry
    actions = answers(entry, owns=_owns(entry, reader)) if _is_open(item, message, reader) else ()
    return EntryView(
        id=entry.id,
        partnership=entry.partnership,
        subject=entry.subject,
        about=entry.about,
        step=entry.step,
        sender=entry.sender,
        news=entry.news,
        note=entry.note if isinstance(entry.note, str) else None,
        due=entry.due,
        text=text,
        why=texts.why(item, message, reader),
        rule=entry.why.rule,
        cause=entry.why.based_on,
        actions=tuple(_answer_view(answer, reader) for answer in actions),
    )


def _answer_view(answer: Answer, reader: texts.Reader) -> AnswerView:
    return AnswerView.model_validate(answer).model_copy(update={"label": reader.language.say(answer.label)})


def _is_open(item: Item, message: Message, reader: texts.Reader) -> bool:
    try:
        return no_longer_needed(item.entry, message.at, reader.person, reader.reference_data) is None
    except CatchingUp:
        return True  # the other service knows the current state


def _owns(entry: Entry, reader: texts.Reader) -> bool:
    """Whether a step is about a promise or check-ins of the reader."""
    if entry.step is None or entry.step < FIRST_FOR_THE_PARTNER:
        return True
    try:
        return reader.reference_data.reminded_of(entry.subject).owner == reader.person
    except CatchingUp:
        return False


def _item_view(item: Item, week: date, reader: texts.Reader) -> ItemView:
    entry = item.entry
    return ItemView(
        entry=entry.id,
        partnership=entry.partnership,
        subject=entry.subject,
        step=entry.step,
        status=item.status,
        moment=item.moment,
        reason=item.reason,
        message=item.message,
        text=texts.render_entry(entry, reader, week),
        rule=entry.why.rule,
        cause=entry.why.based_on,
    )
