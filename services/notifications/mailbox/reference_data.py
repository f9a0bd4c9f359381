"""The reference data for the rules of a mailbox. Pure."""

from dataclasses import dataclass
from datetime import datetime

from coaching_events.ids import CommitmentId, PersonId, Position, StreamId, kind_of
from coaching_readmodels import PairReferenceData
from eventlog import all_known, known, required
from notifications.projections import (
    CHECK_INS_PROJECTION,
    COMMITMENT_PROJECTION,
    GOAL_PROJECTION,
    SESSION_PROJECTION,
    CheckInsReadModel,
    CommitmentReadModel,
    GoalReadModel,
    SessionReadModel,
)
from notifications.recipient import recipients
from notifications.recipient.state import Recipient, recipient_id


@dataclass(frozen=True, slots=True)
class MailboxReferenceData(PairReferenceData):
    """People, partnerships, goals, promises, check-ins, sessions, and the choices of the person."""

    def recipient(self, person: PersonId) -> Recipient:
        """The choices of the person, limited to the channels of this service."""
        return known(self.streams, recipients, recipient_id(person)) or Recipient(person=person)

    def is_active(self, person: PersonId) -> bool:
        """Whether the person is active. Nothing is pushed to inactive people. Raises CatchingUp."""
        return self.person(person).active

    def commitment(self, commitment: StreamId) -> CommitmentReadModel:
        """The read model of the promise. Raises CatchingUp."""
        return required(self.streams, COMMITMENT_PROJECTION, commitment)

    def check_ins(self, check_ins: StreamId) -> CheckInsReadModel:
        """The read model of the check-ins. Raises CatchingUp."""
        return required(self.streams, CHECK_INS_PROJECTION, check_ins)

    def goal(self, goal: StreamId) -> GoalReadModel:
        """The read model of the goal. Raises CatchingUp."""
        return required(self.streams, GOAL_PROJECTION, goal)

    def session(self, session: StreamId) -> SessionReadModel:
        """The read model of the session. Raises CatchingUp."""
        return required(self.streams, SESSION_PROJECTION, session)

    def reminded_of(self, subject: StreamId) -> CommitmentReadModel | CheckInsReadModel:
        """The promise or the check-ins that a step of the ladder is about. Raises CatchingUp."""
        return self.check_ins(subject) if kind_of(subject) == "check-ins" else self.commitment(subject)

    def spoken_of(self, commitment: CommitmentId, after: datetime) -> Position | None:
        """The position of the last check-in about a promise after an instant (UTC). None if there is none."""
        spoken = [
            each
            for check_ins in all_known(self.streams, CHECK_INS_PROJECTION)
            for each in check_ins.spoken
            if each.commitment == commitment and each.at > after
        ]
        return max(spoken, key=lambda each: each.at).position if spoken else None
