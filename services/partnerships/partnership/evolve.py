"""How events change a partnership. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, assert_never

from coaching_events.answers import AnswerExtended
from coaching_events.envelope import Recorded
from coaching_events.ids import PersonId, StreamId
from coaching_events.partnership import (
    PartnershipDeclined,
    PartnershipEnded,
    PartnershipEvent,
    PartnershipFormed,
    PartnershipLapsed,
    PartnershipPaused,
    PartnershipProposed,
    PartnershipResumed,
    PartnershipWithdrawn,
    SharingNarrowed,
    TermsAgreed,
    TermsLapsed,
    TermsProposed,
    TermsRejected,
    TermsWithdrawn,
)
from coaching_time import MOST_ROUNDS, Pause
from partnerships.partnership.state import (
    ASK_AGAIN,
    AnyPartnership,
    Closed,
    Ended,
    Formed,
    Pair,
    Proposed,
    Question,
    Standing,
    pair_of,
)


def evolve(partnership: AnyPartnership | None, recorded: Recorded[PartnershipEvent]) -> AnyPartnership:
    """The partnership after one more event of its stream."""
    event = recorded.event
    if isinstance(event, PartnershipProposed):
        asker = PersonId(StreamId(event.by))
        return Proposed(
            id=event.partnership,
            people=(asker, event.other),
            pair=pair_of(asker, event.other),
            ordinal=event.ordinal,
            purpose=event.purpose,
            question=_question(event, recorded),
        )
    match partnership:
        case Proposed():
            return _evolve_proposed(partnership, event, recorded)
        case Formed():
            return _evolve_formed(partnership, event, recorded)
        case _:
            raise AssertionError(f"{event.type} cannot follow {partnership and partnership.status}")


def _evolve_proposed(
    proposed: Proposed, event: PartnershipEvent, recorded: Recorded[PartnershipEvent]
) -> AnyPartnership:
    match event:
        case TermsProposed():
            return replace(proposed, question=_question(event, recorded))
        case AnswerExtended():
            return replace(proposed, question=_extended(proposed.question, event, recorded.at))
        case PartnershipFormed():
            return Formed(**_pair(proposed), formed_at=recorded.at, terms=event.terms, versions=event.terms.version)
        case PartnershipDeclined():
            return Closed(**_pair(proposed), how="declined", by=event.by, closed_at=recorded.at)
        case PartnershipWithdrawn():
            return Closed(**_pair(proposed), how="withdrawn", by=event.by, closed_at=recorded.at)
        case PartnershipLapsed():
            return Closed(**_pair(proposed), how="lapsed", by=event.by, closed_at=recorded.at)
        case (
            PartnershipProposed()
            | PartnershipPaused()
            | PartnershipResumed()
            | PartnershipEnded()
            | TermsAgreed()
            | TermsRejected()
            | TermsWithdrawn()
            | TermsLapsed()
            | SharingNarrowed()
        ):
            raise AssertionError(f"{event.type} cannot follow a proposal")
        case _:
            assert_never(event)


def _evolve_formed(formed: Formed, event: PartnershipEvent, recorded: Recorded[PartnershipEvent]) -> AnyPartnership:
    match event:
        case TermsProposed():
            return replace(formed, question=_question(event, recorded), versions=event.terms.version, rested=())
        case TermsAgreed():
            return replace(formed, terms=event.terms, question=None, rested=())
        case TermsRejected() | TermsLapsed():
            return replace(formed, question=None, rested=())
        case TermsWithdrawn():
            return replace(formed, question=None, rested=(), taken_back=_taken_back(formed, event.by, recorded.at))
        case SharingNarrowed():
            return replace(formed, terms=event.terms, versions=event.terms.version)
        case AnswerExtended():
            assert formed.question is not None, "an answer is awaited only to a question"
            return replace(formed, question=_extended(formed.question, event, recorded.at))
        case PartnershipPaused():
            return paused(formed, event.whose, since=recorded.at, last=event.last, until=event.until)
        case PartnershipResumed():
            return resumed(formed, event.whose, recorded.at)
        case PartnershipEnded():
            return Ended(
                **_pair(formed),
                formed_at=formed.formed_at,
                ended_at=recorded.at,
                cause=event.cause,
                terms=formed.terms,
                versions=formed.versions,
            )
        case (
            PartnershipProposed()
            | PartnershipFormed()
            | PartnershipDeclined()
            | PartnershipWithdrawn()
            | PartnershipLapsed()
        ):
            raise AssertionError(f"{event.type} cannot follow the forming")
        case _:
            assert_never(event)


def paused(
    formed: Formed, whose: PersonId | None, *, since: datetime, last: date | None, until: datetime | None
) -> Formed:
    """With a pause that begins, or, where one of the same person stands, ends at another time."""
    before = formed.pause_of(whose)
    pause = Standing(whose=whose, since=since if before is None else before.since, last=last, until=until)
    return replace(formed, pauses=(*(each for each in formed.pauses if each.whose != whose), pause))


def resumed(formed: Formed, whose: PersonId | None, at: datetime) -> Formed:
    """Without the pause of one; an open question remembers when it was."""
    pause = formed.pause_of(whose)
    assert pause is not None, "only a pause that stands is over"
    over = Pause(start=pause.since, end=at)
    return replace(
        formed,
        pauses=tuple(each for each in formed.pauses if each.whose != whose),
        rested=() if formed.question is None else (*formed.rested, over),
    )


def _taken_back(formed: Formed, by: str, at: datetime) -> Mapping[PersonId, tuple[datetime, ...]]:
    person = PersonId(StreamId(by))
    return {**formed.taken_back, person: (*formed.taken_back.get(person, ()), at)[-MOST_ROUNDS:]}


def _question(event: PartnershipProposed | TermsProposed, recorded: Recorded[PartnershipEvent]) -> Question:
    return Question(
        position=recorded.position,
        by=PersonId(StreamId(event.by)),
        terms=event.terms,
        asked_at=recorded.at,
        answer_by=event.answer_by,
        due=event.answer_by,
    )


def _extended(question: Question, event: AnswerExtended, at: datetime) -> Question:
    return replace(question, answer_by=event.answer_by, due=event.answer_by or at + ASK_AGAIN)


def _pair(partnership: Pair) -> dict[str, Any]:
    return {
        "id": partnership.id,
        "people": partnership.people,
        "pair": partnership.pair,
        "ordinal": partnership.ordinal,
        "purpose": partnership.purpose,
    }
