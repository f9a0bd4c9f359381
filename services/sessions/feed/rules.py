"""The rules of a calendar feed: open an address, choose its contents, revoke it. Pure."""

from collections.abc import Collection, Sequence
from typing import get_args

from coaching_events.events.calendar import FeedChanged, FeedContent, FeedOpened, FeedRevoked
from coaching_events.ids import PersonId
from eventlog import Refused
from sessions.feed.state import Feed


def open_address(
    feed: Feed | None, *, by: PersonId, secret_hash: str, contents: Collection[FeedContent], with_titles: bool
) -> Sequence[FeedOpened]:
    """Give the feed a new address. An earlier one opens nothing more."""
    chosen = _in_order(contents)
    return [FeedOpened(by=by, person=by, secret_hash=secret_hash, contents=chosen, with_titles=with_titles)]


def choose(feed: Feed, *, by: PersonId, contents: Collection[FeedContent], with_titles: bool) -> Sequence[FeedChanged]:
    """Choose what the feed has. No event without a difference."""
    _check_open(feed)
    chosen = _in_order(contents)
    if (chosen, with_titles) == (feed.contents, feed.with_titles):
        return []
    return [FeedChanged(by=by, person=by, contents=chosen, with_titles=with_titles)]


def revoke(feed: Feed, *, by: PersonId) -> Sequence[FeedRevoked]:
    """End the address. No event if it has ended."""
    return [] if feed.status == "revoked" else [FeedRevoked(by=by, person=by)]


def _check_open(feed: Feed) -> None:
    if feed.status == "revoked":
        raise Refused("feed-revoked", "Your calendar feed has no address any more: open it again first.")


def _in_order(contents: Collection[FeedContent]) -> tuple[FeedContent, ...]:
    return tuple(each for each in get_args(FeedContent) if each in contents)
