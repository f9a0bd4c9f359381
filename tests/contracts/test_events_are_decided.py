"""The contract holds the events that the rules decide: no rule decides another, and each is decided by one."""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from coaching_events.event import Event
from coaching_events.registry import EVENTS
from coaching_events.topics import SERVICE_OF_KIND
from eventlog import Aggregate
from goals.app import service as goals
from notifications.app import service as notifications
from partnerships.app import service as partnerships
from sessions.app import service as sessions

SERVICES = (partnerships, goals, sessions, notifications)
AGGREGATES = {aggregate.kind: aggregate for service in SERVICES for aggregate in service.aggregates}


def test_every_kind_of_stream_in_the_contract_is_one_aggregate() -> None:
    assert {kind: aggregate.events for kind, aggregate in AGGREGATES.items()} == EVENTS


@pytest.mark.parametrize("kind", EVENTS)
def test_its_rules_decide_the_events_of_the_contract_and_no_others(kind: str) -> None:
    made = {event.type: event for event in decided(AGGREGATES[kind])}
    folder = f"services/{SERVICE_OF_KIND[kind]}/{kind.replace('-', '_')}"
    contract: Mapping[str, type[Event]] = EVENTS[kind]
    undecided = sorted(contract.keys() - made.keys())
    assert not undecided, f"{folder}/rules.py, or a file of rules/: decide {', '.join(undecided)}"
    foreign = sorted(made.keys() - contract.keys())
    assert not foreign, f"{folder} decides {', '.join(foreign)}, which the contract of {kind} does not have"


def test_each_type_is_one_class_in_every_kind_of_stream() -> None:
    classes = {(event.type, event) for events in EVENTS.values() for event in events.values()}
    twice = {name for name, count in Counter(name for name, _ in classes).items() if count > 1}
    assert not twice, f"reactions choose a class by the type: give these types names of their own: {twice}"


def decided(aggregate: Aggregate[Any, Any, Any]) -> Iterator[type[Event]]:
    """The events that the code of an aggregate makes: called by name, or chosen between two.

    It is the code in its folder, and the modules of its service that it shares with other aggregates.
    """
    package = import_module(aggregate.evolve.__module__.rpartition(".")[0])
    assert package.__file__ is not None
    folder = Path(package.__file__).parent
    shared = {path.stem for path in folder.parent.glob("*.py")}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        tree = ast.parse(path.read_text())
        yield from _of_module(".".join((package.__name__, *(part for part in parts if part != "__init__"))), tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                service, _, name = node.module.partition(".")
                if service == folder.parent.name and name in shared:
                    yield from _of_module(node.module, ast.parse((folder.parent / f"{name}.py").read_text()))


def _of_module(name: str, tree: ast.AST) -> Iterator[type[Event]]:
    module = import_module(name)
    for made in _made(tree):
        found = getattr(module, made, None)
        if isinstance(found, type) and issubclass(found, Event) and hasattr(found, "type"):
            yield found


def _made(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)):
                yield name
            case ast.IfExp(body=ast.Name(id=one), orelse=ast.Name(id=other)):
                yield from (one, other)
            case _:
                pass
