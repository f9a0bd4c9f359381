"""Any event of the contract, built from the types of its fields."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, cast, get_args, get_origin
from zoneinfo import ZoneInfo

from annotated_types import Ge, Le
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from coaching_events import Event
from coaching_events.ids import pattern_of

E = TypeVar("E", bound=Event)

TEXTS = st.text(max_size=20)
ZONES = st.sampled_from([UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")])
INSTANTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(9998, 1, 1), timezones=ZONES)  # noqa: DTZ001

SIMPLE: Mapping[object, st.SearchStrategy[Any]] = {
    str: TEXTS,
    bool: st.booleans(),
    date: st.dates(),
    time: st.times(),
    AwareDatetime: INSTANTS,
    Decimal: st.decimals(-(10**12) + 1, 10**12 - 1, places=6),
    NoneType: st.none(),
}


def events(event: type[E]) -> st.SearchStrategy[E]:
    """Events of one class, with and without what may be absent."""
    return models(event)


def models(model: type[E]) -> st.SearchStrategy[E]:
    fields = {name: of(field.annotation, field.metadata) for name, field in model.model_fields.items()}
    required = {name: fields[name] for name, field in model.model_fields.items() if field.is_required()}
    optional = {name: strategy for name, strategy in fields.items() if name not in required}
    return st.fixed_dictionaries(required, optional=optional).map(lambda given: model(**given))


def of(annotation: Any, limits: list[Any]) -> st.SearchStrategy[Any]:
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    if annotation is int:
        lowest = next((cast(int, limit.ge) for limit in limits if isinstance(limit, Ge)), -(2**53))
        highest = next((cast(int, limit.le) for limit in limits if isinstance(limit, Le)), 2**53)
        return st.integers(lowest, highest)
    if isinstance(annotation, NewType):
        return st.from_regex(pattern_of(annotation), fullmatch=True)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return models(annotation)  # type: ignore[type-var]
    return of_parts(get_origin(annotation), get_args(annotation))


def of_parts(origin: Any, parts: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if origin is Annotated:
        inner = [each for part in parts[1:] if isinstance(part, FieldInfo) for each in part.metadata]
        return of(parts[0], [*parts[1:], *inner])
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in (Union, UnionType):
        return st.one_of(*(of(part, []) for part in parts))
    if origin is tuple and parts[-1] is Ellipsis:
        return st.lists(of(parts[0], []), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*(of(part, []) for part in parts))
    if origin is Mapping:
        return st.dictionaries(of(parts[0], []), of(parts[1], []), max_size=3)
    raise AssertionError(f"no strategy for {origin} of {parts}")
