"""When an entry cannot leave in its week, the mailbox of a later week takes it over."""

from coaching_events.envelope import Recorded
from coaching_events.events.mailbox import MailboxEvent, NudgeDeferred
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox import mailboxes, rules
from notifications.mailbox.state import Mailbox

NAME = "when_nudge_deferred_beyond_the_week_then_plan_it_in_the_next"


async def _plan(deferred: Recorded[NudgeDeferred], log: EventLog) -> None:
    event = deferred.event
    if event.into is None:
        return

    async def go_on(mailbox: Mailbox | None) -> "list[MailboxEvent]":
        return [*rules.go_on(mailbox, deferred=event)]

    await log.start(mailboxes, event.into, deferred, NAME, go_on)


reaction = Reaction(name=NAME, on=(NudgeDeferred,), react=_plan)
