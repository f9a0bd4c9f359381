"""Event sourcing on MongoDB and Kafka: what rules, folds and read models say. This face is pure.

``eventlog.commands`` decides, ``eventlog.timers`` keeps deadlines; ``stores``, ``outbox`` and ``consumers`` speak to
the servers. Other packages import from here, from these modules and from the faces of the sub-packages alone.
"""

from eventlog.aggregate import (
    PLACE,
    Aggregate,
    AnyAggregate,
    CannotFollow,
    CatchingUp,
    Decision,
    NotFound,
    ReferenceData,
    ReferenceEntry,
    Refused,
    Timed,
    filled,
)
from eventlog.clock import EPOCH, Clock, wall_in, wall_now
from eventlog.ids import Ids, derived_id, derived_stream, fresh_id, pauses
from eventlog.projection import Projection
from eventlog.reference_data import all_known, known, required

__all__ = [
    "EPOCH",
    "PLACE",
    "Aggregate",
    "AnyAggregate",
    "CannotFollow",
    "CatchingUp",
    "Clock",
    "Decision",
    "Ids",
    "NotFound",
    "Projection",
    "ReferenceData",
    "ReferenceEntry",
    "Refused",
    "Timed",
    "all_known",
    "derived_id",
    "derived_stream",
    "filled",
    "fresh_id",
    "known",
    "pauses",
    "required",
    "wall_in",
    "wall_now",
]
