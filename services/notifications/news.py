"""Which events are news for which people: the lists of all kinds, and the list of partnerships. Pure.

Questions of the partner and steps of the ladder have other reactions. The events that the end of a partnership causes
are no news: the end itself is.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from coaching_events.event import Event
from coaching_events.events import partnership
from coaching_events.events.answers import AnswerExtended
from coaching_events.events.mailbox import News
from coaching_events.ids import PersonId
from coaching_readmodels import PartnershipReadModel
from notifications.audiences import ANSWERS_THE_OTHER, NewsOfEvents, Telling, asker, both, by_silence, not_whose, other
from notifications.projections import check_ins, commitment, goal, session

BY_THE_END: Final = frozenset({"rule:end", "rule:lapses-with-the-end", "rule:partnership-ended"})
"""The rules by which goals, partnerships and sessions close open subjects after the end of a partnership."""

OF_PARTNERSHIPS: Final[NewsOfEvents] = {
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

NEWS: Final[NewsOfEvents] = MappingProxyType(
    {
        AnswerExtended: "nobody",  # it may come every week of an open pause, and needs no act
        **commitment.NEWS,
        **check_ins.NEWS,
        **goal.NEWS,
        **session.NEWS,
        **OF_PARTNERSHIPS,
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
