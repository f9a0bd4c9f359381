"""What one service is made of, and its parts once they are connected."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from eventlog.aggregate import Aggregate
from eventlog.commands import EventLog, ReferenceSource
from eventlog.consumers.projections import Projections
from eventlog.consumers.reactions import Reaction
from eventlog.projection import Projection
from eventlog.stores.protocols import EventStore, Store


@dataclass(frozen=True, kw_only=True)
class Service:
    """The parts of a service, named: what it owns, what it keeps of others, what it does when it hears of something.

    ``writes`` is its topic, ``listens`` the topics it follows, ``topics`` those of all services by name, ``owners`` the
    service that alone writes streams of a kind. ``rows`` is the number of its projections: raised when they are to be
    built anew. ``facts`` makes the source from which its rules read facts. ``packages`` are those whose data its
    decisions follow from, such as ``tzdata``.
    """

    name: str
    writes: str
    listens: tuple[str, ...]
    topics: Mapping[str, str] = field(default_factory=dict[str, str])
    owners: Mapping[str, str] = field(default_factory=dict[str, str])
    aggregates: tuple[Aggregate[Any, Any, Any], ...]
    projections: tuple[Projection[Any], ...] = ()
    projection_version: int = 1
    reactions: tuple[Reaction, ...] = ()
    reference_source: Callable[[EventStore, Projections], ReferenceSource]
    packages: tuple[str, ...] = ()

    def moved(self, elsewhere: Mapping[str, str]) -> "Service":
        """The same service where some services speak on another topic; raises ValueError for one that there is not."""
        unknown = elsewhere.keys() - self.topics.keys()
        if unknown:
            raise ValueError(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(self.topics)}")
        topics = {**self.topics, **elsewhere}
        if len({*topics.values()}) < len(topics):
            raise ValueError("no two services speak on the same topic")
        at = {topic: topics[name] for name, topic in self.topics.items()}
        return replace(
            self,
            topics=topics,
            writes=at.get(self.writes, self.writes),
            listens=tuple(at.get(topic, topic) for topic in self.listens),
        )

    @property
    def sources(self) -> Mapping[str, str]:
        """Kind of stream → the only topic on which its events are taken."""
        return {kind: self.topics[owner] for kind, owner in self.owners.items()}

    @property
    def projections_group(self) -> str:
        """The consumer group that fills the rows."""
        return f"{self.name}.projections.{self.projection_version}"

    @property
    def projections_handler(self) -> str:
        """Whose the dead letters of the rows are: the group's, but that number 1 is not named."""
        return f"{self.name}.projections" if self.projection_version == 1 else self.projections_group

    @property
    def reactions_group(self) -> str:
        """The consumer group that reacts."""
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
