"""What people read: kind, short, and only what the reader may see. Nothing here blames, urges or compares.

A subject line has no private word in it, as it may be shown on a locked screen. Names and words that were erased, or
that only ciphers are left of, are told in general terms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from coaching_events.ids import PersonId, kind_of
from coaching_events.mailbox import Entry
from coaching_rows import KnownPartnership, KnownPerson
from notifications.mailbox.facts import MailboxFacts
from notifications.mailbox.state import Item, Mailbox, Message
from notifications.projections import KnownCommitment

SUBJECTS = {0: "Something is coming up", 1: "A gentle reminder", 2: "Is something in the way?"}

STEPS = {
    ("commitment", 0): "{promise} for {partner} is due on {due}.",
    ("commitment", 1): "{promise} for {partner} was due on {due}. Is it done, or would another date be better? "
    "One word is enough.",
    ("commitment", 2): "Is something in the way of {promise}, for {partner}? Three answers are equally good: it is "
    "done, it needs a new date, or you would like to let it go.",
    ("check-ins", 0): "Your check-in with {partner} is open until {due}. A few lines are enough.",
    ("check-ins", 1): "Your check-in with {partner} is still welcome, late as well. A line is enough.",
    ("check-ins", 2): "It has been quiet between you and {partner} for a few days. Is something in the way? A line is "
    "enough; and together you can change the rhythm, or pause for a while.",
}

WORDS = {
    "commitment-requested": "{partner} asks whether you would promise {promise}, for {due}. It is yours to decide: as "
    "asked, in your own words, or not.",
    "renegotiation-proposed": "{partner} asks you for another date for {promise}: {due}.",
    "release-proposed": "{partner} asks you to let {promise} go.",
    "session-proposed": "{partner} suggests meeting on {due}.",
    "partnership-proposed": "{partner} would like to form a partnership with you. It begins only if you agree to its "
    "terms as well.",
    "terms-proposed": "{partner} suggests other terms for your partnership. What you have holds unless you agree.",
}

RULES = {
    "heads-up": "you asked for a heads-up the working day before",
    "check-in-opens": "your terms ask for a check-in, and it can be written now",
    "gentle-reminder": "its grace has ended and nothing was said yet; this is the first of two steps",
    "what-is-in-the-way": "a reminder left some days ago and nothing was said yet; after this one there is silence",
    "word-from-your-partner": "your partner asked you something; that is outside every budget",
}

REASONS = {
    "budget": "this week's reminders of this partnership were used up",
    "ceiling": "your own limit of reminders a week was reached",
    "digest": "it would have been one message too many that day",
    "quiet-hours": "it came outside your working hours",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and what may be told to them. What is not known is told in general terms."""

    person: PersonId
    facts: MailboxFacts

    @property
    def name(self) -> str:
        """What the reader is called; empty if that is not known."""
        return self._name(self.person) or ""

    def partner(self, entry: Entry) -> str:
        """What the other one in the partnership of an entry is called."""
        fact = self.facts.facts.get(entry.partnership)
        if fact is None or not isinstance(fact.value, KnownPartnership):
            return "your partner"
        return self._name(fact.value.other(self.person)) or "your partner"

    def promise(self, entry: Entry) -> str:
        """The promise that an entry is about, in quotation marks."""
        fact = self.facts.facts.get(entry.subject)
        text = fact.value.text if fact is not None and isinstance(fact.value, KnownCommitment) else None
        return f"“{text}”" if isinstance(text, str) else "a promise"

    def shown(self, instant: datetime | None) -> str:
        """A moment on the reader's own clock."""
        if instant is None:
            return "soon"
        fact = self.facts.facts.get(self.person)
        zone = fact.value.zone if fact is not None and isinstance(fact.value, KnownPerson) else "UTC"
        local = instant.astimezone(ZoneInfo(zone))
        return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"

    def _name(self, person: PersonId) -> str | None:
        fact = self.facts.facts.get(person)
        name = fact.value.display_name if fact is not None and isinstance(fact.value, KnownPerson) else None
        return name if isinstance(name, str) else None


def subject(mailbox: Mailbox, message: Message) -> str:
    """The subject line of a message."""
    entries = mailbox.entries_of(message)
    if message.kind == "word":
        return "A word from your partner"
    if message.kind == "digest":
        return "Welcome back" if message.welcome_back else "What has gathered for you"
    if all(entry.step == 0 and kind_of(entry.subject) == "check-ins" for entry in entries):
        return "Your check-in is open" if len(entries) == 1 else "Your check-ins are open"
    return SUBJECTS[max(entry.step or 0 for entry in entries)]


def told(entry: Entry, reader: Reader) -> str:
    """What an entry says."""
    text = WORDS.get(entry.about) if entry.step is None else STEPS.get((kind_of(entry.subject), entry.step))
    if text is None:
        return f"There is news from {reader.partner(entry)}."
    said = text.format(
        partner=reader.partner(entry), promise=reader.promise(entry), due=reader.shown(entry.due)
    )  # fmt: skip
    return said[0].upper() + said[1:]


def why(item: Item, message: Message, reader: Reader) -> str:
    """Why somebody gets an entry: the rule, what was used of the budgets, and why it waited if it did."""
    entry = item.entry
    parts = [f"Because {RULES.get(entry.why.rule, 'it concerns you')}."]
    for budget in message.budgets:
        if budget.partnership == entry.partnership:
            parts.append(f"Reminder {budget.used} of {budget.of} this week with {reader.partner(entry)}.")
    if message.ceiling is not None:
        parts.append(f"Reminder {message.ceiling.used} of your own limit of {message.ceiling.of} a week.")
    if message.kind == "digest" and item.reason in REASONS:
        parts.append(f"It waited for this digest because {REASONS[item.reason]}.")
    return " ".join(parts)


def text(mailbox: Mailbox, message: Message, reader: Reader) -> str:
    """What a message says, an entry a paragraph."""
    return "\n\n".join(told(entry, reader) for entry in mailbox.entries_of(message))


def letter(mailbox: Mailbox, message: Message, reader: Reader, page: str, choices: str) -> str:
    """A message as a plain-text mail; ``page`` and ``choices`` are addresses that change nothing when fetched."""
    items = [item for item in mailbox.items if item.entry.id in message.entries]
    greeting = f"Hello {reader.name}," if reader.name else "Hello,"
    reasons = [f"- {why(item, message, reader)} ({item.entry.why.cause})" for item in items]
    return "\n".join(_lines(greeting, text(mailbox, message, reader), reasons, page, choices))


def _lines(greeting: str, said: str, reasons: Sequence[str], page: str, choices: str) -> Sequence[str]:
    return (
        greeting, "", said, "", f"To answer: {page}", "Looking at it changes nothing.", "", "Why you get this:",
        *reasons, "", f"How you are told, and how often, is yours to choose: {choices}",
    )  # fmt: skip
