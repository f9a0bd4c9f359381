"""The source of a pair's reference data in a service that has them as read models."""

from collections.abc import Sequence

from coaching_events.ids import StreamId
from coaching_readmodels.calendar import CALENDAR_PROJECTION
from coaching_readmodels.person import PERSON_PROJECTION
from eventlog import ReferenceData, all_known
from eventlog.consumers import ProjectedReferenceSource, Projections
from eventlog.stores import EventStore, Where


class PairReferenceSource:
    """Reference data from read models. Calendars stay in the process for a minute; a new region is read at once."""

    def __init__(self, source: ProjectedReferenceSource) -> None:
        self._source = source

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        """The read models of these streams, and all calendars."""
        reference_data = await self._source.read(streams)
        people = all_known(reference_data, PERSON_PROJECTION)
        wanted = {each.region for person in people for each in person.regions}
        held = {calendar.region for calendar in all_known(reference_data, CALENDAR_PROJECTION)}
        if wanted <= held:
            return reference_data
        self._source.forget_held()
        return await self._source.read(streams)

    async def named(self, kind: str, where: Where, field: str) -> ReferenceData:
        """The read models that others name. No calendars."""
        return await self._source.named(kind, where, field)


def pair_reference_source(_: EventStore, projections: Projections) -> PairReferenceSource:
    """The reference data of pairs from the read models of a service."""
    return PairReferenceSource(ProjectedReferenceSource(projections, held=(CALENDAR_PROJECTION.kind,)))
