"""Which types a subscriber wants, and so which topics. What can never arrive is refused before anything connects."""

from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import TypeAlias, TypeGuard, Union, cast, get_args, get_origin

from coaching_events.event import Event
from coaching_events.registry import EVENTS
from coaching_events.topics import SERVICE_OF_KIND, TOPICS

Wanted: TypeAlias = Mapping[tuple[str, str], type[Event]]
"""Kind of stream and type of event → class."""

HOW = "name classes of events (CommitmentMade), unions of them (CommitmentEvent) or kinds of streams ('commitment')"


def wanted(types: object) -> Wanted:
    """The events that are meant; raises TypeError, with a sentence, for what is no event of the contract."""
    if isinstance(types, (str, bytes, type, UnionType)) or not isinstance(types, Iterable):
        raise TypeError(f"types must be a list, not {types!r}: {HOW}")
    chosen = {(kind, each.type): each for one in cast(Iterable[object], types) for kind, each in _meant(one)}
    if not chosen:
        raise TypeError(f"types is empty, so nothing would ever arrive: {HOW}")
    return chosen


def sources_of(chosen: Wanted, moved: Mapping[str, str]) -> Mapping[str, str]:
    """Kind of stream → the topic that alone carries it. ``moved``: service → another topic than the usual one.

    Raises TypeError for a service that does not exist, or that writes none of these events.
    """
    owners = {kind: SERVICE_OF_KIND[kind] for kind, _ in chosen}
    services = {*owners.values()}
    for service in moved:
        if service not in TOPICS:
            raise TypeError(f"topics names the service {service!r}; there are {', '.join(TOPICS)}")
        if service not in services:
            raise TypeError(
                f"topics gives {moved[service]!r} for {service}, which writes none of these types: "
                f"they are of {', '.join(sorted(services))}"
            )
    return {kind: moved.get(service, TOPICS[service]) for kind, service in owners.items()}


def _meant(one: object) -> Iterator[tuple[str, type[Event]]]:
    if isinstance(one, str):
        if one not in EVENTS:
            raise TypeError(f"there is no kind of stream {one!r}; there are {', '.join(EVENTS)}")
        yield from ((one, each) for each in EVENTS[one].values())
    elif isinstance(one, UnionType) or get_origin(one) is Union:
        yield from _of_union(get_args(one))
    else:
        yield from _of_class(one)


def _of_union(members: tuple[object, ...]) -> Iterator[tuple[str, type[Event]]]:
    """Whole aggregates first: CommitmentEvent means the answer-extended of promises, not that of sessions too."""
    left = {*members}
    for kind, events in EVENTS.items():
        if {*members} >= {*events.values()}:
            left -= {*events.values()}
            yield from ((kind, each) for each in events.values())
    for each in left:
        yield from _of_class(each)


def _of_class(each: object) -> Iterator[tuple[str, type[Event]]]:
    if not _is_event(each):
        raise TypeError(f"types has {each!r}, which is no event: {HOW}")
    kinds = [kind for kind, events in EVENTS.items() if each in events.values()]
    if not kinds:
        what = "a base of events, not an event" if "type" not in vars(each) else "not in the contract"
        raise TypeError(f"types has {each.__name__}, which is {what} and would never arrive: {HOW}")
    yield from ((kind, each) for kind in kinds)


def _is_event(each: object) -> TypeGuard[type[Event]]:
    return isinstance(each, type) and issubclass(each, Event)
