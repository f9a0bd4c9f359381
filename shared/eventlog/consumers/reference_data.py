"""Reference data for rules, from the read models of this service."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from coaching_events.ids import StreamId, kind_of
from eventlog.aggregate import ReferenceData, ReferenceEntry
from eventlog.clock import wall_in, wall_now
from eventlog.consumers.projections import Projections, UnreadableReadModel
from eventlog.stores.documents import ReadModel
from eventlog.stores.queries import Where


class ProjectedReferenceSource:
    """Reads read models. Those of the ``held`` kinds are few and rarely change: it keeps them for ``hold`` seconds."""

    def __init__(self, projections: Projections, held: Iterable[str] = (), *, hold: float = 60.0) -> None:
        self._projections = projections
        self._held_kinds = tuple(held)
        self._hold = hold
        self._held: dict[StreamId, ReferenceEntry] = {}
        self._until = wall_now()

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        """One find, and now and then one for each held kind. What has a gap or cannot be read is left out."""
        read_models = await self._projections.store.read_models(streams)
        reference_data = {entry.stream: entry for entry in self._entries(read_models.values())}
        return await self._all_held() | reference_data if self._held_kinds else reference_data

    async def named(self, kind: str, where: Where, field: str) -> ReferenceData:
        """One aggregation. What has a gap or cannot be read is left out."""
        named = await self._projections.store.named_read_models(kind, where, field)
        return {entry.stream: entry for entry in self._entries(named)}

    async def find(self, kind: str, where: Where) -> list[ReferenceEntry]:
        """Read models of a kind that meet these conditions, have no gap and can be read."""
        return [*self._entries(await self._projections.store.find_read_models(kind, where))]

    def _entries(self, read_models: Iterable[ReadModel]) -> Iterator[ReferenceEntry]:
        """With ``replaces`` also the last value before a gap."""
        for read_model in read_models:
            holds = self._projections.kinds[kind_of(read_model.stream)].replaces and read_model.value is not None
            if holds or not read_model.has_gap:
                with suppress(UnreadableReadModel):
                    yield ReferenceEntry(read_model.stream, read_model.at, self._projections.value(read_model))

    def forget_held(self) -> None:
        """Read the held kinds again next time: something was missing."""
        self._until = wall_now()

    async def _all_held(self) -> dict[StreamId, ReferenceEntry]:
        if wall_now() >= self._until:
            held = [entry for kind in self._held_kinds for entry in await self.find(kind, {})]
            self._held |= {entry.stream: entry for entry in held}
            self._until = wall_in(self._hold)
        return self._held
