"""The source of a mailbox's reference data: read models of other services, and the choices of this service."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from coaching_events.ids import PersonId, StreamId, kind_of
from coaching_events.recipient import Channel
from coaching_readmodels import PersonReadModel
from coaching_readmodels.source import PairReferenceSource
from eventlog import ReferenceData, ReferenceEntry
from eventlog.commands import recorded
from eventlog.consumers import ProjectedReferenceSource
from eventlog.stores import Document, EventStore
from notifications.links import LINKS
from notifications.recipient import recipients
from notifications.recipient.state import USUAL_CHANNELS, Recipient, recipient_id

Channels = Callable[[], Collection[Channel]]
"""The channels of this process. Without a mail server only the inbox exists."""


@dataclass(frozen=True, slots=True)
class MailboxReferenceSource:
    """Three finds in parallel: read models, choices, and check-ins about a promise."""

    projected: ProjectedReferenceSource
    store: EventStore
    channels: Channels

    async def read(self, streams: Sequence[StreamId]) -> ReferenceData:
        """The reference data about these streams: a person with their choices, a promise with check-ins about it."""
        people = [PersonId(stream) for stream in streams if kind_of(stream) == "person"]
        promises = [stream for stream in streams if kind_of(stream) == "commitment"]
        known, choices, spoken = await asyncio.gather(
            PairReferenceSource(self.projected).read(streams), self._choices(people), self._spoken(promises)
        )
        reached = {chosen.stream: _reached(chosen, known.get(person)) for person, chosen in choices.items()}
        return {**known, **spoken, **reached}

    async def _choices(self, people: Sequence[PersonId]) -> dict[PersonId, ReferenceEntry]:
        ids = {recipient_id(person): person for person in people}
        found = {document.stream: document for document in await self.store.states(ids)}
        return {person: await self._choice(person, stream, found.get(stream)) for stream, person in ids.items()}

    async def _choice(self, person: PersonId, stream: StreamId, document: Document | None) -> ReferenceEntry:
        chosen = Recipient(person=person) if document is None else await self._state(document)
        here = self.channels()
        channels = tuple(channel for channel in (chosen.channels or USUAL_CHANNELS) if channel in here)
        version = 0 if document is None else document.version
        return ReferenceEntry(stream, version, replace(chosen, channels=channels))

    async def _spoken(self, promises: Sequence[StreamId]) -> dict[StreamId, ReferenceEntry]:
        if not promises:
            return {}
        found = await self.projected.find("check-ins", {"speaks_of": list(promises)})
        return {entry.stream: entry for entry in found}

    async def _state(self, document: Document) -> Recipient:
        if document.schema_version == recipients.schema_version:
            return recipients.states.validate_python(document.state)
        state: Recipient | None = None
        for entry in await self.store.history(document.stream):
            state = recipients.evolve(state, recorded(recipients, document.stream, entry))
        assert state is not None, "a document has a history"
        return state


def _reached(entry: ReferenceEntry, person: ReferenceEntry | None) -> ReferenceEntry:
    """The choices for the current address in the directory: without mail if it was refused."""
    chosen = entry.value
    if not isinstance(chosen, Recipient) or chosen.refused is None:
        return entry
    email = person.value.email if person is not None and isinstance(person.value, PersonReadModel) else None
    if not isinstance(email, str) or LINKS.address(email) != chosen.refused:
        return replace(entry, value=replace(chosen, refused=None))
    return replace(entry, value=replace(chosen, channels=tuple(each for each in chosen.channels if each != "mail")))
