"""What becomes of a line that waits for a decision. Pure."""

from collections.abc import Sequence
from typing import Literal

from coaching_events.conflict import ConflictDecided, ConflictFound
from coaching_events.ids import PersonId, RuleName, StreamId
from eventlog.aggregate import NotFound, Refused
from partnerships.conflict.state import Decided, Open

By = PersonId | RuleName
State = Open | Decided | None
Outcome = Literal["linked", "created"]


def find(conflict: State, *, by: By, found: ConflictFound) -> Sequence[ConflictFound]:
    """It waits; nothing follows if it does so already with the same content."""
    if isinstance(conflict, Open) and conflict.found.model_copy(update={"by": by}) == found:
        return []
    return [found]


def close(conflict: State, *, by: By) -> Sequence[ConflictDecided]:
    """The feed does not say it any more."""
    return [ConflictDecided(by=by, outcome="gone")] if isinstance(conflict, Open) else []


def decide(conflict: State, *, by: By, outcome: Outcome, person: PersonId) -> Sequence[ConflictDecided]:
    """Somebody has decided who it is; nothing follows if that was decided, another decision is refused."""
    if not isinstance(waiting(conflict, outcome=outcome, person=person), ConflictFound):
        return []
    return [ConflictDecided(by=by, outcome=outcome, person=person)]


def waiting(conflict: State, *, outcome: Outcome, person: PersonId | None) -> ConflictFound | PersonId:
    """What was found, while it waits; who it is, if exactly this was decided. ``person`` None: whoever it may be."""
    match conflict:
        case None:
            raise NotFound
        case Open(found=found):
            return found
        case Decided(outcome=done, person=str() as who) if done == outcome and person in (None, who):
            return PersonId(StreamId(who))
        case Decided():
            raise Refused(
                "conflict-decided", "This conflict was decided already. To correct it, move or unlink the identity.",
                outcome=conflict.outcome, person=conflict.person, at=conflict.since,
            )  # fmt: skip
