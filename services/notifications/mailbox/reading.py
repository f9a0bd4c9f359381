"""The reference data for a text: read models of the subjects, the partnerships and their people."""

from collections.abc import Iterable

from coaching_events.events.mailbox import Entry
from coaching_events.ids import PersonId
from coaching_readmodels import PARTNERSHIP_PROJECTION
from eventlog import all_known
from eventlog.commands import EventLog
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.texts import Reader
from service_kit.languages import Language


async def reader_of(
    log: EventLog, person: PersonId, entries: Iterable[Entry] = (), asked: Language | None = None
) -> Reader:
    """The reader of these entries, with all that their texts can name. Two finds, one after the other.

    ``asked`` is the language that a request asks for; without it that of their locale counts.
    """
    about = dict.fromkeys(stream for entry in entries for stream in (entry.subject, entry.partnership))
    reference_data = dict(await log.reference_source.read([person, *about]))
    partners = {pair.other(person) for pair in all_known(reference_data, PARTNERSHIP_PROJECTION)}
    if partners:
        reference_data |= await log.reference_source.read(sorted(partners))
    return Reader(person, MailboxReferenceData(reference_data), asked)
