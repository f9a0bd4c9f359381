"""How many requests one caller may send to one process: a token bucket for each caller.

It protects against a faulty client, which gets 429 with Retry-After and does not affect others. It does not protect
against an attack.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil
from time import monotonic

from service_kit.http.authentication import DIRECTORY, IDENTITIES, OPS, Caller
from service_kit.http.problems import Problem
from service_kit.languages import short

MAX_BUCKETS = 10_000
"""Buckets that are kept. The one that was used least recently is dropped; its caller begins with a full one."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests a second in the long run, and at once after a pause."""

    per_second: float
    burst: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many requests were left at a time (monotonic seconds)."""

    left: float
    at: float


def spend(bucket: Bucket | None, rate: Rate, now: float) -> tuple[Bucket, float]:
    """The bucket after one more request, and the seconds that this request must wait (0: none)."""
    left = rate.burst if bucket is None else min(rate.burst, bucket.left + (now - bucket.at) * rate.per_second)
    if left >= 1:
        return Bucket(left - 1, now), 0.0
    return Bucket(left, now), (1 - left) / rate.per_second


@dataclass
class RateLimits:
    """The buckets of one process. ``systems`` is for tokens with the scope ops, hr.directory or hr.identities.

    ``searches`` is for searches for people, with any token, so that no caller copies the directory.
    """

    people: Rate
    systems: Rate
    searches: Rate = Rate(1, 20)
    now: Callable[[], float] = monotonic
    _buckets: OrderedDict[tuple[str, str, str], Bucket] = field(
        default_factory=OrderedDict[tuple[str, str, str], Bucket], init=False
    )

    def count_request(self, caller: Caller) -> None:
        """Count a request; raises the 429 problem if there are too many."""
        is_system = not caller.scopes.isdisjoint((OPS, DIRECTORY, IDENTITIES))
        self._take(caller, *(("systems", self.systems) if is_system else ("people", self.people)))

    def count_search(self, caller: Caller) -> None:
        """Count a search for people; raises the 429 problem if there are too many."""
        self._take(caller, "searches", self.searches)

    def count_address(self, name: str) -> None:
        """Count a request with a secret address instead of a token, by a name of the address."""
        self._take(Caller("address", name, frozenset()), "addresses", self.people)

    def _take(self, caller: Caller, of: str, rate: Rate) -> None:
        who = (caller.issuer, caller.subject, of)
        self._buckets[who], wait = spend(self._buckets.get(who), rate, self.now())
        self._buckets.move_to_end(who)
        if len(self._buckets) > MAX_BUCKETS:
            self._buckets.popitem(last=False)
        if wait:
            raise _too_many(ceil(wait), rate)


def _too_many(seconds: int, rate: Rate) -> Problem:
    detail = "Too many requests: at most {most} a second. Wait {seconds} s and send it again."
    values = {"most": short(rate.per_second), "seconds": seconds}
    return Problem(429, "too-many-requests", detail, headers={"Retry-After": str(seconds)}, values=values)
