"""Event sourcing on MongoDB and Kafka: what rules, folds and read models say. This face is pure.

``eventlog.commands`` decides, ``eventlog.timers`` keeps deadlines; ``stores``, ``outbox`` and ``consumers`` speak to
the servers. Other packages import from here, from these modules and from the faces of the sub-packages alone.
"""

from eventlog.aggregate import (
    Aggregate,
    AnyAggregate,
    CatchingUp,
    Decision,
    NotFound,
    ReferenceData,
    ReferenceEntry,
    Refused,
    Timed,
    required,
)
from eventlog.clock import EPOCH, Clock, wall_in, wall_now
from eventlog.ids import Ids, derived_id, derived_stream, fresh_id, pauses
from eventlog.projection import Projection

__all__ = [
    "EPOCH",
    "Aggregate",
    "AnyAggregate",
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
    "derived_id",
    "derived_stream",
    "fresh_id",
    "pauses",
    "required",
    "wall_in",
    "wall_now",
]
