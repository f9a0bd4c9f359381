"""Where the facts of a pair come from in a service that does not own them: its rows."""

from collections.abc import Sequence

from coaching_events.ids import StreamId
from coaching_rows.calendar import CALENDAR_ROWS, KnownCalendar
from coaching_rows.person import KnownPerson
from eventlog.aggregate import Facts
from eventlog.projection import Projections, RowFacts
from eventlog.store import Store


class PairFactSource:
    """Facts from rows; calendars are held in the process for a minute, and read anew for a region not among them."""

    def __init__(self, rows: RowFacts) -> None:
        self._rows = rows

    async def read(self, streams: Sequence[StreamId]) -> Facts:
        """What is known of these streams, and all calendars."""
        facts = await self._rows.read(streams)
        wanted = {
            r.region for fact in facts.values() if isinstance(fact.value, KnownPerson) for r in fact.value.regions
        }
        held = {fact.value.region for fact in facts.values() if isinstance(fact.value, KnownCalendar)}
        if wanted <= held:
            return facts
        self._rows.forget_held()
        return await self._rows.read(streams)


def pair_facts(_: Store, projections: Projections) -> PairFactSource:
    """The facts of pairs from the rows of a service."""
    return PairFactSource(RowFacts(projections, held=(CALENDAR_ROWS.kind,)))
