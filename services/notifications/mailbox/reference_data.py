"""The reference data for the rules of a mailbox. Pure."""

from dataclasses import dataclass
from datetime import datetime

from coaching_events.ids import CommitmentId, PersonId, Position, StreamId
from coaching_readmodels import PairReferenceData
from eventlog import CatchingUp, required
from notifications.projections import CheckInsReadModel, CommitmentReadModel, SessionReadModel
from notifications.recipient.state import Recipient, recipient_id


@dataclass(frozen=True, slots=True)
class MailboxReferenceData(PairReferenceData):
    """People, partnerships, promises, check-ins, sessions, and the choices of the person."""

    def recipient(self, person: PersonId) -> Recipient:
        """The choices of the person, limited to the channels of this service."""
        entry = self.streams.get(recipient_id(person))
        return entry.value if entry is not None and isinstance(entry.value, Recipient) else Recipient(person=person)

    def is_active(self, person: PersonId) -> bool:
        """Whether the person is active. Nothing is pushed to inactive people. Raises CatchingUp."""
        return self.person(person).active

    def commitment(self, commitment: StreamId) -> CommitmentReadModel:
        """The read model of the promise. Raises CatchingUp."""
        value = required(self.streams, commitment).value
        if not isinstance(value, CommitmentReadModel):
            raise CatchingUp(commitment)
        return value

    def check_ins(self, check_ins: StreamId) -> CheckInsReadModel:
        """The read model of the check-ins. Raises CatchingUp."""
        value = required(self.streams, check_ins).value
        if not isinstance(value, CheckInsReadModel):
            raise CatchingUp(check_ins)
        return value

    def session(self, session: StreamId) -> SessionReadModel:
        """The read model of the session. Raises CatchingUp."""
        value = required(self.streams, session).value
        if not isinstance(value, SessionReadModel):
            raise CatchingUp(session)
        return value

    def spoken_of(self, commitment: CommitmentId, after: datetime) -> Position | None:
        """The position of the last check-in about a promise after an instant (UTC). None if there is none."""
        spoken = [
            each
            for entry in self.streams.values()
            if isinstance(entry.value, CheckInsReadModel)
            for each in entry.value.spoken
            if each.commitment == commitment and each.at > after
        ]
        return max(spoken, key=lambda each: each.at).position if spoken else None
