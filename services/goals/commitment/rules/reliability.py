"""The reliability of a person to their partner: the credit of every promise, its explanation, and the mean. Pure.

The credit for a promise kept late is the published function of commits.to (the late penalty of its specification). It
is piecewise in the lateness t in seconds. On [a, b) the credit falls from u to v with steepness h:
r = ((v/u)^-h - 1) / (h (b - a)), credit = u (1 + h r (t - a))^(-1/h).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from coaching_events.ids import StreamId
from coaching_readmodels import PartnershipReadModel
from coaching_time import PersonTime, counted_seconds, working_days_between
from goals.commitment.state import Commitment, Kept, NotPromised, Open, Overdue, Released, Requested, is_suspended

HOUR, DAY = 3600.0, 86400.0
SEGMENTS: Final = (
    (0.0, 60.0, 1.0, 0.99999, 300_000.0),
    (60.0, HOUR, 0.99999, 0.999, 3_000.0),
    (HOUR, DAY, 0.999, 0.99, 548.0),
    (DAY, 7 * DAY, 0.99, 0.9, 32.0),
    (7 * DAY, 30 * DAY, 0.9, 0.5, 5.4),
    (30 * DAY, 365 * DAY, 0.5, 0.1, 4.2),
    (365 * DAY, 3650 * DAY, 0.1, 0.01, 4.0),
)
"""(a, b, u, v, h): lateness in seconds from a to b, credit from u to v, steepness."""
LEAST: Final = 0.01

WINDOW: Final = timedelta(weeks=26)
FROM: Final = 5
"""The number of promises from which the figure is shown."""
MOST: Final = 2_000
"""The most promises of both people that may be due in those weeks. With more there is no figure."""


Standing = Literal[
    "nothing-promised", "released", "suspended", "not-due", "asked-in-time", "made-too-late", "kept-on-time",
    "kept-late", "open",
]  # fmt: skip
"""What a promise counts as. From ``kept-on-time`` on it has a credit."""
Besides = Literal["asked-late", "clean-slate", "once-due", "too-old"]
"""What changes its credit, or keeps it out of the figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One promise: ``credit`` from 0.01 to 1 (None: it does not count); ``late`` in seconds.

    ``standing`` and ``besides`` explain it.
    """

    stream: StreamId
    promise: Commitment
    credit: float | None
    late: float
    standing: Standing
    besides: tuple[Besides, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """All promises, and ``figure``, the mean credit of the ``counted`` ones. It is absent below five promises."""

    promises: tuple[Counted, ...]
    counted: int
    figure: float | None


def credit(late: float) -> float:
    """The credit for a promise kept ``late`` seconds after its due moment: 1 on time, never below 0.01."""
    if late <= 0:
        return 1.0
    for a, b, u, v, h in SEGMENTS:
        if late < b:
            r = ((v / u) ** -h - 1) / (h * (b - a))
            return u * (1 + h * r * (late - a)) ** (-1 / h)
    return LEAST


def reliability(
    promises: Iterable[tuple[StreamId, Commitment]], *, owner: PersonTime, pair: PartnershipReadModel, at: datetime
) -> Reliability:
    """All promises of one owner to the partner, latest due moment first, and the mean of the last 26 weeks."""
    listed = [
        count(stream, promise, owner=owner, pair=pair, at=at)
        for stream, promise in promises
        if not isinstance(promise, Requested | NotPromised)
    ]
    listed.sort(key=lambda counted: (counted.promise.due, counted.stream), reverse=True)
    recent = [c.credit for c in listed if c.credit is not None and at - WINDOW <= c.promise.due <= at]
    figure = sum(recent) / len(recent) if len(recent) >= FROM else None
    return Reliability(promises=tuple(listed), counted=len(recent), figure=figure)


def count(
    stream: StreamId, promise: Commitment, *, owner: PersonTime, pair: PartnershipReadModel, at: datetime
) -> Counted:
    """The credit of one promise, and its explanation. An overdue promise counts as if it were kept now."""
    match promise:
        case Requested() | NotPromised():
            return _uncounted(stream, promise, "nothing-promised")
        case Released():
            return _uncounted(stream, promise, "released")
        case Open() if is_suspended(promise, at):
            return _uncounted(stream, promise, "suspended")
        case Open() if at <= promise.due:
            return _uncounted(stream, promise, "not-due")
        case Open() if promise.proposal is not None and promise.proposal.timely:
            return _uncounted(stream, promise, "asked-in-time")
        case Kept() | Open() | Overdue():
            if not promise.requested and working_days_between(owner, promise.made_at, promise.due) < 1:
                return _uncounted(stream, promise, "made-too-late")
            return _counted(stream, promise, owner, pair, at)


def _counted(
    stream: StreamId, promise: Open | Overdue | Kept, owner: PersonTime, pair: PartnershipReadModel, at: datetime
) -> Counted:
    late = _lateness(promise, owner, pair, at)
    earned = _earned(promise, late, owner, pair)
    standing: Standing = "open" if not isinstance(promise, Kept) else "kept-on-time" if late == 0 else "kept-late"
    besides: list[Besides] = ["asked-late"] if earned < credit(late) else []
    if isinstance(promise, Kept) and promise.clean_slate:
        earned = 1.0
        besides.append("clean-slate")
    if promise.due > at:
        besides.append("once-due")
    elif promise.due < at - WINDOW:
        besides.append("too-old")
    return Counted(stream=stream, promise=promise, credit=earned, late=late, standing=standing, besides=tuple(besides))


def was_late(promise: Kept, owner: PersonTime, pair: PartnershipReadModel) -> bool:
    """Whether a kept promise earns less than one that is kept on time."""
    late = _lateness(promise, owner, pair, promise.declared_at)
    return not promise.clean_slate and _earned(promise, late, owner, pair) < 1


def _earned(promise: Open | Overdue | Kept, late: float, owner: PersonTime, pair: PartnershipReadModel) -> float:
    """The credit without a clean slate: that of its lateness, and at most that of each late question then."""
    pauses = pair.all_pauses()
    return min(
        credit(late), *(credit(counted_seconds(owner, ask.due, ask.asked_at, pauses)) for ask in promise.late_asks), 1.0
    )


def _lateness(promise: Open | Overdue | Kept, owner: PersonTime, pair: PartnershipReadModel, at: datetime) -> float:
    """Counted seconds from the due moment until it was kept, or else until the end of the partnership or now."""
    if not isinstance(promise, Kept):
        end = min(pair.ended_at or at, at)
    elif promise.suspension is not None and promise.suspension.until is None:
        return 0.0  # kept while suspended counts as kept before the due moment
    else:
        end = promise.kept_at
    return counted_seconds(owner, promise.due, end, pair.all_pauses())


def _uncounted(stream: StreamId, promise: Commitment, standing: Standing) -> Counted:
    return Counted(stream=stream, promise=promise, credit=None, late=0.0, standing=standing)
