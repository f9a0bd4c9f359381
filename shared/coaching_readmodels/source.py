"""The source of a pair's reference data in a service that has them as read models."""

from collections.abc import Sequence

from coaching_events.ids import StreamId
from coaching_readmodels.calendar import CALENDAR_PROJECTION, CalendarReadModel
from coaching_readmodels.person import PersonReadModel
from eventlog import ReferenceData
from eventlog.consumers import ProjectedReferenceSource, Projections
from eventlog.stores import EventStore


class PairReferenceSource:
    """Reference data from read models. Calendars stay in the process for a minute; a new region is read at once."""

    def __init__(self, source: ProjectedReferenceSource) -> None:
        self._source = source

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        """The read models of these streams, and all calendars."""
        reference_data = await self._source.read(streams)
        wanted = {
            r.region
            for entry in reference_data.values()
            if isinstance(entry.value, PersonReadModel)
            for r in entry.value.regions
        }
        held = {entry.value.region for entry in reference_data.values() if isinstance(entry.value, CalendarReadModel)}
        if wanted <= held:
            return reference_data
        self._source.forget_held()
        return await self._source.read(streams)


def pair_reference_source(_: EventStore, projections: Projections) -> PairReferenceSource:
    """The reference data of pairs from the read models of a service."""
    return PairReferenceSource(ProjectedReferenceSource(projections, held=(CALENDAR_PROJECTION.kind,)))
