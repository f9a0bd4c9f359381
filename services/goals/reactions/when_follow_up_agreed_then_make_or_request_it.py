"""When the two agree on a follow-up in a session, it becomes a promise of its owner, or a request to them.

What the rules refuse is recorded as not taken, in a stream of its own: it is no failure of the reaction.
"""

from datetime import timedelta

from coaching_events.envelope import Recorded
from coaching_events.events.commitment import CommitmentEvent
from coaching_events.events.session import FollowUpAgreed
from coaching_readmodels import PairReferenceData, follow_up_id
from coaching_readmodels.asking_limits import ASKING
from eventlog import Decision
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.commitment import commitments, rules
from goals.commitment.state import Commitment, NotPromised

NAME = "when_follow_up_agreed_then_make_or_request_it"
DAY = timedelta(days=1)


async def _take_up(agreed: Recorded[FollowUpAgreed], goals: EventLog) -> None:
    event = agreed.event

    async def take(state: Commitment | None) -> Decision[CommitmentEvent]:
        asked = {"partnership": event.partnership, "partner": event.by}
        waiting = await goals.find(commitments, {**asked, "status": "requested"})
        settled = await goals.find(commitments, {**asked, "status": "withdrawn"})
        times = [each.state.settled_at for each in settled if isinstance(each.state, NotPromised)]
        reference_data = PairReferenceData(await goals.reference_source.read([event.partnership, *event.people]))
        return rules.take_up(
            state,
            agreed=agreed,
            open_requests=len(waiting),
            taken_back=[at for at in times if at is not None and agreed.at - DAY < at <= agreed.at],
            limits=ASKING.limits,
            reference_data=reference_data,
        )

    await goals.start(commitments, follow_up_id(agreed.position), agreed, NAME, take)


reaction = Reaction(name=NAME, on=(FollowUpAgreed,), react=_take_up)
