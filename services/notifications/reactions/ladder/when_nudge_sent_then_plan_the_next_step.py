"""When a gentle reminder has left without a sign of life, the question about obstacles follows days later.

After that there is silence. There is no third step.
"""

from datetime import datetime

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import DigestSent, Entry, NudgeSent
from coaching_events.ids import StreamId, kind_of
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from eventlog.failures import for_each
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules.ladder import moment_of
from notifications.mailbox.rules.needed import no_longer_needed
from notifications.reactions.news.telling import plan, read_reference_data, step_about, waits_double

NAME = "when_nudge_sent_then_plan_the_next_step"


async def _plan(sent: Recorded[NudgeSent | DigestSent], log: EventLog) -> None:
    first_steps = [entry for entry in sent.event.entries if entry.step == 1]
    await for_each(first_steps, lambda entry: _plan_after(entry, sent, log))


async def _plan_after(entry: Entry, sent: Recorded[NudgeSent | DigestSent], log: EventLog) -> None:
    person = sent.event.person
    reference_data = await read_reference_data(log, entry.subject, entry.partnership, person)
    if no_longer_needed(entry, sent.at, person, reference_data) is not None:
        return
    missed_at = _missed_at(entry.subject, reference_data)
    if missed_at is None:
        return
    doubled = await waits_double(log, reference_data.partnership(entry.partnership), missed_at)
    moment = moment_of(reference_data.time(person), 2, missed_at, doubled=doubled, left_at=sent.at)
    following = step_about(
        entry.why.based_on,
        person,
        2,
        subject=entry.subject,
        partnership=entry.partnership,
        about=entry.about,
        due=entry.due,
    )
    await plan(log, sent, NAME, person, following, moment, reference_data)


def _missed_at(subject: StreamId, reference_data: MailboxReferenceData) -> datetime | None:
    if kind_of(subject) == "check-ins":
        return reference_data.check_ins(subject).missed_at
    return reference_data.commitment(subject).missed_at


reaction = Reaction(name=NAME, on=(NudgeSent, DigestSent), react=_plan)
