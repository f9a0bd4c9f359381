"""A person's inbox: the messages of all weeks, the newest first, in pages."""

import asyncio
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from coaching_events.ids import PartnershipId, PersonId
from eventlog.commands import EventLog
from notifications.mailbox import mailboxes
from notifications.mailbox.names import WEEK, mailbox_id, monday_of
from notifications.mailbox.state import Mailbox, Message
from notifications.recipient import recipients
from notifications.recipient.state import recipient_id
from service_kit.http import from_another_list

AHEAD: Final = 10
"""Weeks ahead whose mailboxes can have a message that waits for its push: at most 60 days."""
BACK: Final = 104
"""Weeks that the inbox shows."""

Place = tuple[Mailbox, Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A filter: messages that match every choice. ``since`` and ``until`` are instants (UTC) of the first and last."""

    kind: str | None = None
    partnership: PartnershipId | None = None
    since: datetime | None = None
    until: datetime | None = None
    unread: bool = False

    def fits(self, message: Message, read_until: datetime | None) -> bool:
        """Whether a message matches. A replaced message does not."""
        return (
            message.replaced_by is None
            and (self.kind is None or message.kind == self.kind)
            and (self.partnership is None or self.partnership in message.partnerships)
            and (self.since is None or message.at >= self.since)
            and (self.until is None or message.at <= self.until)
            and not (self.unread and message.is_read(read_until))
        )


async def messages(
    log: EventLog, person: PersonId, now: datetime, wanted: Wanted, after: str | None, limit: int
) -> list[Place]:
    """At most ``limit`` messages after the key ``after``, the newest first.

    A message is never later than the week of its mailbox, and at most ten weeks earlier. So all messages of a day are
    known when all mailboxes from its week on have been read. They are found at once, and only those that the page needs
    are read.
    """
    weeks = [mailbox_id(person, monday) for monday in _weeks(now, after, wanted.since)]
    documents, recipient = await asyncio.gather(log.store.states(weeks), log.current(recipients, recipient_id(person)))
    read_until = None if recipient is None else recipient.state.read_until
    found: list[Place] = []
    for document in sorted(documents, key=lambda each: str(each.state["week"]), reverse=True):
        box = (await log.read(mailboxes, document)).state
        places = [(box, message) for message in box.messages if wanted.fits(message, read_until)]
        found += [place for place in places if after is None or key(place) < after]
        complete = box.week + timedelta(days=1)  # in every zone the week of today has begun by then
        if sum(message.at.date() > complete for _, message in found) >= limit:
            break
    return sorted(found, key=key, reverse=True)[:limit]


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


def _weeks(now: datetime, after: str | None, since: datetime | None) -> list[date]:
    """The Mondays of the weeks that the page can need, the latest first."""
    this_week = monday_of(now.date())
    newest, oldest = this_week, this_week - BACK * WEEK
    if after is not None:
        newest = min(newest, monday_of(date.fromisoformat(after[:10])))
    if since is not None:
        oldest = max(oldest, monday_of(since.date()) - WEEK)
    first = newest + AHEAD * WEEK
    return [first - number * WEEK for number in range((first - oldest) // WEEK + 1)]
