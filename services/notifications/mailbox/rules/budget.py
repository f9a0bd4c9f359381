"""The budgets of reminders: per partner and week by the terms, and the person's ceiling over all. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from coaching_events.events.mailbox import Budget, PairBudget
from coaching_events.ids import PartnershipId
from coaching_time import local_date
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.rules.merging import Bundle, bundles, is_opening
from notifications.mailbox.state import Item, Mailbox, Message

Cause = Literal["budget", "ceiling", "digest"]


@dataclass(frozen=True, slots=True)
class Fitting:
    """A message within the budgets, and their use after it has left."""

    bundle: Bundle
    budgets: tuple[PairBudget, ...]
    ceiling: Budget


def fit(
    mailbox: Mailbox, items: Sequence[Item], today: date, zone: str, reference_data: MailboxReferenceData
) -> tuple[list[Fitting], list[tuple[Item, Cause]]]:
    """The messages that leave today, and the entries that wait for a digest, each with its cause."""
    nudges = [message for message in mailbox.messages if message.kind == "nudge"]
    earlier = [message for message in nudges if local_date(zone, message.at) == today]
    used = Counter(pair for message in nudges for pair in message.partnerships)
    leaving: list[Item] = []
    waiting: list[tuple[Item, Cause]] = []
    for item in items:
        pair = item.entry.partnership
        if _told_already(mailbox, earlier, item):
            waiting.append((item, "digest"))
        elif used[pair] >= reference_data.partnership(pair).terms.reminders:
            waiting.append((item, "budget"))
        else:
            leaving.append(item)
    fitting: list[Fitting] = []
    ceiling = reference_data.recipient(mailbox.person).reminders
    for bundle in bundles(leaving):
        taken = len(nudges) + len(fitting) + 1
        if taken > ceiling:
            waiting.extend((item, "ceiling") for item in bundle)
        else:
            fitting.append(Fitting(bundle, _pairs(bundle, used, reference_data), Budget(used=taken, limit=ceiling)))
    return fitting, waiting


def _told_already(mailbox: Mailbox, earlier: Sequence[Message], item: Item) -> bool:
    """Whether an earlier message of this day covers this entry. A second message would be too many."""
    if any(item.entry.partnership in message.partnerships for message in earlier):
        return True
    told = (entry for message in earlier for entry in mailbox.entries_of(message))
    return is_opening(item.entry) and any(is_opening(entry) for entry in told)


def _pairs(
    bundle: Bundle, used: Counter[PartnershipId], reference_data: MailboxReferenceData
) -> tuple[PairBudget, ...]:
    pairs = dict.fromkeys(item.entry.partnership for item in bundle)
    return tuple(
        PairBudget(partnership=pair, used=used[pair] + 1, limit=reference_data.partnership(pair).terms.reminders)
        for pair in pairs
    )
