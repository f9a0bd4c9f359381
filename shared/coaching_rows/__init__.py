"""Rows that several services keep of people, calendars and partnerships, and the facts their rules read from them.

A projection folds another service's stream exactly as its owner publishes it, so goals, sessions and notifications
share one fold of each; every service still keeps rows of its own, in its own database. What is named here is pure:
``coaching_rows.source`` reads it from the database.
"""

from coaching_rows.calendar import CALENDAR_ROWS, KnownCalendar, calendar_id
from coaching_rows.facts import PairFacts
from coaching_rows.names import compared
from coaching_rows.partnership import PARTNERSHIP_ROWS, KnownPartnership, KnownPause
from coaching_rows.person import PERSON_ROWS, KnownAbsence, KnownPerson, identity

__all__ = [
    "CALENDAR_ROWS",
    "PARTNERSHIP_ROWS",
    "PERSON_ROWS",
    "KnownAbsence",
    "KnownCalendar",
    "KnownPartnership",
    "KnownPause",
    "KnownPerson",
    "PairFacts",
    "calendar_id",
    "compared",
    "identity",
]
