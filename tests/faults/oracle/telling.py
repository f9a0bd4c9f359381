"""What people were told: each thing once a channel, within every budget, and of everything that asks for it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from coaching_events.envelope import Recorded
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.check_ins import CheckInsStarted, CheckInSubmitted
from coaching_events.events.commitment import (
    CommitmentMissed,
    CommitmentSuspended,
    ReleaseProposed,
    RenegotiationProposed,
)
from coaching_events.events.mailbox import (
    DeliveryAttempted,
    DeliveryUncertain,
    DigestSent,
    Entry,
    MessageReceived,
    NudgePlanned,
    NudgeSent,
)
from coaching_events.events.partnership import PartnershipFormed, TermsAgreed
from coaching_events.events.recipient import RecipientChanged
from coaching_events.ids import PersonId, StreamId
from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.outcomes import Events

USUAL_CEILING = 5
"""Reminders a week for who never chose."""
WORDS = (
    "commitment-requested",
    "renegotiation-proposed",
    "release-proposed",
    "goal-proposed",
    "goal-countered",
    "closing-proposed",
    "session-proposed",
    "reschedule-proposed",
    "partnership-proposed",
    "terms-proposed",
)
"""What one says to the other, who hears of it in any case."""
MORE = "more-from-your-partner"
"""What a mailbox says instead of all that comes beyond what it takes of one sender in a week."""


def faults(evidence: Evidence, told: Mapping[StreamId, Events]) -> Iterator[str]:
    """What was told twice, beyond a budget, or not at all."""
    everything = [recorded for events in told.values() for recorded in events]
    yield from _once(everything)
    yield from _budgets(everything)
    yield from _deliveries(everything)
    yield from _letters(evidence.mails, everything)
    yield from _what_follows(everything)


def _once(everything: Events) -> Iterator[str]:
    """An entry leaves once over each channel; a partner's word is in the inbox once and pushed once."""
    inbox: Counter[str] = Counter()
    pushed: Counter[str] = Counter()
    messages: Counter[str] = Counter()
    for recorded in everything:
        match recorded.event:
            case NudgeSent() | DigestSent() as left:
                messages[left.message] += 1
                inbox.update(entry.id for entry in left.entries if entry.step is not None)
                pushed.update(entry.id for entry in left.entries)
            case MessageReceived() as received:
                messages[received.message] += 1
                inbox[received.entry.id] += 1
            case _:
                pass
    for what, times in (("the inbox", inbox), ("a push", pushed), ("a message", messages)):
        yield from (f"{one} was {count} times {what}" for one, count in times.items() if count > 1)


def _budgets(everything: Events) -> Iterator[str]:
    """Counted anew for each person and week: the messages of each partnership, and all of them."""
    allowed: dict[str, int] = defaultdict(int)
    ceilings: dict[str, int] = defaultdict(lambda: USUAL_CEILING)
    pairs: Counter[tuple[PersonId, date, str]] = Counter()
    weeks: Counter[tuple[PersonId, date]] = Counter()
    for recorded in everything:
        match recorded.event:
            case NudgeSent() as sent:
                weeks[sent.person, sent.week] += 1
                pairs.update((sent.person, sent.week, pair) for pair in {e.partnership for e in sent.entries})
            case RecipientChanged() as changed:
                ceilings[changed.person] = max(changed.ceiling, ceilings[changed.person])
            case PartnershipFormed() | TermsAgreed() as agreed:
                allowed[agreed.partnership] = max(agreed.terms.reminders, allowed[agreed.partnership])
            case _:
                pass
    for (person, week, pair), used in pairs.items():
        if used > allowed[pair]:
            yield f"{person} got {used} reminders of {pair} in the week of {week}, and {allowed[pair]} are agreed"
    for (person, week), used in weeks.items():
        if used > ceilings[person]:
            yield f"{person} got {used} reminders in the week of {week}, and wants {ceilings[person]} at most"


def _deliveries(everything: Events) -> Iterator[str]:
    """Each attempt begins and ends once; none follows on a delivery, nor for a nudge on one that was cut off."""
    words = {
        recorded.event.message
        for recorded in everything
        if isinstance(recorded.event, MessageReceived) and _asks(recorded.event.entry)
    }
    with_words = {
        recorded.event.message
        for recorded in everything
        if isinstance(recorded.event, NudgeSent | DigestSent) and any(_asks(e) for e in recorded.event.entries)
    }
    attempts: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for recorded in everything:
        if isinstance(recorded.event, DeliveryAttempted | DeliveryUncertain):
            attempts[recorded.event.message, recorded.event.channel].append(recorded.event)
    for (message, channel), events in attempts.items():
        delivered = [each for each in events if isinstance(each, DeliveryAttempted) and each.outcome == "delivered"]
        if len(delivered) > 1:
            yield f"{message} was delivered {len(delivered)} times over {channel}"
        uncertain = [place for place, each in enumerate(events) if isinstance(each, DeliveryUncertain)]
        if uncertain and message not in words | with_words:
            again = [e for e in events[uncertain[0] + 1 :] if isinstance(e, DeliveryAttempted) and e.outcome == "begun"]
            if again:
                yield f"{message} was tried again over {channel}, and nobody knows whether it had arrived"


def _letters(mails: Sequence[str], everything: Events) -> Iterator[str]:
    """A reminder is never mailed twice; a partner's question may be, under the same id."""
    nudges = {
        recorded.event.message
        for recorded in everything
        if isinstance(recorded.event, NudgeSent | DigestSent) and not any(_asks(e) for e in recorded.event.entries)
    }
    known = {getattr(recorded.event, "message", None) for recorded in everything}
    for message, times in Counter(mails).items():
        if message in nudges and times > 1:
            yield f"the nudge {message} was mailed {times} times"
        if message not in known:
            yield f"{message} was mailed, and no mailbox knows it"


def _asks(entry: Entry) -> bool:
    """Whether it is a question of the partner, or an invitation: all else is let be when it was cut off."""
    return entry.invites or (entry.step is None and entry.news is None)


def _what_follows(everything: Events) -> Iterator[str]:
    """Nothing that asks for a reaction went by: check-ins begin, words are told, misses are planned for.

    Of somebody who told more than a mailbox takes of one sender, some words are not told one by one.
    """
    started = Counter(recorded.event.based_on for recorded in everything if isinstance(recorded.event, CheckInsStarted))
    told = Counter(
        recorded.event.entry.why.based_on
        for recorded in everything
        if isinstance(recorded.event, MessageReceived) and _asks(recorded.event.entry)
    )
    planned = Counter(
        (recorded.event.entry.why.based_on, recorded.event.entry.id, recorded.event.week)
        for recorded in everything
        if isinstance(recorded.event, NudgePlanned)
    )
    beyond = {
        recorded.event.entry.sender
        for recorded in everything
        if isinstance(recorded.event, MessageReceived) and recorded.event.entry.about == MORE
    }
    for recorded in everything:
        position, event = recorded.position, recorded.event
        if isinstance(event, PartnershipFormed) and started[position] != 2:
            yield f"{position} formed a partnership, and {started[position]} of the two check in"
        to = 2 if event.by.startswith("rule:") else 1  # a rule asks both
        if event.type in WORDS and told[position] != to and not (told[position] == 0 and event.by in beyond):
            yield f"{position} ({event.type}) was told {told[position]} times, and {to} are to hear it"
    yield from (
        f"{cause} was planned {times} times as {id} in the week of {week}"
        for (cause, id, week), times in planned.items()
        if times > 1
    )
    yield from _misses(everything, {cause for cause, _, _ in planned})


def _misses(everything: Events, planned: set[Any]) -> Iterator[str]:
    """A missed promise that nobody speaks of any more is one that its owner was to be reminded of.

    But not where the owner had asked for something and still waited for the answer.
    """
    last: dict[StreamId, Recorded[Any]] = {}
    spoken: set[str] = set()
    waiting: set[StreamId] = set()
    asked: set[str] = set()
    for recorded in everything:
        last[recorded.stream] = recorded
        match recorded.event:
            case CheckInSubmitted() as submitted:
                spoken |= {*submitted.commitments}
            case RenegotiationProposed() | ReleaseProposed():
                waiting.add(recorded.stream)
            case CommitmentMissed() if recorded.stream in waiting:
                asked.add(recorded.position)
            case CommitmentMissed() | CommitmentSuspended() | AnswerExtended():
                pass  # these answer nothing
            case _:
                waiting.discard(recorded.stream)
    yield from (f"{miss} is a miss of who had asked and waited, and a reminder was planned" for miss in asked & planned)
    for stream, recorded in last.items():
        missed, position = isinstance(recorded.event, CommitmentMissed), recorded.position
        if missed and stream not in spoken and position not in planned | asked:
            yield f"{position} is a miss, and no reminder of it was planned"
