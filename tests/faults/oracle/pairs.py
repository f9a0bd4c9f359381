"""A partnership and its sessions of the rhythm as their events tell: when a next session is owed, and how each went."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from coaching_events.envelope import Recorded
from coaching_events.events.partnership import (
    MeetingRhythm,
    PartnershipEnded,
    PartnershipFormed,
    PartnershipPaused,
    PartnershipResumed,
    SharingNarrowed,
    TermsAgreed,
)
from coaching_events.events.session import (
    SessionCancelled,
    SessionDeclined,
    SessionDisputed,
    SessionHeld,
    SessionLapsed,
    SessionMissed,
    SessionProposed,
    SessionRescheduled,
    SessionScheduled,
    SessionWithdrawn,
)
from coaching_events.ids import PersonId, Position, StreamId, kind_of
from tests.faults.oracle.outcomes import Events

GivenUp = SessionDeclined | SessionWithdrawn | SessionCancelled | SessionLapsed
Over = GivenUp | SessionHeld | SessionMissed | SessionDisputed
Stretch = tuple[datetime, datetime]


@dataclass
class Pair:
    """One partnership as its events tell: its texts with their rhythms, and when a next session is owed."""

    rhythms: dict[Position, MeetingRhythm | None] = field(default_factory=dict[Position, MeetingRhythm | None])
    ended: datetime | None = None
    owed: list[Stretch] = field(default_factory=list[Stretch])


@dataclass
class Session:
    """One session as its events tell. ``by_people``: they gave it its present time."""

    first: Recorded[Any]
    start: datetime
    end: datetime
    by_people: bool = False
    over: datetime | None = None
    given_up: datetime | None = None


def pair_of(events: Events, now: datetime) -> Pair:
    """What the events of a partnership say until now."""
    pair, rhythm, since = Pair(), None, None
    paused: set[PersonId | None] = set()
    for recorded in events:
        match recorded.event:
            case PartnershipFormed() | TermsAgreed() | SharingNarrowed() as agreed:
                rhythm = pair.rhythms[recorded.position] = agreed.terms.meetings
            case PartnershipPaused() as pause:
                paused.add(pause.whose)
            case PartnershipResumed() as pause:
                paused.discard(pause.whose)
            case PartnershipEnded():
                pair.ended = recorded.at
            case _:
                pass
        is_owed = rhythm is not None and not paused and pair.ended is None
        if is_owed and since is None:
            since = recorded.at
        elif not is_owed and since is not None:
            pair.owed.append((since, recorded.at))
            since = None
    if since is not None:
        pair.owed.append((since, now))
    return pair


def session_of(stream: StreamId, events: Events) -> Session | None:
    """A session that a rule began; None for any other stream."""
    if kind_of(stream) != "session" or not events or not events[0].event.by.startswith("rule:"):
        return None
    first = events[0]
    session = Session(first, first.event.start, first.event.end)
    for recorded in events:
        event = recorded.event
        if isinstance(event, SessionProposed | SessionScheduled | SessionRescheduled):
            session.start, session.end = event.start, event.end
            session.by_people = not event.by.startswith("rule:")
        if isinstance(event, Over):
            session.over = recorded.at
        if isinstance(event, GivenUp):
            session.given_up = recorded.at
    return session
