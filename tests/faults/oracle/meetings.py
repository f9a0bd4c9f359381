"""While terms with a meeting rhythm are in force, exactly one session of the rhythm is next: told from the events."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from coaching_events.envelope import Recorded
from coaching_events.events.meetings import MeetingMoved, MeetingScheduled, MeetingsStopped
from coaching_events.events.session import SessionProposed, SessionScheduled
from coaching_events.ids import StreamId, kind_of
from tests.faults.oracle.evidence import Evidence
from tests.faults.oracle.outcomes import Events, at_its_moment, more_than_once
from tests.faults.oracle.pairs import Pair, Session, Stretch, pair_of, session_of

NOTICED: Final = timedelta(hours=4)
"""A stretch in force that is over sooner may have no session: who schedules hears of its begin and its end at once."""


def faults(evidence: Evidence, told: Mapping[StreamId, Events]) -> Iterator[str]:
    """Each pair with its meetings and the sessions that a rule began; no session is of no meetings."""
    meetings: dict[StreamId, list[Events]] = {}
    for stream, events in told.items():
        if kind_of(stream) == "meetings" and events:
            meetings.setdefault(events[0].event.partnership, []).append(events)
    sessions = {stream: found for stream, events in told.items() if (found := session_of(stream, events)) is not None}
    for stream, events in told.items():
        if kind_of(stream) == "partnership":
            of_pair = meetings.pop(stream, [()])
            if len(of_pair) > 1:
                yield f"{stream} has {len(of_pair)} streams of meetings"
            theirs = {id: each for id, each in sessions.items() if each.first.event.partnership == stream}
            yield from _meetings(stream, pair_of(events, evidence.now), of_pair[0], theirs, evidence.now)
    yield from (f"meetings are told of {pair}, which is no partnership" for pair in meetings)


def _meetings(
    stream: StreamId, pair: Pair, events: Events, sessions: Mapping[StreamId, Session], now: datetime
) -> Iterator[str]:
    yield from _one_after_another(pair, events, sessions)
    named: Counter[StreamId] = Counter()
    for recorded in events:
        if isinstance(recorded.event, MeetingScheduled):
            named[recorded.event.session] += 1
            yield from _by_its_terms(recorded, pair)
            yield from _begun(recorded, sessions.get(recorded.event.session), pair)
    yield from more_than_once(stream, "a session was named by the rhythm", named)
    yield from (f"{id} was begun by a rule, and no meetings name it" for id in sessions.keys() - named.keys())
    yield from _next_now(stream, pair, events, sessions, now)
    for begin, end in _without(events, now):
        for since, until in pair.owed:
            missing = max(begin, since), min(end, until)
            noticed = until == now or missing[1] < until or missing[1] - missing[0] > NOTICED
            if missing[0] < missing[1] and noticed:
                yield f"{stream} had no next session from {missing[0]} to {missing[1]}, and its terms name a rhythm"


def _one_after_another(pair: Pair, events: Events, sessions: Mapping[StreamId, Session]) -> Iterator[str]:
    """The one before has ended or was given up, and what follows is decided at that moment."""
    standing: MeetingScheduled | None = None
    end: datetime | None = None
    instants: set[datetime] = set()
    for recorded in events:
        match recorded.event:
            case MeetingMoved() as moved:
                if standing is None or moved.session != standing.session:
                    yield f"{recorded.position} moves {moved.session}, which is not the next session"
                end = moved.end
            case MeetingScheduled() | MeetingsStopped() as following:
                if standing is not None and end is not None:
                    session = sessions.get(standing.session)
                    given_up = None if session is None else session.given_up
                    over = {end, given_up, pair.ended if isinstance(following, MeetingsStopped) else None} - {None}
                    if recorded.at not in over:
                        yield from at_its_moment(recorded, min(each for each in over if each is not None), instants)
                standing = following if isinstance(following, MeetingScheduled) else None
                end = None if standing is None else standing.end
            case _:
                pass
        instants.add(recorded.at)
    scheduled = [each.event.occasion for each in events if isinstance(each.event, MeetingScheduled)]
    for before, after in pairwise(scheduled):
        if after <= before:
            yield f"a meeting for {after} of {events[0].stream} follows on one for {before}"


def _by_its_terms(recorded: Recorded[MeetingScheduled], pair: Pair) -> Iterator[str]:
    """It is at the time that the terms name, on one of their dates, or later where it is an offer."""
    meeting, rhythm = recorded.event, pair.rhythms.get(recorded.event.based_on)
    if rhythm is None:
        yield f"{recorded.position} is based on {meeting.based_on}, which names no rhythm"
        return
    local = meeting.start.astimezone(ZoneInfo(rhythm.zone))
    midnight = datetime.combine(meeting.occasion, time.min)
    dates = rrulestr(rhythm.rhythm, dtstart=datetime.combine(rhythm.starting, time.min))
    sound = (
        local.time() == rhythm.local_time
        and meeting.end - meeting.start == timedelta(minutes=rhythm.minutes)
        and (local.date() > meeting.occasion if meeting.offered else local.date() == meeting.occasion)
        and dates.between(midnight, midnight, inc=True) == [midnight]
        and meeting.start > recorded.at
        and meeting.place == rhythm.place
    )
    if not sound:
        yield f"{recorded.position} is at {local} for {meeting.occasion}, and the terms say {rhythm}"


def _begun(recorded: Recorded[MeetingScheduled], session: Session | None, pair: Pair) -> Iterator[str]:
    """Its session begins with it: agreed by the terms, or an offer."""
    meeting = recorded.event
    if session is None:
        if pair.ended is None:
            yield f"{recorded.position} names {meeting.session}, which has not begun"
        return
    first = session.first.event
    kind = SessionProposed if meeting.offered else SessionScheduled
    as_named = (first.start, first.end, first.place) == (meeting.start, meeting.end, meeting.place)
    if not isinstance(first, kind) or not as_named or session.first.cause != recorded.position:
        yield f"{session.first.position} does not begin as {recorded.position} says"


def _next_now(
    stream: StreamId, pair: Pair, events: Events, sessions: Mapping[StreamId, Session], now: datetime
) -> Iterator[str]:
    """The next session has not ended, has the time that it says itself, and is the only one.

    But the two may have moved an earlier one when it was about to begin: then both stand, as the two wanted.
    """
    standing: MeetingScheduled | MeetingMoved | None = None
    for recorded in events:
        standing = None if isinstance(recorded.event, MeetingsStopped) else recorded.event
    if standing is not None:
        session = sessions.get(standing.session)
        if pair.ended is not None:
            yield f"{stream} has ended, and {standing.session} is its next session"
        elif session is not None:
            if session.over is not None or session.end <= now:
                yield f"{standing.session} is the next session of {stream}, and it is over"
            if (session.start, session.end) != (standing.start, standing.end):
                yield f"{standing.session} begins at {session.start}, and its meetings say {standing.start}"
    for id, session in sessions.items():
        is_next = standing is not None and standing.session == id
        if session.over is None and session.end > now and not is_next and not session.by_people:
            yield f"{id} stands beside the next session of {stream}"


def _without(events: Events, now: datetime) -> Sequence[Stretch]:
    """When no session was next, but for the time in which the calendars allow none."""
    found: list[Stretch] = []
    since: datetime | None = datetime.min.replace(tzinfo=now.tzinfo)
    for recorded in events:
        match recorded.event:
            case MeetingScheduled():
                if since is not None:
                    found.append((since, recorded.at))
                since = None
            case MeetingsStopped() as stopped:
                since = None if stopped.cause == "no-common-time" else recorded.at
            case _:
                pass
    return found if since is None else [*found, (since, now)]
