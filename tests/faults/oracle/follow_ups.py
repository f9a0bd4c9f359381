"""Each follow-up of a session became one promise of its owner, one request to them, or was not taken, as it says."""

from collections import Counter
from collections.abc import Iterator, Mapping

from coaching_events.envelope import Recorded
from coaching_events.events.commitment import CommitmentMade, CommitmentRequested, FollowUpNotTaken
from coaching_events.events.mailbox import MessageReceived
from coaching_events.events.partnership import PartnershipEnded
from coaching_events.events.session import FollowUpAgreed
from coaching_events.ids import PersonId, Position, StreamId, kind_of
from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.outcomes import Events


def faults(evidence: Evidence, told: Mapping[StreamId, Events]) -> Iterator[str]:
    """What became of each follow-up, and what followed from nothing that anybody agreed on."""
    taken: dict[Position, list[Events]] = {}
    heard: Counter[tuple[Position, PersonId]] = Counter()
    ended: set[StreamId] = set()
    agreed: list[Recorded[FollowUpAgreed]] = []
    for stream, events in told.items():
        if kind_of(stream) == "commitment" and events and (cause := events[0].cause) is not None:
            taken.setdefault(cause, []).append(events)
        for recorded in events:
            match recorded.event:
                case FollowUpAgreed():
                    agreed.append(recorded)
                case MessageReceived() as message:
                    heard[message.entry.why.based_on, message.person] += 1
                case PartnershipEnded() as end:
                    ended.add(end.partnership)
                case _:
                    pass
    for recorded in agreed:
        found = taken.pop(recorded.position, [])
        if len(found) != 1:
            yield f"{recorded.position} is a follow-up, and {len(found)} promises or requests came of it"
        for events in found:
            yield from _as_agreed(recorded, events, heard, ended)
    for cause, found in taken.items():
        yield from (f"{events[0].position} follows on {cause}, which is no follow-up" for events in found)


def _as_agreed(
    agreed: Recorded[FollowUpAgreed],
    events: Events,
    heard: Mapping[tuple[Position, PersonId], int],
    ended: set[StreamId],
) -> Iterator[str]:
    follow_up, first, position = agreed.event, events[0].event, events[0].position
    is_own = follow_up.by == follow_up.owner
    match first:
        case CommitmentMade() | CommitmentRequested():
            if isinstance(first, CommitmentMade) != is_own or first.by != follow_up.by:
                yield f"{position} is a {first.type} by {first.by}: {agreed.position} is by {follow_up.by}"
        case FollowUpNotTaken():
            times = heard[position, first.agreed_by]
            if first.based_on != agreed.position or first.agreed_by != follow_up.by or times != 1:
                yield f"{position} says what became of {agreed.position}, and {follow_up.by} heard it {times} times"
            if len(events) > 1:
                yield f"{position} was not taken, and a {events[1].event.type} follows"
            if is_own and follow_up.partnership not in ended:
                yield f"{position} says that a promise of its owner was not taken: {first.problem}"
        case _:
            yield f"{position} is a {first.type}, and {agreed.position} is a follow-up"
            return
    same_due = first.due == follow_up.due or follow_up.due_date is not None
    same_people = {first.owner, first.partner} == {*follow_up.people} and first.owner == follow_up.owner
    if (first.session, first.text) != (agreed.stream, follow_up.text) or not same_due or not same_people:
        yield f"{position} does not say what was agreed at {agreed.position}"
