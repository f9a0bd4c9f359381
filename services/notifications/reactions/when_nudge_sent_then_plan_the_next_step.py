"""When a gentle reminder has left and nobody said a word, the question what is in the way follows days later.

After that there is silence: a third step does not follow here.
"""

from datetime import datetime

from coaching_events.envelope import Recorded
from coaching_events.ids import StreamId, kind_of
from coaching_events.mailbox import DigestSent, Entry, NudgeSent
from eventlog.decide import EventLog
from eventlog.each import for_each
from eventlog.reaction import Reaction
from notifications.mailbox.facts import MailboxFacts
from notifications.mailbox.ladder import moment_of
from notifications.mailbox.needed import gone
from notifications.reactions.telling import facts_about, plan, step_about, waits_double

NAME = "when_nudge_sent_then_plan_the_next_step"


async def _plan(sent: Recorded[NudgeSent | DigestSent], log: EventLog) -> None:
    first_steps = [entry for entry in sent.event.entries if entry.step == 1]
    await for_each(first_steps, lambda entry: _plan_after(entry, sent, log))


async def _plan_after(entry: Entry, sent: Recorded[NudgeSent | DigestSent], log: EventLog) -> None:
    person = sent.event.person
    facts = await facts_about(log, entry.subject, entry.partnership, person)
    if gone(entry, sent.at, person, facts) is not None:
        return
    missed_at = _missed_at(entry.subject, facts)
    if missed_at is None:
        return
    doubled = await waits_double(log, facts.partnership(entry.partnership), missed_at)
    moment = moment_of(facts.time(person), 2, missed_at, doubled=doubled, left_at=sent.at)
    following = step_about(
        entry.why.cause,
        person,
        2,
        subject=entry.subject,
        partnership=entry.partnership,
        about=entry.about,
        due=entry.due,
    )
    await plan(log, sent, NAME, person, following, moment, facts)


def _missed_at(subject: StreamId, facts: MailboxFacts) -> datetime | None:
    if kind_of(subject) == "check-ins":
        return facts.check_ins(subject).missed_at
    return facts.commitment(subject).missed_at


reaction = Reaction(name=NAME, on=(NudgeSent, DigestSent), react=_plan)
