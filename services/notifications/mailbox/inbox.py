"""A person's inbox: the messages of all weeks, the newest first, in pages."""

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
"""Weeks ahead whose mailboxes can have a message that waits for its push: at most 60 days."""
BACK: Final = 104
"""Weeks that the inbox shows."""
AT_ONCE: Final = 27
"""Weeks of the first find. A second one reads the rest if the page needs it."""

Place = tuple[Mailbox, Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter: messages that match every choice. ``since`` is the earliest instant (UTC) of a message."""

    kind: str | None = None
    partnership: PartnershipId | None = None
    since: datetime | None = None
    unread: bool = False
    read_until: datetime | None = None

    def fits(self, message: Message) -> bool:
        """Whether a message matches. A replaced message does not."""
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
    """At most ``limit`` messages after the key ``after``, the newest first.

    A message is never later than the week of its mailbox, and at most ten weeks earlier. So all messages of a day are
    known
    when all mailboxes from its week on have been read.
    """
    found: list[Place] = []
    for mondays in _spans(now, after, wanted.since):
        documents = await log.store.states([mailbox_id(person, monday) for monday in mondays])
        boxes = [(await log.read(mailboxes, document)).state for document in documents]
        places = [(box, message) for box in boxes for message in box.messages if wanted.fits(message)]
        found += [place for place in places if after is None or key(place) < after]
        found.sort(key=key, reverse=True)
        complete = mondays[-1] + timedelta(days=1)  # in every zone the week of today has begun by then
        if len(found) > limit and found[limit - 1][1].at.date() > complete:
            break
    return found[:limit]


_KEY = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 \d{4}-\d\d-\d\d \d{6}")


def check_key(text: str) -> None:
    """Raise a 400 problem for a text that is no `key`."""
    try:
        made = _KEY.fullmatch(text) is not None and bool(date.fromisoformat(text[:10]))
    except ValueError:
        made = False
    if not made:
        raise from_another_list()


def key(place: Place) -> str:
    """The position of a message in the inbox. Keys sort as the messages do."""
    box, message = place
    number = box.messages.index(message)
    return f"{message.at.isoformat(timespec='milliseconds')} {box.week.isoformat()} {number:06}"


def _spans(now: datetime, after: str | None, since: datetime | None) -> Iterator[list[date]]:
    """Weeks to read, the latest first, some at a time, from the end of the page before."""
    this_week = monday_of(now.date())
    newest, oldest = this_week, this_week - BACK * WEEK
    if after is not None:
        newest = min(newest, monday_of(date.fromisoformat(after[:10])))
    if since is not None:
        oldest = max(oldest, monday_of(since.date()) - WEEK)
    first = newest + AHEAD * WEEK
    weeks = [first - number * WEEK for number in range((first - oldest) // WEEK + 1)]
    yield weeks[:AT_ONCE]
    if len(weeks) > AT_ONCE:
        yield weeks[AT_ONCE:]
