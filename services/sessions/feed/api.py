"""The calendar feed over HTTP: its person opens it, chooses its contents and revokes it."""

import secrets
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from coaching_events.events.calendar import FeedContent
from coaching_events.moment import Moment
from eventlog import NotFound
from service_kit.bodies import Body, Flag, View, example
from service_kit.http import Accepted, Context, etag
from sessions.feed import feeds, rules
from sessions.feed.state import feed_id

routes = APIRouter(tags=["calendar feed"])

ALL: tuple[FeedContent, ...] = ("sessions", "promises", "check-ins")


class Contents(Body, json_schema_extra=example(contents=["sessions", "check-ins"], with_titles=False)):
    """What the feed has. ``with_titles``: also titles, places and promises, which your calendar program then stores."""

    contents: Annotated[tuple[FeedContent, ...], Field(min_length=1, max_length=3)] = ALL
    with_titles: Flag = False


EVERYTHING = Contents()


class FeedView(View):
    """Your calendar feed. Its address is shown only when it is opened."""

    status: str
    contents: tuple[FeedContent, ...]
    with_titles: bool
    opened_at: Moment


class Opened(Accepted):
    """The feed has this ``path``, below the address of this service. It is shown here only: whoever has it can read.

    It is null if this request was a repetition. Open the feed again for a new address.
    """

    path: str | None


@routes.post("/calendar-feed", operation_id="openFeed")
async def open_my_feed(context: Context, body: Contents = EVERYTHING) -> Opened:
    """Give your calendar feed a new secret address. An earlier one opens nothing more."""
    stream, secret = feed_id(await context.person()), secrets.token_urlsafe(32)
    hashed = hash_of(secret)
    accepted = await context.create_or_change(
        feeds,
        stream,
        lambda feed, by, _: rules.open_address(
            feed, by=by, secret_hash=hashed, contents=body.contents, with_titles=body.with_titles
        ),
    )
    current = await context.log.current(feeds, stream)
    is_new = current is not None and current.state.secret_hash == hashed
    return Opened.model_construct(
        id=accepted.id,
        position=accepted.position,
        events=accepted.events,
        path=f"/calendar/{secret}.ics" if is_new else None,
    )


@routes.get("/calendar-feed", operation_id="getFeed")
async def see_my_feed(context: Context) -> FeedView:
    """What your calendar feed has, and whether it has an address."""
    stream = feed_id(await context.person())
    current = await context.log.current(feeds, stream)
    if current is None:
        raise NotFound(stream)
    context.response.headers["ETag"] = etag(current.position)
    return FeedView.model_validate(current.state)


@routes.put("/calendar-feed", operation_id="putFeed")
async def choose_the_contents(body: Contents, context: Context) -> Accepted:
    """Choose what your calendar feed has. The address stays."""
    return await context.change(
        feeds,
        feed_id(await context.person()),
        lambda feed, by, _: rules.choose(feed, by=by, contents=body.contents, with_titles=body.with_titles),
    )


@routes.post("/calendar-feed/revoke", operation_id="revokeFeed")
async def revoke_my_feed(context: Context) -> Accepted:
    """End the address of your calendar feed. It answers 404 from now on."""
    return await context.change(
        feeds, feed_id(await context.person()), lambda feed, by, _: rules.revoke(feed, by=by), effect="eases"
    )


def hash_of(secret: str) -> str:
    """The hash by which a feed is found. The secret has 256 random bits, so it needs neither salt nor slowness."""
    return sha256(secret.encode()).hexdigest()
