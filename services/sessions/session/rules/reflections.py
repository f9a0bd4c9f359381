"""The rule for looking back on a session. Nobody reads the other's reflection before both have written. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from coaching_events.events.session import ReflectionsOpened, ReflectionWritten
from coaching_events.ids import PersonalTextsId, PersonId, RuleName
from coaching_readmodels import PairReferenceData
from coaching_readmodels.refusals import in_force
from eventlog import Refused
from sessions.session.state import AnySession, Disputed, Held, Lapsed, Missed, Proposed, Scheduled, who

BOTH_WROTE: Final = RuleName("rule:both-reflected")
MATCHED_WITHIN: Final = timedelta(days=7)
"""The time after the first reflection within which the second opens both. Later each stays its author's alone."""


def reflect(
    session: AnySession, *, by: PersonId, at: datetime, texts: PersonalTextsId, reference_data: PairReferenceData
) -> Sequence[ReflectionWritten | ReflectionsOpened]:
    """Look back on a session that is over. Both reflections open when the second is written within seven days."""
    in_force(session.partnership, by, reference_data)
    if isinstance(session, Proposed):
        raise Refused("session-not-agreed", "You two have no agreed time for this session.", status=session.status)
    if not isinstance(session, Scheduled | Held | Missed | Disputed | Lapsed):
        raise Refused(
            "session-over", "This session did not take place: there is nothing to look back on.", status=session.status
        )
    if at < session.end:
        raise Refused("session-not-over", "Write how it was when the session is over.", end=session.end, now=at)
    written = session.content.reflections
    if any(each.by == by for each in written):
        raise Refused("already-reflected", "You have written how it was. What you wrote stays.")
    own = ReflectionWritten(**who(session, by), personal_texts=texts)
    if any(at - each.at <= MATCHED_WITHIN for each in written):
        return [own, ReflectionsOpened(**who(session, BOTH_WROTE))]
    return [own]
