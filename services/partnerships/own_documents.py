"""Reference data from the documents of this service, in which every write is visible at once."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime

from coaching_events.ids import StreamId, kind_of
from eventlog import AnyAggregate, ReferenceData, ReferenceEntry, all_known, wall_in, wall_now
from eventlog.commands import ReferenceSource, state_of
from eventlog.stores import Document, EventStore, Where
from partnerships.calendar import calendars
from partnerships.person import people

OWN: Mapping[str, AnyAggregate] = {people.kind: people, calendars.kind: calendars}
HOLD = 60.0
"""Seconds for which a process keeps calendars: they are few, change seldom, and nearly every rule reads them."""
PAGE = 1000


def forget(reference_data: ReferenceSource, region: str) -> None:
    """Read a region's calendars anew, after one was published here. Other processes do so within a minute."""
    if isinstance(reference_data, DocumentReferenceSource):
        reference_data.forget(region)


class DocumentReferenceSource:
    """Reference data from the documents of this service. Each person comes with the calendars of their regions."""

    def __init__(self, store: EventStore) -> None:
        self._store = store
        self._held: dict[str, tuple[datetime, tuple[ReferenceEntry, ...]]] = {}

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        """The current documents. A missing document is left out."""
        reference_data = {found.stream: await self._fact(found) for found in await self._store.states(streams)}
        regions = {each.region for person in all_known(reference_data, people) for each in person.regions}
        for calendar in await self._calendars(regions):
            reference_data.setdefault(calendar.stream, calendar)
        return reference_data

    async def named(self, kind: str, where: Where, field: str) -> ReferenceData:
        """The current documents that others name. No calendars."""
        return {found.stream: await self._fact(found) for found in await self._store.named(kind, where, field)}

    def forget(self, region: str) -> None:
        """Read the calendars of a region anew next time."""
        self._held.pop(region, None)

    async def _calendars(self, regions: Iterable[str]) -> list[ReferenceEntry]:
        wanted = sorted(regions)
        missing = [region for region in wanted if self._is_missing(region)]
        if missing:
            found = [(document.key, await self._fact(document)) async for document in self._published(missing)]
            for region in missing:
                self._held[region] = (wall_in(HOLD), tuple(entry for key, entry in found if key == region))
        return [entry for region in wanted for entry in self._held.get(region, (None, ()))[1]]

    async def _published(self, regions: Sequence[str]) -> AsyncIterator[Document]:
        after: StreamId | None = None
        while page := await self._store.find(calendars.kind, {"region": regions}, after=after, limit=PAGE):
            for document in page:
                yield document
            if len(page) < PAGE:
                return
            after = page[-1].stream

    def _is_missing(self, region: str) -> bool:
        until, calendars = self._held.get(region, (wall_now(), ()))
        return not calendars or until <= wall_now()

    async def _fact(self, document: Document) -> ReferenceEntry:
        aggregate = OWN[kind_of(document.stream)]
        return ReferenceEntry(document.stream, document.version, await state_of(self._store, aggregate, document))
