"""When a check-in opens, its owner gets a message a little later, together with the other openings of that morning."""

from coaching_events.envelope import Recorded
from coaching_events.events.check_ins import CheckInOpened
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox.rules.quiet_hours import GATHERING, next_open
from notifications.reactions.news.telling import plan, read_reference_data, step_about

NAME = "when_check_in_opened_then_tell_its_owner"


async def _plan(opened: Recorded[CheckInOpened], log: EventLog) -> None:
    event = opened.event
    reference_data = await read_reference_data(log, opened.stream, event.partnership, event.owner)
    if reference_data.check_ins(opened.stream).opened != opened.position:
        return  # already submitted
    entry = step_about(
        opened.position,
        event.owner,
        0,
        subject=opened.stream,
        partnership=event.partnership,
        about=event.type,
        due=event.due,
        rule="check-in-opens",
    )
    moment = next_open(reference_data.time(event.owner), opened.at + GATHERING)
    await plan(log, opened, NAME, event.owner, entry, moment, reference_data)


reaction = Reaction(name=NAME, on=(CheckInOpened,), react=_plan)
