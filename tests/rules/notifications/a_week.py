"""Anna in Munich, her partners Ben and Carla, and a week in February of what notifications knows of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from coaching_events.events.mailbox import (
    DeliveryAttempted,
    Entry,
    MailboxEvent,
    MessageId,
    NudgeDeferred,
    NudgePlanned,
    NudgeWithdrawn,
    Step,
    Why,
)
from coaching_events.events.recipient import Channel, ChatAddress, OptIn, PushChannel, Switch
from coaching_events.ids import (
    CommitmentId,
    PartnershipId,
    PersonalTextsId,
    PersonId,
    Position,
    RuleName,
    StreamId,
    position,
)
from coaching_readmodels import PartnershipReadModel, PauseReadModel, PersonReadModel
from eventlog import ReferenceEntry
from notifications.mailbox import mailboxes, rules
from notifications.mailbox.names import entry_id, mailbox_id
from notifications.mailbox.reference_data import MailboxReferenceData
from notifications.mailbox.state import Mailbox, Message
from notifications.projections import CheckInsReadModel, CommitmentReadModel, GoalReadModel, SessionReadModel
from notifications.projections.check_ins import Spoken
from notifications.recipient.state import Chat, Recipient, recipient_id
from tests.rules.given import History, scenario
from tests.rules.the_pair import ANNA, BEN, CARLA, PAIR, away, known_pair, known_person, terms

WITH_BEN = PAIR
WITH_CARLA = PartnershipId(StreamId("partnership_anna-carla"))
WITH_DORA = PartnershipId(StreamId("partnership_anna-dora"))
PARTNERS: Mapping[PartnershipId, PersonId] = {
    WITH_BEN: BEN,
    WITH_CARLA: CARLA,
    WITH_DORA: PersonId(StreamId("person_dora")),
}

CHAT = ChatAddress(service="slack", personal_texts=PersonalTextsId("chat"))
EVERY: tuple[Channel, ...] = ("inbox", "mail", "chat")

MONDAY = date(2026, 2, 2)
NEXT_MONDAY = date(2026, 2, 9)

Story = History[Mailbox, MailboxEvent, MailboxReferenceData]


def local(day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A time in Munich, so many days after Monday 2 February (UTC+1)."""
    return datetime(2026, 2, 2, hour - 1, minute, tzinfo=UTC) + timedelta(days=day)


def pair(partnership: PartnershipId, *, reminders: int = 2, formed_at: datetime | None = None) -> PartnershipReadModel:
    people, taken = (ANNA, PARTNERS[partnership]), position(partnership, 2)
    agreed = terms(reminders=reminders)
    return known_pair(people=people, terms=agreed, terms_taken=taken, formed_at=formed_at or local(-90))


def person(*absences: tuple[date, date], zone: str = "Europe/Berlin") -> PersonReadModel:
    return known_person(zone, *(away(first, last, known_at=local(-30)) for first, last in absences))


@dataclass(frozen=True)
class World:
    """What notifications knows; a change makes another one."""

    rows: Mapping[StreamId, Any] = field(default_factory=dict[StreamId, Any])

    def knowing(self, stream: StreamId, value: Any) -> "World":
        return World({**self.rows, stream: value})

    def anna(self, *absences: tuple[date, date], zone: str = "Europe/Berlin") -> "World":
        return self.knowing(ANNA, person(*absences, zone=zone))

    def choosing(
        self, *, ceiling: int = 5, channels: tuple[Channel, ...] = ("inbox", "mail"), opt_ins: tuple[OptIn, ...] = ()
    ) -> "World":
        chosen = Recipient(person=ANNA, ceiling=ceiling, channels=channels, opt_ins=opt_ins)
        return self.knowing(recipient_id(ANNA), chosen)

    def chatting(
        self, *off: Switch, refused: str | None = None, channels: tuple[Channel, ...] = EVERY, ceiling: int = 5
    ) -> "World":
        """Anna gets messages by mail and in a chat, without what is switched off."""
        chat = Chat(address=CHAT, refused=refused)
        chosen = Recipient(person=ANNA, channels=channels, switched_off=off, chat=chat, ceiling=ceiling)
        return self.knowing(recipient_id(ANNA), chosen)

    def reminders(self, number: int, partnership: PartnershipId = WITH_BEN) -> "World":
        return self.knowing(partnership, replace(self.rows[partnership], terms=terms(reminders=number)))

    def ended(self, partnership: PartnershipId = WITH_BEN, at: datetime | None = None) -> "World":
        over = replace(self.rows[partnership], status="ended", ended_at=at or local(0), end_taken=ENDED)
        return self.knowing(partnership, over)

    def paused(self, start: datetime, end: datetime | None, partnership: PartnershipId = WITH_BEN) -> "World":
        pause = PauseReadModel(whose=ANNA, start=start, end=end, taken=PAUSED, known_at=start)
        return self.knowing(partnership, replace(self.rows[partnership], pauses=(pause,)))

    def missed(self, entry: Entry, at: datetime | None = None) -> "World":
        """The subject of this step: a promise or a check-in that Anna missed."""
        return self.knowing(entry.subject, _missed(entry, at or local(-3)))

    def opened(self, entry: Entry) -> "World":
        row = replace(check_ins(entry), opened=entry.why.based_on, due=entry.due)
        return self.knowing(entry.subject, row)

    def asked(self, entry: Entry) -> "World":
        """The question of a partner's word stands."""
        if entry.subject.startswith("session_"):
            return self.knowing(entry.subject, session(entry))
        if entry.subject.startswith("goal_"):
            return self.knowing(entry.subject, goal(entry))
        return self.knowing(entry.subject, replace(promise(entry), question=entry.why.based_on))

    def said(self, entry: Entry) -> "World":
        """Something was said about the subject: no miss of it is open, no question waits, nothing is to be written."""
        row = self.rows[entry.subject]
        quiet = {"open_miss": None, "missed_at": None, "question": None, "opened": None}
        fields = {name: value for name, value in quiet.items() if hasattr(row, name)}
        return self.knowing(entry.subject, replace(row, **fields, last=SAID))

    def spoken(self, entry: Entry, at: datetime) -> "World":
        """A check-in spoke of the promise."""
        of = Spoken(commitment=CommitmentId(entry.subject), at=at, position=SAID)
        row = replace(check_ins(entry), spoken=(of,), speaks_of=(of.commitment,))
        return self.knowing(StreamId("check-ins_of-anna"), row)

    @property
    def reference_data(self) -> MailboxReferenceData:
        return MailboxReferenceData({stream: ReferenceEntry(stream, 7, value) for stream, value in self.rows.items()})


TUESDAY = local(1, 9, 15)
ENDED = position(WITH_BEN, 9)
PAUSED = position(WITH_BEN, 8)
SAID = Position("commitment_said@9")

WORLD = World({ANNA: person(), **{partnership: pair(partnership) for partnership in PARTNERS}})


def _missed(entry: Entry, at: datetime) -> CommitmentReadModel | CheckInsReadModel:
    if entry.subject.startswith("check-ins_"):
        return replace(check_ins(entry), open_miss=entry.why.based_on, missed_at=at)
    return replace(promise(entry), open_miss=entry.why.based_on, missed_at=at)


def promise(entry: Entry) -> CommitmentReadModel:
    return CommitmentReadModel(
        status="made", partnership=entry.partnership, owner=ANNA, partner=PARTNERS[entry.partnership], text="…",
        due=entry.due or local(0), last=entry.why.based_on,
    )  # fmt: skip


def check_ins(entry: Entry) -> CheckInsReadModel:
    return CheckInsReadModel(
        partnership=entry.partnership, owner=ANNA, partner=PARTNERS[entry.partnership], last=entry.why.based_on
    )


def session(entry: Entry) -> SessionReadModel:
    return SessionReadModel(
        partnership=entry.partnership, people=(PARTNERS[entry.partnership], ANNA), start=entry.due or local(3),
        end=(entry.due or local(3)) + timedelta(hours=1), last=entry.why.based_on, question=entry.why.based_on,
    )  # fmt: skip


def goal(entry: Entry) -> GoalReadModel:
    return GoalReadModel(
        partnership=entry.partnership,
        people=(PARTNERS[entry.partnership], ANNA),
        title="Answer within a day",
        last=entry.why.based_on,
        question=entry.why.based_on,
    )


def step(
    number: Step, name: str = "report", partnership: PartnershipId = WITH_BEN, *, kind: str = "commitment"
) -> Entry:
    """A step of the ladder about a promise (or ``kind="check-ins"``) of this name; 0 of check-ins is its opening."""
    subject = StreamId(f"{kind}_{name}")
    cause = position(subject, 4)
    about = {0: "check-in-opened" if kind == "check-ins" else "commitment-made"}.get(number, "commitment-missed")
    return Entry(
        id=entry_id(cause, ANNA, str(number)), partnership=partnership, subject=subject, about=about,
        why=Why(rule="gentle-reminder", based_on=cause), step=number, due=local(-4, 17),
    )  # fmt: skip


def opening(name: str = "weekly", partnership: PartnershipId = WITH_BEN) -> Entry:
    return step(0, name, partnership, kind="check-ins")


def word(name: str = "asked", partnership: PartnershipId = WITH_BEN, *, kind: str = "commitment") -> Entry:
    """A partner's word: they ask for a promise."""
    subject = StreamId(f"{kind}_{name}")
    cause = position(subject, 1)
    return Entry(
        id=entry_id(cause, ANNA, "word"), partnership=partnership, subject=subject, about="commitment-requested",
        why=Why(rule="word-from-your-partner", based_on=cause), sender=PARTNERS[partnership], due=local(9, 17),
    )  # fmt: skip


def planned(entry: Entry, moment: datetime, week: date = MONDAY) -> NudgePlanned:
    return NudgePlanned(by=nobody(entry.why.rule), person=ANNA, week=week, entry=entry, moment=moment)


def deferred(entry: Entry, moment: datetime, cause: Any = "quiet-hours", **more: Any) -> NudgeDeferred:
    return NudgeDeferred(by=nobody("waits"), person=ANNA, week=MONDAY, entry=entry, moment=moment, cause=cause, **more)


def withdrawn(entry: Entry, cause: Any, based_on: Any = None, by: str = "still-needed") -> NudgeWithdrawn:
    return NudgeWithdrawn(by=nobody(by), person=ANNA, week=MONDAY, entry=entry.id, cause=cause, based_on=based_on)


def attempted(
    message: MessageId,
    outcome: Any,
    attempt: int = 1,
    *,
    by: str = "delivery",
    channel: PushChannel = "mail",
    **more: Any,
) -> DeliveryAttempted:
    said: dict[str, Any] = {"message": message, "channel": channel, "attempt": attempt, "outcome": outcome, **more}
    return DeliveryAttempted(by=nobody(by), person=ANNA, week=MONDAY, **said)


def nobody(rule: str) -> RuleName:
    """Who acted when nobody did."""
    return RuleName(f"rule:{rule}")


def mailbox(world: World = WORLD, week: date = MONDAY) -> Story:
    """Anna's mailbox of a week, empty."""
    return scenario(mailboxes, mailbox_id(ANNA, week), start=local(-1, 12), reference_data=world.reference_data)


def missed(*entries: Entry) -> World:
    """Anna missed the subject of each of these."""
    world = WORLD
    for entry in entries:
        world = world.missed(entry)
    return world


def state_of(box: Story) -> Mailbox:
    assert box.state is not None
    return box.state


def last_message(box: Story) -> Message:
    return state_of(box).messages[-1]


def left(*entries: Entry, world: World | None = None) -> Story:
    """What was to leave on Tuesday has left, or waits."""
    return mailbox(world or missed(*entries)).given(*(planned(each, TUESDAY) for each in entries)).woken().follows()


def received(entry: Entry, at: datetime, moment: datetime | None = None, world: World | None = None) -> Story:
    """A word or news came at an instant, and is to leave at a moment."""
    box = mailbox(world or WORLD.asked(entry))
    return box.when(rules.receive, person=ANNA, entry=entry, at=at, moment=moment or at).follows()
