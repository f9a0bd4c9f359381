"""The calendar feed of a person: their sessions, due moments and check-ins for calendar programs."""

from pydantic import TypeAdapter

from coaching_events.events.calendar import FeedEvent
from coaching_events.ids import PersonId
from coaching_events.registry import EVENTS
from eventlog import Aggregate, ReferenceData
from sessions.feed.state import Feed, evolve

__all__ = ["feeds"]


def _key(feed: Feed) -> str:
    return feed.person


def _parties(feed: Feed) -> tuple[PersonId]:
    return (feed.person,)


feeds: Aggregate[Feed, FeedEvent, ReferenceData] = Aggregate(
    kind="feed",
    states=TypeAdapter(Feed),
    events=EVENTS["feed"],  # pyright: ignore[reportArgumentType]  # the registry types all events alike
    evolve=evolve,
    key=_key,
    parties=_parties,
    indexes=("secret_hash",),
)
