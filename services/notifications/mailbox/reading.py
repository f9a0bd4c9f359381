"""The reference data for a text: read models of the subjects, the partnerships and their people."""

import asyncio
from collections.abc import Iterable

from coaching_events.events.mailbox import Entry
from coaching_events.ids import PersonId
from coaching_readmodels import PARTNERSHIP_PROJECTION
from eventlog.commands import EventLog
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.texts import Reader
from service_kit.languages import Language


async def reader_of(
    log: EventLog, person: PersonId, entries: Iterable[Entry] = (), asked: Language | None = None
) -> Reader:
    """The reader of these entries, with all that their texts can name: one round trip.

    ``asked`` is the language that a request asks for; without it that of their locale counts.
    """
    about = dict.fromkeys(stream for entry in entries for stream in (entry.subject, entry.partnership))
    source, mine = log.reference_source, {"people": person}
    if not about:
        return Reader(person, MailboxReferenceData(await source.read([person])), asked)
    known, partners = await asyncio.gather(
        source.read([person, *about]), source.named(PARTNERSHIP_PROJECTION.kind, mine, "people")
    )
    return Reader(person, MailboxReferenceData({**partners, **known}), asked)
