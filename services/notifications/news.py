"""Which events are news for which people: one line for each event of the other services. Pure.

Questions of the partner and steps of the ladder have other reactions. The events that the end of a partnership causes
are no news: the end itself is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, Literal

from coaching_events import check_ins, commitment, partnership, session
from coaching_events.answers import AnswerExtended
from coaching_events.event import Event
from coaching_events.ids import PersonId, StreamId
from coaching_events.mailbox import News
from coaching_readmodels import PartnershipReadModel

Audience = Callable[[Any, PartnershipReadModel, PersonId | None], Iterable[PersonId | None]]
"""Arguments: the event, its partnership, and the person who asked what it settles (if the event does not have it)."""
When = Callable[[Any], bool]

BY_THE_END: Final = frozenset({"rule:end", "rule:lapses-with-the-end", "rule:partnership-ended"})
"""The rules by which goals, partnerships and sessions close open subjects after the end of a partnership."""


def owner(event: Any, _: PartnershipReadModel, _asked_by: PersonId | None) -> Iterable[PersonId]:
    """The owner of the promise or check-in."""
    return (event.owner,)


def partner(event: Any, _: PartnershipReadModel, _asked_by: PersonId | None) -> Iterable[PersonId]:
    """The partner of the owner."""
    return (event.partner,)


def other(event: Any, pair: PartnershipReadModel, _asked_by: PersonId | None) -> Iterable[PersonId]:
    """The partner of the actor; nobody if a rule acted."""
    return (pair.other(PersonId(StreamId(event.by))),) if event.by in pair.people else ()


def both(_: Any, pair: PartnershipReadModel, _asked_by: PersonId | None) -> Iterable[PersonId]:
    """Both partners."""
    return pair.people


def asker(_event: Any, _pair: PartnershipReadModel, asked_by: PersonId | None) -> Iterable[PersonId | None]:
    """The person who proposed the partnership, the terms or the session."""
    return (asked_by,)


def not_whose(event: Any, pair: PartnershipReadModel, _asked_by: PersonId | None) -> Iterable[PersonId]:
    """The partner of the person with the pause or absence; both for a pause of the directory."""
    return pair.people if event.whose is None else (pair.other(event.whose),)


def always(_: Any) -> bool:
    """No condition."""
    return True


def by_silence(event: Any) -> bool:
    """Whether a rule decided it at the end of a period, and no person."""
    return event.by.startswith("rule:")


@dataclass(frozen=True, slots=True)
class Telling:
    """The people who get the news, its kind, and the condition on the event.

    ``changes-my-days`` counts if it is about the reader's next two working days. Otherwise the kind is an answer.
    """

    to: Audience
    kind: News
    when: When = always


Untold = Literal["question", "ladder", "nobody"]
"""A question of the partner; a step of the ladder; no message."""

ANSWERS_THE_OTHER: Final = (Telling(other, "answer"),)

NEWS: Final[Mapping[type[Event], Sequence[Telling] | Untold]] = MappingProxyType(
    {
        AnswerExtended: "nobody",  # it may come every week of an open pause, and needs no act
        # Promises
        commitment.CommitmentRequested: "question",
        commitment.CommitmentRequestDeclined: (Telling(partner, "answer"),),
        commitment.CommitmentRequestWithdrawn: (Telling(owner, "answer"),),
        commitment.CommitmentRequestLapsed: (Telling(partner, "answer"),),
        commitment.CommitmentMade: (
            Telling(partner, "answer", lambda made: made.request is not None),
            Telling(partner, "other", lambda made: made.request is None),
        ),
        commitment.CommitmentKept: (Telling(partner, "answer"),),
        commitment.CommitmentMissed: "ladder",
        commitment.CommitmentSuspended: "nobody",  # nobody acted, and an absence may be the reason
        commitment.CommitmentReleased: (Telling(owner, "answer"), Telling(partner, "other", by_silence)),
        commitment.RenegotiationProposed: "question",
        commitment.RenegotiationDeclined: (Telling(owner, "answer"),),
        commitment.RenegotiationWithdrawn: (Telling(partner, "answer"),),
        commitment.RenegotiationLapsed: (Telling(owner, "answer"),),
        commitment.CommitmentRenegotiated: (Telling(owner, "answer"), Telling(partner, "other", by_silence)),
        commitment.ReleaseProposed: "question",
        commitment.ReleaseDeclined: (Telling(owner, "answer"),),
        commitment.ReleaseWithdrawn: (Telling(partner, "answer"),),
        commitment.ReleaseLapsed: (Telling(owner, "answer"),),
        commitment.DeclarationWithdrawn: (Telling(partner, "answer"),),
        # Check-ins
        check_ins.CheckInsStarted: "nobody",
        check_ins.CheckInsScheduled: "nobody",
        check_ins.CheckInOpened: "ladder",
        check_ins.CheckInSubmitted: (Telling(partner, "other"),),
        check_ins.CheckInMissed: "ladder",
        check_ins.CheckInExcused: "nobody",
        check_ins.CheckInSuspended: "nobody",
        check_ins.CheckInsStopped: "nobody",
        # Sessions
        session.SessionProposed: "question",
        session.SessionDeclined: ANSWERS_THE_OTHER,
        session.SessionWithdrawn: ANSWERS_THE_OTHER,
        session.SessionScheduled: ANSWERS_THE_OTHER,
        session.SessionNeedsANewTime: (
            Telling(not_whose, "changes-my-days", lambda flagged: flagged.whose is not None),
        ),  # the pause itself is news
        session.SessionReported: (Telling(other, "other"),),
        session.SessionHeld: (Telling(both, "other", lambda held: held.single_report),),
        session.SessionMissed: (Telling(both, "other", lambda missed: missed.by != "rule:both-reported"),),
        session.SessionCancelled: (Telling(other, "changes-my-days"),),
        session.SessionDisputed: "nobody",  # it follows a report, which is news, and has no effect
        session.SessionLapsed: (
            Telling(asker, "answer", lambda lapsed: lapsed.cause == "unanswered"),
            Telling(both, "other", lambda lapsed: lapsed.cause in ("unreported", "one-sided")),
        ),
        # Partnerships
        partnership.PartnershipProposed: "question",
        partnership.PartnershipFormed: ANSWERS_THE_OTHER,
        partnership.PartnershipDeclined: ANSWERS_THE_OTHER,
        partnership.PartnershipWithdrawn: ANSWERS_THE_OTHER,
        partnership.PartnershipLapsed: (Telling(asker, "answer"),),
        partnership.PartnershipPaused: (Telling(not_whose, "answer"),),
        partnership.PartnershipResumed: (Telling(not_whose, "answer"),),
        partnership.PartnershipEnded: (Telling(other, "answer"), Telling(both, "answer", by_silence)),
        partnership.TermsProposed: "question",
        partnership.TermsAgreed: ANSWERS_THE_OTHER,
        partnership.TermsRejected: ANSWERS_THE_OTHER,
        partnership.TermsWithdrawn: ANSWERS_THE_OTHER,
        partnership.TermsLapsed: (Telling(asker, "answer"),),
        partnership.SharingNarrowed: (Telling(other, "other"),),
    }
)
"""For each event: the people who get it as news, or why there is none."""


def told_to(event: Event, pair: PartnershipReadModel, asked_by: PersonId | None) -> Mapping[PersonId, News]:
    """The people for whom an event is news, with its kind. Never its actor."""
    tellings = NEWS[type(event)]
    if isinstance(tellings, str) or event.by in BY_THE_END:
        return {}
    return {
        person: telling.kind
        for telling in tellings
        if telling.when(event)
        for person in telling.to(event, pair, asked_by)
        if person is not None and person != event.by
    }
