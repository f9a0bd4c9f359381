"""The facts of a mailbox as its rules read them. Pure."""

from dataclasses import dataclass
from datetime import datetime

from coaching_events.ids import CommitmentId, PersonId, Position, StreamId
from coaching_readmodels import PairReferenceData
from eventlog import CatchingUp, required
from notifications.projections import KnownCheckIns, KnownCommitment, KnownSession
from notifications.recipient.state import Recipient, recipient_id


@dataclass(frozen=True, slots=True)
class MailboxReferenceData(PairReferenceData):
    """People, partnerships, what is promised, written and offered, and how somebody wants to be told."""

    def recipient(self, person: PersonId) -> Recipient:
        """How the person wants to be told, over channels that exist here."""
        entry = self.streams.get(recipient_id(person))
        return entry.value if entry is not None and isinstance(entry.value, Recipient) else Recipient(person=person)

    def is_active(self, person: PersonId) -> bool:
        """Whether the directory counts the person as active; to others nothing is pushed. Raises CatchingUp."""
        return self.person(person).active

    def commitment(self, commitment: StreamId) -> KnownCommitment:
        """The promise as it is known here; raises CatchingUp."""
        value = required(self.streams, commitment).value
        if not isinstance(value, KnownCommitment):
            raise CatchingUp(commitment)
        return value

    def check_ins(self, check_ins: StreamId) -> KnownCheckIns:
        """The check-ins as they are known here; raises CatchingUp."""
        value = required(self.streams, check_ins).value
        if not isinstance(value, KnownCheckIns):
            raise CatchingUp(check_ins)
        return value

    def session(self, session: StreamId) -> KnownSession:
        """The session as it is known here; raises CatchingUp."""
        value = required(self.streams, session).value
        if not isinstance(value, KnownSession):
            raise CatchingUp(session)
        return value

    def spoken_of(self, commitment: CommitmentId, after: datetime) -> Position | None:
        """The check-in that spoke of a promise after an instant, of several the last."""
        spoken = [
            each
            for entry in self.streams.values()
            if isinstance(entry.value, KnownCheckIns)
            for each in entry.value.spoken
            if each.commitment == commitment and each.at > after
        ]
        return max(spoken, key=lambda each: each.at).position if spoken else None
