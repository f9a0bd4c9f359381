"""A person's inbox: the messages of all their weeks, the newest first, page by page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from coaching_events.ids import PartnershipId, PersonId
from eventlog.commands import EventLog
from notifications.mailbox import mailboxes
from notifications.mailbox.names import WEEK, mailbox_id, monday_of
from notifications.mailbox.state import Mailbox, Message
from service_kit.http import from_another_list

AHEAD: Final = 10
"""Weeks ahead in whose mailbox a message may lie that waits to be pushed: nothing waits longer than 60 days."""
BACK: Final = 104
"""Weeks that the inbox goes back."""
AT_ONCE: Final = 27
"""Weeks read by one find."""

Place = tuple[Mailbox, Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which messages are wanted: all that fit every choice. ``since`` is the earliest instant at which they came."""

    kind: str | None = None
    partnership: PartnershipId | None = None
    since: datetime | None = None
    unread: bool = False
    read_until: datetime | None = None

    def fits(self, message: Message) -> bool:
        """Whether a message is wanted; one in whose place another stands is not."""
        return (
            message.replaced_by is None
            and (self.kind is None or message.kind == self.kind)
            and (self.partnership is None or self.partnership in message.partnerships)
            and (self.since is None or message.at >= self.since)
            and not (self.unread and message.is_read(self.read_until))
        )


async def messages(
    log: EventLog, person: PersonId, now: datetime, wanted: Wanted, after: str | None, limit: int
) -> list[Place]:
    """At most ``limit`` messages that come after the key ``after``, the newest first.

    A message never came later than the week of its mailbox, but up to ten weeks before it: so what came on a day is
    known as soon as all mailboxes from that day's week on are read.
    """
    found: list[Place] = []
    for mondays in _spans(now, after, wanted.since):
        documents = await log.store.states([mailbox_id(person, monday) for monday in mondays])
        boxes = [(await log.read(mailboxes, document)).state for document in documents]
        places = [(box, message) for box in boxes for message in box.messages if wanted.fits(message)]
        found += [place for place in places if after is None or key(place) < after]
        found.sort(key=key, reverse=True)
        complete = mondays[-1] + timedelta(days=1)  # the weeks of all zones have begun by then
        if len(found) > limit and found[limit - 1][1].at.date() > complete:
            break
    return found[:limit]


_KEY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 \d{4}-\d\d-\d\d \d{6}")


def check_key(text: str) -> None:
    """Raise a 400 problem for what ``key`` did not make."""
    try:
        made = _KEY.fullmatch(text) is not None and bool(date.fromisoformat(text[:10]))
    except ValueError:
        made = False
    if not made:
        raise from_another_list()


def key(place: Place) -> str:
    """Where a message stands in the inbox; texts sort as the messages do."""
    box, message = place
    number = box.messages.index(message)
    return f"{message.at.isoformat(timespec='milliseconds')} {box.week.isoformat()} {number:06}"


def _spans(now: datetime, after: str | None, since: datetime | None) -> Iterator[list[date]]:
    """Weeks to look at, the latest first, some at once; from where the page before had ended."""
    this_week = monday_of(now.date())
    newest, oldest = this_week, this_week - BACK * WEEK
    if after is not None:
        newest = min(newest, monday_of(date.fromisoformat(after[:10])))
    if since is not None:
        oldest = max(oldest, monday_of(since.date()) - WEEK)
    first = newest + AHEAD * WEEK
    weeks = [first - number * WEEK for number in range((first - oldest) // WEEK + 1)]
    for start in range(0, len(weeks), AT_ONCE):
        yield weeks[start : start + AT_ONCE]
