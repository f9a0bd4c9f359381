"""Every event of the contract is folded by every row that follows it, after any other, and nothing raises.

Events come in orders that nobody planned: a fold that raises holds up its stream until somebody decides.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coaching_events.envelope import Recorded
from coaching_events.event import Event
from coaching_events.ids import CommitmentId, PersonId, StreamId, position
from coaching_events.registry import EVENTS
from eventlog.projection import AnyProjection
from goals.app import service as goals
from notifications import signs_of_life
from notifications.app import service as notifications
from notifications.projections import CheckInsReadModel, CommitmentReadModel, GoalReadModel, SessionReadModel
from partnerships.app import service as partnerships
from sessions.app import service as sessions
from tests.contracts.event_strategies import events

SERVICES = (partnerships, goals, sessions, notifications)
PROJECTIONS = {f"{service.name}-{each.kind}": each for service in SERVICES for each in service.projections}
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
ANNA, BEN = PersonId(StreamId("person_anna")), PersonId(StreamId("person_ben"))


def fold(projection: AnyProjection, value: Any, version: int, event: Event) -> Any:
    """The row after one event more, as it is read back from the database."""
    stream = StreamId(f"{projection.kind}_x")
    after = projection.evolve(value, Recorded(stream=stream, version=version, at=NOON, event=event))
    return (
        None if after is None else projection.values.validate_python(projection.values.dump_python(after, mode="json"))
    )


@pytest.mark.parametrize("name", PROJECTIONS)
@given(data=st.data())
@settings(max_examples=2, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_every_two_events_follow_each_other_in_any_order_on_any_row(name: str, data: st.DataObject):
    projection = PROJECTIONS[name]
    assert projection.events == EVENTS[projection.kind], "it follows every event of the contract"
    drawn = [data.draw(events(each)) for each in projection.events.values()]
    begun = [row for event in drawn if (row := fold(projection, None, 1, event)) is not None]
    assert begun, "some event begins a row"
    for start, one, other in product([None, *begun], drawn, drawn):
        fold(projection, fold(projection, start, 2, one), 3, other)


KINDS = ("goal", "commitment", "check-ins", "session")
LISTS = {"SIGNS_OF_LIFE", "SETTLED_BY_RULE", "NO_SIGN"}


def listed(event: type[Event]) -> list[str]:
    return [name for name in sorted(LISTS) if event in getattr(signs_of_life, name)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_event_is_a_sign_of_life_or_is_listed_as_none(kind: str):
    lost = {event.__name__: listed(event) for event in EVENTS[kind].values() if len(listed(event)) != 1}
    file = f"services/notifications/projections/{kind.replace('-', '_')}.py"
    assert not lost, f"{file}: name each of these in one of {', '.join(sorted(LISTS))}: {lost}"


def overdue(kind: str) -> GoalReadModel | CommitmentReadModel | CheckInsReadModel | SessionReadModel:
    """A row of which something waits: a miss that nobody has spoken of since, or the offer of a time."""
    last = position(StreamId(f"{kind}_x"), 4)
    pair: Any = {"partnership": StreamId("partnership_p"), "last": last}
    if kind == "session":
        return SessionReadModel(**pair, people=(ANNA, BEN), start=NOON, end=NOON, question=last)
    if kind == "goal":
        return GoalReadModel(**pair, people=(ANNA, BEN), title="…", question=last)
    miss: Any = {"owner": ANNA, "partner": BEN, "open_miss": last, "missed_at": NOON}
    if kind == "check-ins":
        return CheckInsReadModel(**pair, **miss, speaks_of=(CommitmentId(StreamId("commitment_c")),))
    return CommitmentReadModel(**pair, **miss, status="made", text="…", due=NOON)


def waits(row: Any) -> bool:
    last = position(StreamId(f"{row_kind(row)}_x"), 4)
    return last in (row.question if isinstance(row, SessionReadModel | GoalReadModel) else row.open_miss,)


def row_kind(row: Any) -> str:
    kinds: Mapping[type, str] = {
        CommitmentReadModel: "commitment",
        CheckInsReadModel: "check-ins",
        GoalReadModel: "goal",
        SessionReadModel: "session",
    }
    return kinds[type(row)]


def cases() -> list[tuple[str, type[Event]]]:
    return [(kind, event) for kind in KINDS for event in EVENTS[kind].values()]


@pytest.mark.parametrize(("kind", "event"), [case for case in cases() if listed(case[1]) == ["SIGNS_OF_LIFE"]])
@given(data=st.data())
@settings(max_examples=5)
def test_after_a_sign_of_life_nothing_of_before_waits(kind: str, event: type[Event], data: st.DataObject):
    projection = PROJECTIONS[f"notifications-{kind}"]
    assert not waits(fold(projection, overdue(kind), 5, data.draw(events(event))))


@pytest.mark.parametrize(
    ("kind", "event"),
    [case for case in cases() if listed(case[1]) == ["NO_SIGN"] and case[1].type != "commitment-requested"],
)
@given(data=st.data())
@settings(max_examples=5)
def test_what_is_no_sign_of_life_changes_nothing_that_waits(kind: str, event: type[Event], data: st.DataObject):
    projection = PROJECTIONS[f"notifications-{kind}"]
    assert waits(fold(projection, overdue(kind), 5, data.draw(events(event))))
