"""When a partnership gets terms with a meeting rhythm, or resumes, its next session is scheduled. Its end stops that.

New terms hold from the next session on: one that is scheduled already stays.
"""

from coaching_events.envelope import Recorded
from coaching_events.events.meetings import MeetingsEvent
from coaching_events.events.partnership import PartnershipEnded, PartnershipFormed, PartnershipResumed, TermsAgreed
from coaching_readmodels import PairReferenceData
from eventlog import Decision
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from sessions.meetings import meetings, meetings_of
from sessions.meetings.rules import renew
from sessions.meetings.state import AnyMeetings

NAME = "when_terms_or_pauses_change_then_renew_the_meetings"
Changed = PartnershipFormed | TermsAgreed | PartnershipResumed | PartnershipEnded


async def _renew(changed: Recorded[Changed], log: EventLog) -> None:
    partnership = changed.event.partnership

    async def begin(state: AnyMeetings | None) -> Decision[MeetingsEvent]:
        pair = PairReferenceData(await log.reference_source.read([partnership])).partnership(partnership)
        reference_data = PairReferenceData(await log.reference_source.read([partnership, *pair.people]))
        return renew(state, partnership=partnership, at=changed.at, reference_data=reference_data)

    await log.start(meetings, meetings_of(partnership), changed, NAME, begin)


reaction = Reaction(name=NAME, on=(PartnershipFormed, TermsAgreed, PartnershipResumed, PartnershipEnded), react=_renew)
