"""What a text needs to know: rows of the subjects, the partnerships and the people in them."""

from collections.abc import Iterable

from coaching_events.ids import PersonId
from coaching_events.mailbox import Entry
from coaching_rows import KnownPartnership
from eventlog.decide import EventLog
from notifications.mailbox.facts import MailboxFacts
from notifications.texts import Reader


async def reader_of(log: EventLog, person: PersonId, entries: Iterable[Entry]) -> Reader:
    """Who reads these entries, with all that their texts may name. Two finds one after another."""
    about = dict.fromkeys(stream for entry in entries for stream in (entry.subject, entry.partnership))
    facts = dict(await log.facts.read([person, *about]))
    pairs = [fact.value for fact in facts.values() if isinstance(fact.value, KnownPartnership)]
    partners = {pair.other(person) for pair in pairs}
    if partners:
        facts |= await log.facts.read(sorted(partners))
    return Reader(person, MailboxFacts(facts))
