"""The state of a calendar feed. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, assert_never

from coaching_events.envelope import Recorded
from coaching_events.events.calendar import FeedChanged, FeedContent, FeedEvent, FeedOpened, FeedRevoked
from coaching_events.ids import FeedId, PersonId
from eventlog import derived_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """The feed of one person. ``secret_hash`` finds it by its address; None once it is revoked.

    ``opened_at`` is when it got its address (UTC).
    """

    person: PersonId
    secret_hash: str | None
    contents: tuple[FeedContent, ...]
    with_titles: bool
    opened_at: datetime
    status: Literal["open", "revoked"] = "open"


def feed_id(person: PersonId) -> FeedId:
    """The only stream of a person's feed."""
    return FeedId(derived_stream("feed", person))


def evolve(feed: Feed | None, recorded: Recorded[FeedEvent]) -> Feed:
    """Fold one event."""
    event = recorded.event
    if isinstance(event, FeedOpened) or feed is None:
        return Feed(
            person=event.person,
            secret_hash=event.secret_hash if isinstance(event, FeedOpened) else None,
            contents=() if isinstance(event, FeedRevoked) else event.contents,
            with_titles=not isinstance(event, FeedRevoked) and event.with_titles,
            opened_at=recorded.at,
        )
    match event:
        case FeedChanged():
            return replace(feed, contents=event.contents, with_titles=event.with_titles)
        case FeedRevoked():
            return replace(feed, secret_hash=None, status="revoked")
        case _:
            assert_never(event)
