"""A change that leaves something out fails here, with a sentence that names the file to edit."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache
from importlib import import_module
from inspect import getsourcefile
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

import coaching_events
from coaching_events.event import Event
from coaching_events.events.mailbox import NudgeDeferred
from coaching_events.events.recipient import MessageKind, PushChannel
from coaching_events.registry import EVENTS
from coaching_events.topics import SERVICE_OF_KIND
from goals.app import definition as goals
from notifications import texts
from notifications.app import definition as notifications
from notifications.news import NEWS
from notifications.reactions.news import telling
from partnerships.app import definition as partnerships
from service_kit.process import ServiceDefinition
from sessions.app import definition as sessions

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, ServiceDefinition[Any]] = {
    each.service.name: each for each in (partnerships, goals, sessions, notifications)
}
AGGREGATES = {aggregate.kind: aggregate for each in SERVICES.values() for aggregate in each.service.aggregates}
OF_EACH_SERVICE = pytest.mark.parametrize("name", SERVICES)
OF_EACH_KIND = pytest.mark.parametrize("kind", EVENTS)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def names_in(path: Path) -> frozenset[str]:
    """Every name, attribute, field of a pattern and text in a file."""
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name)):
                found.add(name)
            case ast.MatchClass(kwd_attrs=names):
                found.update(names)
            case _:
                pass
    return frozenset(found)


def path_of(thing: Any) -> Path:
    source = getsourcefile(thing)
    assert source is not None
    return Path(source)


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def module_at(path: Path) -> ModuleType:
    parts = path.relative_to(ROOT).with_suffix("").parts[1:]
    return import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def folder_of(kind: str) -> Path:
    """Where an aggregate lies."""
    return path_of(AGGREGATES[kind].evolve).parent


def rules_of(kind: str) -> list[Path]:
    return [*folder_of(kind).glob("rules.py"), *sorted(folder_of(kind).glob("rules/*.py"))]


def test_every_event_of_the_contract_is_in_the_registry_and_can_be_imported() -> None:
    known = {each for events in EVENTS.values() for each in events.values()}
    for each in subclasses(Event):
        if each.__module__.startswith("coaching_events.") and "type" in vars(each):
            file = shown(path_of(each))
            assert each in known, f"{file}: add {each.__name__} to the union of its kind"
            assert each.__name__ in coaching_events.__all__, f"{file}: name {each.__name__} in __all__"


def subclasses(of: type[Event]) -> Iterator[type[Event]]:
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


FOLDS = {
    shown(path_of(each.evolve)): each
    for service in SERVICES.values()
    for each in (*service.service.aggregates, *service.service.projections)
}


@pytest.mark.parametrize("file", FOLDS)
def test_every_fold_has_a_case_for_every_event_and_ends_in_assert_never(file: str) -> None:
    names = names_in(ROOT / file)
    missing = sorted(each.__name__ for each in EVENTS[FOLDS[file].kind].values() if each.__name__ not in names)
    assert not missing, f"{file}: give evolve a case for {', '.join(missing)}"
    assert "assert_never" in names, f"{file}: end the match of evolve in assert_never"


@OF_EACH_KIND
def test_every_rule_is_asked_by_a_route_a_reaction_or_a_deadline(kind: str) -> None:
    """A rule is a public function that makes an event of this kind."""
    events = {each.__name__ for each in EVENTS[kind].values()}
    service = ROOT / "services" / SERVICE_OF_KIND[kind]
    for path in rules_of(kind):
        asking = [file for file in service.rglob("*.py") if file != path and file.name != "__init__.py"]
        asked = frozenset[str]().union(*map(names_in, asking))
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and made_in(node) & events:
                assert node.name in asked, (
                    f"{shown(folder_of(kind))}/api.py: add a route that asks {node.name} of {shown(path)}"
                )


def made_in(node: ast.AST) -> set[str]:
    return {each.func.id for each in ast.walk(node) if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)}


@OF_EACH_KIND
def test_every_field_of_a_state_is_read(kind: str) -> None:
    """What a fold keeps is shown to somebody, or a rule, a deadline or a search reads it."""
    folder = folder_of(kind)
    service = ROOT / "services" / SERVICE_OF_KIND[kind]
    others = (names_in(file) for file in service.rglob("*.py") if file != folder / "state.py")
    read = frozenset(read_by_methods(folder / "state.py")).union(*others)
    for each in vars(module_at(folder / "state.py")).values():
        if isinstance(each, type) and each.__module__.endswith("state") and hasattr(each, "__dataclass_fields__"):
            for field in fields(each):
                assert field.name in read, (
                    f"{shown(folder)}/views.py: show {each.__name__}.{field.name}, or remove it from state.py: "
                    "nothing reads it"
                )


def read_by_methods(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "self":
            yield node.attr


@OF_EACH_KIND
def test_every_event_stands_in_a_test_of_the_rules(kind: str) -> None:
    folder = ROOT / "tests" / "rules" / SERVICE_OF_KIND[kind]
    named = frozenset[str]().union(*(names_in(file) for file in folder.glob("*.py")))
    for each in EVENTS[kind].values():
        assert each.__name__ in named, f"{shown(folder)}: test the rule that decides {each.__name__}"


@OF_EACH_SERVICE
def test_every_reaction_is_registered(name: str) -> None:
    registered = {path_of(each.react).stem for each in SERVICES[name].service.reactions}
    app = f"services/{name}/app.py"
    for path in sorted((ROOT / "services" / name / "reactions").rglob("*.py")):
        if path.stem.startswith("when_") or "Reaction" in made_in(tree(path)):
            assert path.stem in registered, f"{app}: add the reaction of {shown(path)} to reactions=(…)"


@OF_EACH_SERVICE
def test_every_router_is_registered(name: str) -> None:
    used = [*map(id, (*SERVICES[name].routers(), *SERVICES[name].pages()))]
    app = f"services/{name}/app.py"
    for path in sorted((ROOT / "services" / name).rglob("*.py")):
        if "APIRouter" in made_in(tree(path)):
            routers = [each for each in vars(module_at(path)).values() if isinstance(each, APIRouter)]
            assert {*map(id, routers)} <= {*used}, f"{app}: add the routes of {shown(path)} to _routers"


@OF_EACH_SERVICE
def test_every_route_says_what_it_does_and_its_body_has_an_example(name: str) -> None:
    missing: list[str] = []
    for router in SERVICES[name].routers():
        for route in router.routes:
            assert isinstance(route, APIRoute)
            where = f"{shown(path_of(route.endpoint))}: {route.endpoint.__name__}"
            assert route.endpoint.__doc__, f"{where} needs a sentence that says what it does"
            if route.body_field is not None:
                body: Any = route.body_field.field_info.annotation
                if "examples" not in body.model_json_schema():
                    missing.append(f"{where} needs an example: class {body.__name__}(…, json_schema_extra=example(…))")
    assert not missing, "\n".join(missing)


TEXTS = "services/notifications/texts.py"


def said_as(keyword: str) -> Iterator[tuple[Path, str]]:
    """Every text that notifications passes as this argument, in whichever way the code names it."""
    for path in sorted((ROOT / "services" / "notifications").rglob("*.py")):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.keyword) and node.arg == keyword:
                yield from ((path, text) for text in values_of(node.value, path))


def values_of(node: ast.expr, path: Path) -> Iterable[str]:
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name) if isinstance(text := getattr(module_at(path), name, None), str):
            return [text]
        case ast.Subscript(value=ast.Name(id=name)):
            return getattr(module_at(path), name).values()
        case ast.BoolOp(values=parts):
            return [text for part in parts for text in values_of(part, path)]
        case _:
            return []


def test_every_reason_to_tell_somebody_has_a_text() -> None:
    rules = list(said_as("rule"))
    assert len({rule for _, rule in rules}) > 8
    for path, rule in rules:
        assert rule in texts.RULES, f"{TEXTS}: add {rule!r} to RULES; {shown(path)} uses it"
    for cause in get_args(NudgeDeferred.model_fields["cause"].annotation):
        assert cause in texts.REASONS, f"{TEXTS}: add {cause!r} to REASONS"


def test_every_entry_has_a_text() -> None:
    for path, about in said_as("about"):
        assert about in texts.NEWS, f"{TEXTS}: add {about!r} to NEWS; {shown(path)} uses it"
    for event, told in NEWS.items():
        if told == "question":
            assert event.type in texts.WORDS, f"{TEXTS}: add {event.type!r} to WORDS"
    for step in telling.RULES:
        assert step in texts.SUBJECTS, f"{TEXTS}: add step {step} to SUBJECTS"
        for kind in ("commitment", "check-ins"):
            assert (kind, step) in texts.STEPS, f"{TEXTS}: add {(kind, step)} to STEPS"


def test_every_kind_of_message_has_a_name_and_says_what_is_missed_without_it_over_each_channel() -> None:
    for kind in get_args(MessageKind):
        assert kind in texts.KINDS, f"{TEXTS}: add {kind!r} to KINDS"
        for channel in get_args(PushChannel):
            assert kind in texts.MISSED[channel], f"{TEXTS}: add {kind!r} to MISSED[{channel!r}]"
