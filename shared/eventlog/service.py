"""The parts of one service, as they are defined and once they are connected."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from eventlog.aggregate import AnyAggregate
from eventlog.commands import EventLog, ReferenceSource
from eventlog.consumers.projections import Projections
from eventlog.consumers.reactions import Reaction
from eventlog.projection import AnyProjection
from eventlog.stores.protocols import EventStore, Store


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service: its own aggregates, its projections of other services' streams, and its reactions to their events.

    ``writes`` is its topic, ``listens`` the topics that it consumes. ``topics`` are those of all services by name,
    ``owners`` names for each kind of stream the only service that writes it. Raise ``projection_version`` to have the
    read models built anew. ``reference_source`` makes the source from which its rules read reference data. ``packages``
    are those whose data its decisions depend on, such as ``tzdata``.
    """

    name: str
    writes: str
    listens: tuple[str, ...]
    topics: Mapping[str, str] = field(default_factory=dict[str, str])
    owners: Mapping[str, str] = field(default_factory=dict[str, str])
    aggregates: tuple[AnyAggregate, ...]
    projections: tuple[AnyProjection, ...] = ()
    projection_version: int = 1
    reactions: tuple[Reaction, ...] = ()
    reference_source: Callable[[EventStore, Projections], ReferenceSource]
    packages: tuple[str, ...] = ()

    def moved(self, elsewhere: Mapping[str, str]) -> "Service":
        """The same service with other topics for some services; raises ValueError for an unknown service."""
        unknown = elsewhere.keys() - self.topics.keys()
        if unknown:
            raise ValueError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(self.topics)}")
        topics = {**self.topics, **elsewhere}
        if len({*topics.values()}) < len(topics):
            raise ValueError("no two services write the same topic")
        at = {topic: topics[name] for name, topic in self.topics.items()}
        return replace(
            self,
            topics=topics,
            writes=at.get(self.writes, self.writes),
            listens=tuple(at.get(topic, topic) for topic in self.listens),
        )

    @property
    def sources(self) -> Mapping[str, str]:
        """Kind of stream → the only topic from which its events are accepted."""
        return {kind: self.topics[owner] for kind, owner in self.owners.items()}

    @property
    def projections_group(self) -> str:
        """The consumer group that builds the read models."""
        return f"{self.name}.projections.{self.projection_version}"

    @property
    def projections_handler(self) -> str:
        """The handler of the read models' dead letters: the group's name, without the number for version 1."""
        return f"{self.name}.projections" if self.projection_version == 1 else self.projections_group

    @property
    def reactions_group(self) -> str:
        """The consumer group of the reactions."""
        return f"{self.name}.reactions"

    @property
    def groups(self) -> tuple[str, ...]:
        """Consumer groups of this service."""
        return (
            *((self.projections_group,) if self.projections else ()),
            *((self.reactions_group,) if self.reactions else ()),
        )


@dataclass(frozen=True, kw_only=True)
class ServiceContext:
    """A connected service, as its HTTP side and its worker both use it."""

    service: Service
    log: EventLog
    projections: Projections
    store: Store
