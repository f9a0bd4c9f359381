"""When a step of the ladder has left without a sign of life, the next step follows days later.

A step that left with a digest has left, too. A step that was withdrawn has no next step. After the last step there is
silence.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import DigestSent, Entry, NudgeSent
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from eventlog.failures import for_each
from notifications.mailbox.rules.ladder import Planned, following, moment_of, readers
from notifications.mailbox.rules.needed import no_longer_needed
from notifications.reactions.news.telling import plan, read_reference_data, step_about, waits_double

NAME = "when_nudge_sent_then_plan_the_next_step"


async def _plan(sent: Recorded[NudgeSent | DigestSent], log: EventLog) -> None:
    await for_each(sent.event.entries, lambda entry: _plan_after(entry, following(entry.step), sent, log))


async def _plan_after(
    entry: Entry, step: Planned | None, sent: Recorded[NudgeSent | DigestSent], log: EventLog
) -> None:
    if step is None:
        return
    about = await read_reference_data(log, entry.subject, entry.partnership, sent.event.person)
    if no_longer_needed(entry, sent.at, sent.event.person, about) is not None:
        return
    miss = about.reminded_of(entry.subject)
    if miss.missed_at is None:
        return
    doubled = await waits_double(log, about.partnership(entry.partnership), miss.missed_at)
    people = await read_reference_data(log, miss.owner, miss.partner)
    for reader in readers(step, miss.owner, miss.partner):
        moment = moment_of(
            people.time(miss.owner), step, miss.missed_at, doubled=doubled, left_at=sent.at, reader=people.time(reader)
        )
        after = step_about(
            entry.why.based_on,
            reader,
            step,
            subject=entry.subject,
            partnership=entry.partnership,
            about=entry.about,
            due=entry.due,
        )
        await plan(log, sent, NAME, reader, after, moment, people)


reaction = Reaction(name=NAME, on=(NudgeSent, DigestSent), react=_plan)
