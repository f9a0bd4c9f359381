"""The rules for the agenda that the two share. Pure.

Private items have no rules: they are texts of their author beside the events, and nothing tells that they exist.
"""

from collections.abc import Sequence
from typing import Final

from coaching_events.events.session import AgendaItemAdded, AgendaItemDiscussed, AgendaItemRemoved
from coaching_events.ids import PersonalTextsId, PersonId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.refusals import in_force
from eventlog import NotFound, Refused
from sessions.session.content import Item
from sessions.session.state import OPEN, AnySession, who

MOST_ITEMS: Final = 30
"""The most items of one session that are not discussed yet."""


def add_item(
    session: AnySession, *, by: PersonId, item: PersonalTextsId, reference_data: PairReferenceData
) -> Sequence[AgendaItemAdded]:
    """Put something on the agenda of a session that is offered or agreed. Either partner can."""
    in_force(session.partnership, by, reference_data)
    if session.status not in OPEN:
        raise Refused("session-over", "This session is over, or does not take place.", status=session.status)
    if sum(each.status == "open" for each in session.content.agenda) >= MOST_ITEMS:
        raise Refused("agenda-full", "This agenda is full: discuss or remove something first.", most=MOST_ITEMS)
    return [AgendaItemAdded(**who(session, by), item=item)]


def discuss_item(
    session: AnySession, *, by: PersonId, item: PersonalTextsId, reference_data: PairReferenceData
) -> Sequence[AgendaItemDiscussed]:
    """Say that you two have talked about it, in this session or in a later one."""
    in_force(session.partnership, by, reference_data)
    return [AgendaItemDiscussed(**who(session, by), item=_open_item(session, item).text)]


def remove_item(
    session: AnySession, *, by: PersonId, item: PersonalTextsId, reference_data: PairReferenceData
) -> Sequence[AgendaItemRemoved]:
    """Take an item of your own off the agenda."""
    in_force(session.partnership, by, reference_data)
    found = _open_item(session, item)
    if found.by != by:
        raise Refused("not-your-item", "Your partner put this on the agenda: only they can take it off.")
    return [AgendaItemRemoved(**who(session, by), item=found.text)]


def _open_item(session: AnySession, text: PersonalTextsId) -> Item:
    item = next((each for each in session.content.agenda if each.text == text), None)
    if item is None:
        raise NotFound(text)
    if item.status != "open":
        raise Refused("item-discussed", "You two have talked about this already.")
    return item
