"""The source of a mailbox's reference data: read models of other services, and the choices of this service."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from coaching_events.events.recipient import Channel
from coaching_events.ids import PersonId, StreamId, kind_of
from coaching_readmodels import PERSON_PROJECTION, PersonReadModel
from coaching_readmodels.source import PairReferenceSource
from eventlog import ReferenceData, ReferenceEntry, known
from eventlog.commands import state_of
from eventlog.consumers import ProjectedReferenceSource
from eventlog.stores import Document, EventStore, Where
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
        read_models, choices, spoken = await asyncio.gather(
            PairReferenceSource(self.projected).read(streams), self._choices(people), self._spoken(promises)
        )
        reached = [
            ReferenceEntry(
                recipient_id(chosen.person), at, _reached(chosen, known(read_models, PERSON_PROJECTION, chosen.person))
            )
            for chosen, at in choices
        ]
        return {**read_models, **spoken, **{entry.stream: entry for entry in reached}}

    async def named(self, kind: str, where: Where, field: str) -> ReferenceData:
        """The read models that others name, without choices and check-ins."""
        return await self.projected.named(kind, where, field)

    async def _choices(self, people: Sequence[PersonId]) -> Sequence[tuple[Recipient, int]]:
        """The choices of these people, each with its version: 0 for who never chose."""
        found = {document.stream: document for document in await self.store.states([*map(recipient_id, people)])}
        return [await self._choice(person, found.get(recipient_id(person))) for person in people]

    async def _choice(self, person: PersonId, document: Document | None) -> tuple[Recipient, int]:
        chosen = Recipient(person=person) if document is None else await state_of(self.store, recipients, document)
        here = self.channels()
        channels = tuple(channel for channel in (chosen.channels or USUAL_CHANNELS) if channel in here)
        return replace(chosen, channels=channels), 0 if document is None else document.version

    async def _spoken(self, promises: Sequence[StreamId]) -> dict[StreamId, ReferenceEntry]:
        if not promises:
            return {}
        found = await self.projected.find("check-ins", {"speaks_of": list(promises)})
        return {entry.stream: entry for entry in found}


def _reached(chosen: Recipient, person: PersonReadModel | None) -> Recipient:
    """The choices for the current addresses: without a channel whose address was refused."""
    email = None if person is None else person.email
    if chosen.refused is not None and (not isinstance(email, str) or LINKS.address(email) != chosen.refused):
        chosen = replace(chosen, refused=None)
    reached = (each for each in chosen.channels if each == "inbox" or not chosen.is_unreachable(each))
    return replace(chosen, channels=tuple(reached))
