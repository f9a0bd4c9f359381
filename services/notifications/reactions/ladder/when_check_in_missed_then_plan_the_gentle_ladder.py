"""When a check-in is missed, its owner gets a gentle reminder. Consecutive misses cause one reminder."""

from coaching_events.envelope import Recorded
from coaching_events.events.check_ins import CheckInMissed
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox.rules.ladder import moment_of
from notifications.reactions.news.telling import plan, read_reference_data, step_about, waits_double

NAME = "when_check_in_missed_then_plan_the_gentle_ladder"


async def _plan(missed: Recorded[CheckInMissed], log: EventLog) -> None:
    event = missed.event
    reference_data = await read_reference_data(log, missed.stream, event.partnership, event.owner)
    if reference_data.check_ins(missed.stream).open_miss != missed.position:
        return  # a sign of life came first, or an earlier miss has a reminder
    doubled = await waits_double(log, reference_data.partnership(event.partnership), missed.at)
    moment = moment_of(reference_data.time(event.owner), 1, missed.at, doubled=doubled)
    entry = step_about(
        missed.position,
        event.owner,
        1,
        subject=missed.stream,
        partnership=event.partnership,
        about=event.type,
        due=event.due,
    )
    await plan(log, missed, NAME, event.owner, entry, moment, reference_data)


reaction = Reaction(name=NAME, on=(CheckInMissed,), react=_plan)
