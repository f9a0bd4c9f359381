"""When a partnership is formed, both partners check in. Each has one stream, named by the pair and the person."""

from coaching_events.envelope import Recorded
from coaching_events.events.check_ins import CheckInsEvent
from coaching_events.events.partnership import PartnershipFormed
from coaching_events.ids import PersonId
from coaching_readmodels import PairReferenceData
from eventlog import Decision
from eventlog.commands import EventLog
from eventlog.consumers import Reaction
from goals.check_ins import check_ins, check_ins_of
from goals.check_ins.rules import start
from goals.check_ins.rules.spread import SPREAD
from goals.check_ins.state import CheckIns

NAME = "when_partnership_formed_then_start_check_ins"


async def _start_both(formed: Recorded[PartnershipFormed], goals: EventLog) -> None:
    for person in formed.event.people:
        await _start(person, formed, goals)


async def _start(owner: PersonId, formed: Recorded[PartnershipFormed], goals: EventLog) -> None:
    partnership = formed.event.partnership

    async def begin(state: CheckIns | None) -> Decision[CheckInsEvent]:
        reference_data = PairReferenceData(await goals.reference_source.read([partnership, owner]))
        return start(
            state,
            partnership=partnership,
            owner=owner,
            formed=formed.position,
            at=formed.at,
            reference_data=reference_data,
            spread=SPREAD.within,
        )

    await goals.start(check_ins, check_ins_of(partnership, owner), formed, NAME, begin)


reaction = Reaction(name=NAME, on=(PartnershipFormed,), react=_start_both)
