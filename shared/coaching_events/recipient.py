"""How somebody wants to be told."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from coaching_events.event import Event
from coaching_events.ids import PersonId

Channel = Literal["inbox", "mail"]
OptIn = Literal["heads-up"]


class RecipientChanged(Event):
    """All choices of ``person`` as they are after the event.

    ``ceiling`` is how many reminders a week they want at most over all partnerships; the inbox is always on.
    """

    type: ClassVar[str] = "recipient-changed"

    person: PersonId
    opt_ins: tuple[OptIn, ...] = ()
    channels: tuple[Channel, ...]
    ceiling: Annotated[int, Field(ge=0, le=100)]


RecipientEvent = RecipientChanged
