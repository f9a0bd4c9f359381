"""How often one person may ask one process: a bucket of tokens for each, filled again as time goes by.

Not against an attack, which is stopped before it comes here, but against a client that went wrong: it gets 429 with
Retry-After, and nobody else notices it.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from service_kit.http.authentication import DIRECTORY, IDENTITIES, OPS, Caller
from service_kit.http.problems import Problem

MOST_REMEMBERED = 10_000
"""Buckets that are kept; who has not asked for the longest time is forgotten, and begins with a full one."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second in the long run, and so many at once after a pause."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many requests were left at an instant (monotonic seconds)."""

    left: float
    at: float


def taken(bucket: Bucket | None, rate: Rate, now: float) -> tuple[Bucket, float]:
    """The bucket after one more request, and for how many seconds that has to wait (0: it may pass)."""
    left = rate.burst if bucket is None else min(rate.burst, bucket.left + (now - bucket.at) * rate.per_second)
    if left >= 1:
        return Bucket(left - 1, now), 0.0
    return Bucket(left, now), (1 - left) / rate.per_second


@dataclass
class RateLimits:
    """The buckets of one process. ``systems`` is for tokens of those who run the services or keep the directory.

    ``searches`` is for whoever looks for people, with any token: nobody copies the directory name by name.
    """

    people: Rate
    systems: Rate
    searches: Rate = Rate(1, 20)
    now: Callable[[], float] = monotonic
    _buckets: OrderedDict[tuple[str, str, str], Bucket] = field(
        default_factory=OrderedDict[tuple[str, str, str], Bucket], init=False
    )

    def let_pass(self, caller: Caller) -> None:
        """Count a request; raises the 429 problem if it is one too many."""
        is_system = not caller.scopes.isdisjoint((OPS, DIRECTORY, IDENTITIES))
        if is_system:
            self._take(caller, "systems", self.systems)
        else:
            self._take(caller, "people", self.people)

    def let_search(self, caller: Caller) -> None:
        """Count a search for people, besides the request that it is; raises the 429 problem if it is one too many."""
        self._take(caller, "searches", self.searches)

    def _take(self, caller: Caller, of: str, rate: Rate) -> None:
        who = (caller.issuer, caller.subject, of)
        self._buckets[who], wait = taken(self._buckets.get(who), rate, self.now())
        self._buckets.move_to_end(who)
        if len(self._buckets) > MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        if wait:
            raise _too_many(ceil(wait), rate)


def _too_many(seconds: int, rate: Rate) -> Problem:
    detail = f"You ask too often: at most {rate.per_second:g} times a second. Wait {seconds} s and send it again."
    return Problem(429, "too-many-requests", detail, headers={"Retry-After": str(seconds)})
