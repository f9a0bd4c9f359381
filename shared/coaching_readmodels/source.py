"""Where the facts of a pair come from in a service that does not own them: its rows."""

from collections.abc import Sequence

from coaching_events.ids import StreamId
from coaching_readmodels.calendar import CALENDAR_PROJECTION, CalendarReadModel
from coaching_readmodels.person import PersonReadModel
from eventlog import ReferenceData
from eventlog.consumers import ProjectedReferenceSource, Projections
from eventlog.stores import EventStore


class PairReferenceSource:
    """Facts from rows; calendars are held in the process for a minute, and read anew for a region not among them."""

    def __init__(self, source: ProjectedReferenceSource) -> None:
        self._source = source

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        """What is known of these streams, and all calendars."""
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
    """The facts of pairs from the rows of a service."""
    return PairReferenceSource(ProjectedReferenceSource(projections, held=(CALENDAR_PROJECTION.kind,)))
