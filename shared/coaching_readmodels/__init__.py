"""Rows that several services keep of people, calendars and partnerships, and the facts their rules read from them.

A projection folds another service's stream exactly as its owner publishes it, so goals, sessions and notifications
share one fold of each; every service still keeps rows of its own, in its own database. What is named here is pure:
``coaching_readmodels.source`` reads it from the database.
"""

from coaching_readmodels.calendar import CALENDAR_PROJECTION, CalendarReadModel, calendar_id
from coaching_readmodels.names import compared
from coaching_readmodels.partnership import PARTNERSHIP_PROJECTION, PartnershipReadModel, PauseReadModel
from coaching_readmodels.person import PERSON_PROJECTION, AbsenceReadModel, PersonReadModel, identity
from coaching_readmodels.reference_data import PairReferenceData

__all__ = [
    "CALENDAR_PROJECTION",
    "PARTNERSHIP_PROJECTION",
    "PERSON_PROJECTION",
    "AbsenceReadModel",
    "CalendarReadModel",
    "PairReferenceData",
    "PartnershipReadModel",
    "PauseReadModel",
    "PersonReadModel",
    "calendar_id",
    "compared",
    "identity",
]
