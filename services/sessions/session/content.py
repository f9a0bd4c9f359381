"""What the two put into a session besides its time, and how events change it. Pure.

Its texts are personal texts beside the events, except the place, which calendars show.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, assert_never

from coaching_events.event import Cipher
from coaching_events.events.session import (
    AgendaItemAdded,
    AgendaItemDiscussed,
    AgendaItemRemoved,
    FollowUpAgreed,
    ReflectionsOpened,
    ReflectionWritten,
    SessionNotesWritten,
    SessionPlaceChanged,
)
from coaching_events.ids import PersonalTextsId, PersonId, Position, StreamId
from coaching_events.moment import Moment

ContentEvent = (
    SessionPlaceChanged
    | SessionNotesWritten
    | AgendaItemAdded
    | AgendaItemDiscussed
    | AgendaItemRemoved
    | FollowUpAgreed
    | ReflectionWritten
    | ReflectionsOpened
)
"""The events that change the content and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text of ``by``, at ``at`` (UTC). ``texts`` is its name beside the events."""

    texts: PersonalTextsId
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Something on the agenda that the two share. ``text`` names its text beside the events, and so the item."""

    text: PersonalTextsId
    by: PersonId
    at: datetime
    status: Literal["open", "discussed"] = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What ``owner`` does after the session, as ``by`` recorded it at ``position``. Goals has it from then on."""

    position: Position
    by: PersonId
    owner: PersonId
    text: str | Cipher | None
    due: Moment
    due_date: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The content of a session. ``notes`` are those that the two share.

    Each of the two has at most one of the ``reflections``. Only once they are ``opened``, the other may read it.
    """

    place: str | Cipher | None = None
    notes: Written | None = None
    agenda: tuple[Item, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    reflections: tuple[Written, ...] = ()
    opened: bool = False


EMPTY = Content()


def content_after(content: Content, event: ContentEvent, position: Position, at: datetime) -> Content:
    """Fold one event about the content."""
    match event:
        case SessionPlaceChanged():
            return replace(content, place=event.place)
        case SessionNotesWritten():
            by = PersonId(StreamId(event.by))
            return replace(content, notes=Written(texts=event.personal_texts, by=by, at=at))
        case AgendaItemAdded():
            item = Item(text=event.item, by=PersonId(StreamId(event.by)), at=at)
            return replace(content, agenda=(*content.agenda, item))
        case AgendaItemDiscussed():
            return replace(content, agenda=tuple(_discussed(item, event.item) for item in content.agenda))
        case AgendaItemRemoved():
            return replace(content, agenda=tuple(item for item in content.agenda if item.text != event.item))
        case ReflectionWritten():
            written = Written(texts=event.personal_texts, by=PersonId(StreamId(event.by)), at=at)
            return replace(content, reflections=(*content.reflections, written))
        case ReflectionsOpened():
            return replace(content, opened=True)
        case FollowUpAgreed():
            return replace(content, follow_ups=(*content.follow_ups, _follow_up(event, position)))
        case _:
            assert_never(event)


def _follow_up(event: FollowUpAgreed, position: Position) -> FollowUp:
    return FollowUp(
        position=position,
        by=PersonId(StreamId(event.by)),
        owner=event.owner,
        text=event.text,
        due=event.due,
        due_date=event.due_date,
    )


def _discussed(item: Item, text: PersonalTextsId) -> Item:
    return replace(item, status="discussed") if item.text == text else item
