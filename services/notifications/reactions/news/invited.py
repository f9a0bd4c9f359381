"""Who gets an event of a session as an invitation by mail: people who want that, and a cancellation only after one."""

from typing import Final

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.events.session import SessionCancelled, SessionPlaceChanged, SessionRescheduled, SessionScheduled
from coaching_events.ids import PersonId
from eventlog.commands import EventLog
from notifications.mailbox import mailboxes
from notifications.mailbox.names import entry_id
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules.invitations import may_have_arrived

INVITING: Final = (SessionScheduled, SessionRescheduled, SessionPlaceChanged, SessionCancelled)
"""The events that set a date of both, change it, or end it."""


async def is_invited(
    log: EventLog, done: Recorded[Event], person: PersonId, reference_data: MailboxReferenceData
) -> bool:
    """Whether the message of this event is an invitation for a person.

    Only the last event about the date of a session is one: the others are out of date.
    """
    if not isinstance(done.event, INVITING) or not reference_data.recipient(person).is_invited:
        return False
    dated = reference_data.session(done.stream).dated
    if dated[-1:] != (done.position,):
        return False
    if not isinstance(done.event, SessionCancelled):
        return True
    entries = [entry_id(each, person, "news") for each in dated]
    boxes = await log.find(mailboxes, {"seen": entries}, limit=len(entries))
    return any(may_have_arrived(box.state, done.stream) for box in boxes)
