"""The people who can get an event as news, and the conditions: used by the lists of news. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from coaching_events.event import Event
from coaching_events.events.mailbox import News
from coaching_events.ids import PersonId, StreamId
from coaching_readmodels import PartnershipReadModel

Audience = Callable[[Any, PartnershipReadModel, PersonId | None], Iterable[PersonId | None]]
"""Arguments: the event, its partnership, and the person who asked what it settles (if the event does not have it)."""
When = Callable[[Any], bool]


def owner(event: Any, _: PartnershipReadModel, _asked_by: PersonId | None) -> Iterable[PersonId]:
    """The owner of the promise or check-in."""
    return (event.owner,)


def partner(event: Any, _: PartnershipReadModel, _asked_by: PersonId | None) -> Iterable[PersonId]:
    """The partner of the owner."""
    return (event.partner,)


def agreed_by(event: Any, _: PartnershipReadModel, _asked_by: PersonId | None) -> Iterable[PersonId]:
    """The partner who recorded a follow-up."""
    return (event.agreed_by,)


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

NewsOfEvents = Mapping[type[Event], Sequence[Telling] | Untold]
"""For each event: the people who get it as news, or why there is none."""
