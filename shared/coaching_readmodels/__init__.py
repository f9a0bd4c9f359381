"""Read models of people, calendars and partnerships that several services keep, and the reference data of their rules.

A projection folds the stream of another service as its owner publishes it. Goals, sessions and notifications share one
fold of each, and every service keeps its own read models in its own database. What this module exports is pure;
``coaching_readmodels.source`` reads it from the database.
"""

from coaching_readmodels.calendar import CALENDAR_PROJECTION, CalendarReadModel, calendar_id
from coaching_readmodels.names import compared
from coaching_readmodels.partnership import PARTNERSHIP_PROJECTION, PartnershipReadModel, PauseReadModel
from coaching_readmodels.person import PERSON_PROJECTION, AbsenceReadModel, PersonReadModel, identity
from coaching_readmodels.promises import follow_up_id
from coaching_readmodels.reference_data import PairReferenceData
from service_kit.languages import add_catalogue

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
    "follow_up_id",
    "identity",
]

add_catalogue(__name__)
