"""When a promise is made or gets another date, its owner gets a reminder the working day before, if they chose that."""

from coaching_events.envelope import Recorded
from coaching_events.events.commitment import CommitmentMade, CommitmentRenegotiated
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from notifications.mailbox.rules.ladder import heads_up_moment
from notifications.reactions.news.telling import plan, read_reference_data, step_about

NAME = "when_commitment_made_then_plan_a_heads_up"


async def _plan(made: Recorded[CommitmentMade | CommitmentRenegotiated], log: EventLog) -> None:
    event = made.event
    reference_data = await read_reference_data(log, made.stream, event.partnership, event.owner)
    if (
        "heads-up" not in reference_data.recipient(event.owner).opt_ins
        or reference_data.commitment(made.stream).due != event.due
    ):
        return
    moment = heads_up_moment(reference_data.time(event.owner), event.due)
    if moment is None or moment <= made.at:
        return
    entry = step_about(
        made.position,
        event.owner,
        0,
        subject=made.stream,
        partnership=event.partnership,
        about=event.type,
        due=event.due,
    )
    await plan(log, made, NAME, event.owner, entry, moment, reference_data)


reaction = Reaction(name=NAME, on=(CommitmentMade, CommitmentRenegotiated), react=_plan)
