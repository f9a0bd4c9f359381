"""The headers that a command may carry: Idempotency-Key, If-Match, After."""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from time import monotonic

from fastapi import Request

from coaching_events.ids import MalformedPosition, PersonId, Position, StreamId, kind_of, parse
from eventlog import CatchingUp, pauses
from eventlog.consumers import Projections
from service_kit.http.problems import malformed

WAIT_SECONDS = 2.0
"""Seconds that a request waits until the read models have reached the positions in ``After``."""
MOST_POSITIONS = 50

_KEY = re.compile(r"[!-~]{1,255}")


def idempotency_key(request: Request) -> str | None:
    """The request's Idempotency-Key, or None."""
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    if len(given) > 1 or not _KEY.fullmatch(given[0]):
        raise malformed("malformed-idempotency-key", "Idempotency-Key has 1 to 255 visible ASCII characters, once.")
    return given[0]


async def fingerprint(request: Request) -> str:
    """A digest of the method, the address and the body. The layout of JSON does not change it."""
    body = await request.body()
    media = request.headers.get("content-type", "")
    if body and "json" in media:
        with suppress(ValueError, RecursionError):  # the parser of the body reports what is wrong
            body = json.dumps(await request.json(), sort_keys=True, separators=(",", ":")).encode()
    request_text = b"\n".join((request.method.encode(), request.url.path.encode(), request.scope["query_string"], body))
    return hashlib.sha256(request_text).hexdigest()


ANY_VERSION = Position("*")
"""``If-Match: *`` means any version that exists (RFC 9110, section 13.1.1)."""


def if_match(request: Request) -> Position | None:
    """The version that must still be the last one, or None. Quotes may be left out."""
    given = request.headers.getlist("if-match")
    if not given:
        return None
    tag = given[0].strip()
    if tag == ANY_VERSION:
        return ANY_VERSION
    try:
        if len(given) > 1:
            raise MalformedPosition("several")
        bare = tag.removeprefix('"').removesuffix('"')
        parse(bare)
    except MalformedPosition:
        raise malformed("malformed-if-match", "If-Match takes one ETag as an answer had it, or *.") from None
    return Position(bare)


def after(request: Request, kinds: Iterable[str]) -> Mapping[StreamId, int]:
    """The versions that the read models must have reached. Kinds without read models here are ignored."""
    texts = [part.strip() for line in request.headers.getlist("after") for part in line.split(",")]
    if len(texts) > MOST_POSITIONS:
        raise malformed("malformed-after", "After takes at most {most} positions.", most=MOST_POSITIONS)
    known = frozenset(kinds)
    wanted: dict[StreamId, int] = {}
    for text in texts:
        try:
            stream, version = parse(text.removeprefix('"').removesuffix('"'))
        except MalformedPosition:
            detail = "After takes positions, <stream id>@<version>, with commas between them: the ETag of an answer."
            raise malformed("malformed-after", detail) from None
        if kind_of(stream) in known:
            wanted[stream] = max(version, wanted.get(stream, 0))
    return wanted


async def wait_for(
    projections: Projections, wanted: Mapping[StreamId, int], person: PersonId, seconds: float = WAIT_SECONDS
) -> None:
    """Return when the read models have reached these versions; raise CatchingUp after so many seconds.

    A stream of others is treated as one that does not exist, with the same answer after the same time.
    """
    missing, until = dict(wanted), monotonic() + seconds
    for pause in pauses(0.002, 0.05):
        read_models = await projections.store.read_models(missing.keys())
        there = {stream for stream, read_model in read_models.items() if projections.may_know(read_model, person)}
        missing = {s: v for s, v in missing.items() if s not in there or read_models[s].at < v}
        if not missing:
            return
        if monotonic() >= until:
            raise CatchingUp(next(iter(missing)))
        await asyncio.sleep(pause)
