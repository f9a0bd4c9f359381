"""Finds the sentences of the code, for the catalogues. Each is a constant, and the name of its own translation.

Sentences are the constants that go to the calls of ``CALLS``, those at the top of a file of texts, and the titles of
problems. Whatever is passed on instead must be a constant by its name, in its function or at the top of its file.
"""

import ast
import importlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from service_kit.languages import TITLE
from service_kit.server.problem_details import TYPES, title_of

ROOT: Final = Path(__file__).parents[2]

CALLS: Final[Mapping[str, tuple[int, ...]]] = {
    "Refused": (1,),
    "Problem": (2,),
    "malformed": (1,),
    "unavailable": (1,),
    "invalid": (1,),
    "_unauthorized": (0,),
    "InvalidToken": (0,),
    "Unfit": (0,),
    "_Unfit": (0,),
    "Phrase": (0,),
    "Answer": (0,),
    "say": (0,),
    "several": (0, 1),
    "ValueError": (0,),
}
"""The calls that take a sentence, and its place among their arguments. The two of ``several`` are one and many."""

PASSED_ON: Final = frozenset({"error.detail", "kept.detail", "self.detail", "str(error)", "str(others)", "str(why)"})
"""What is passed on although it is no constant: it was one elsewhere, or it is for operators."""


@dataclass(frozen=True, slots=True)
class Part:
    """A package with a catalogue, and the folders whose sentences are in it."""

    package: str
    folders: tuple[str, ...]
    problems: str | None = None

    @property
    def locale(self) -> Path:
        """The folder of its catalogues."""
        return ROOT / self.folders[0] / "locale"


PARTS: Final = (
    Part("service_kit", ("shared/service_kit", "shared/eventlog", "shared/coaching_events")),
    Part("coaching_readmodels", ("shared/coaching_readmodels", "shared/coaching_time")),
    *(Part(name, (f"services/{name}",), f"{name}.problems") for name in ("partnerships", "goals", "sessions")),
    Part("notifications", ("services/notifications",)),
)

FOR_OPERATORS: Final = (
    "settings.py", "command.py", "shared/service_kit/authentication/issuer", "shared/service_kit/authentication/keys.py",
    "shared/service_kit/process/", "shared/service_kit/operations/", "shared/coaching_events/subscription/",
    "shared/coaching_events/envelope.py", "shared/coaching_events/kafka/", "shared/eventlog/",
)  # fmt: skip
"""Files whose ValueErrors only operators and subscribers read: in English."""

NOT_SENTENCES: Final = frozenset({"a name occurs twice", "{} is no number of JSON"})
"""Texts of ValueErrors that are caught where they are raised."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or ``one`` and ``many`` of it; with its context, and the file that has it."""

    text: str
    many: str | None
    context: str | None
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Outside:
    """A text that is no constant, so no catalogue can have it."""

    file: str
    line: int
    code: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: not a constant: {self.code}"


@cache
def sentences(part: Part) -> Sequence[Sentence]:
    """All sentences of a part."""
    found = [each for each in _read(part) if isinstance(each, Sentence)]
    return [*found, *_titles(part)]


def outside(part: Part) -> Sequence[Outside]:
    """What goes to the same calls and is no constant."""
    return [each for each in _read(part) if isinstance(each, Outside)]


def _titles(part: Part) -> Iterator[Sentence]:
    own = (
        importlib.import_module(part.problems).PROBLEMS
        if part.problems
        else [t for each in TYPES.values() for t in each]
    )
    for type in own:
        yield Sentence(title_of(type), None, TITLE, part.problems or "problem_details", 0)


def _read(part: Part) -> Iterator[Sentence | Outside]:
    for folder in part.folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield from _File(path).read()


class _File:
    def __init__(self, path: Path) -> None:
        self.name = str(path.relative_to(ROOT))
        self.tree = ast.parse(path.read_text("utf-8"))
        self.functions: dict[ast.AST, ast.AST] = {}
        for function in ast.walk(self.tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                self.functions.update(dict.fromkeys(ast.walk(function), function))

    def read(self) -> Iterator[Sentence | Outside]:
        if self.name.endswith("/texts.py"):
            for node in self.tree.body:
                if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
                    yield from (self._sentence(text, line) for text, line in _constants(node.value))
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and (places := CALLS.get(_name(node))) and not self._is_for_operators(node):
                yield from self._call(node, places)

    def _is_for_operators(self, call: ast.Call) -> bool:
        return _name(call) == "ValueError" and any(each in self.name for each in FOR_OPERATORS)

    def _call(self, call: ast.Call, places: Sequence[int]) -> Iterator[Sentence | Outside]:
        if len(call.args) <= places[-1]:
            return
        if len(places) == 2:
            one, many = (each for place in places for each in _constants(call.args[place]))
            yield self._sentence(*one, many=many[0])
            return
        argument = call.args[places[0]]
        found = [*self._resolved(argument, call)]
        if found:
            yield from (self._sentence(*each) for each in found if each[0] not in NOT_SENTENCES)
        elif not self._is_passed_on(argument, call):
            yield Outside(self.name, call.lineno, ast.unparse(argument))

    def _resolved(self, argument: ast.expr, call: ast.AST) -> Iterator[tuple[str, int]]:
        """The constants that an argument stands for; none if it is anything else."""
        match argument:
            case ast.Constant(value=str()):
                yield from _constants(argument)
            case ast.IfExp():
                yield from self._resolved(argument.body, call)
                yield from self._resolved(argument.orelse, call)
            case ast.Name(id=name):
                yield from self._named(name, self.functions.get(call))
            case (
                ast.Subscript(value=ast.Name(id=name))
                | ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get"))
            ):
                yield from self._named(name, None)
            case _:
                return

    def _named(self, name: str, function: ast.AST | None) -> Iterator[tuple[str, int]]:
        scope = [*(ast.walk(function) if function is not None else ()), *self.tree.body]
        for node in scope:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and name in _targets(node):
                yield from _constants(node.value)

    def _is_passed_on(self, argument: ast.expr, call: ast.AST) -> bool:
        function = self.functions.get(call)
        parameters = function.args if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else None
        named = {each.arg for each in (*parameters.args, *parameters.kwonlyargs)} if parameters is not None else set()
        helper = function is not None and getattr(function, "name", "") in CALLS
        return ast.unparse(argument) in PASSED_ON or (helper and ast.unparse(argument) in named)

    def _sentence(self, text: str, line: int, many: str | None = None) -> Sentence:
        return Sentence(text, many, None, self.name, line)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _targets(node: ast.Assign | ast.AnnAssign) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return {each.id for each in targets if isinstance(each, ast.Name)}


def _constants(value: ast.expr) -> Iterator[tuple[str, int]]:
    """The texts of an expression: itself, its alternatives, or the values of a dictionary or list."""
    match value:
        case ast.Constant(value=str(text)):
            yield text, value.lineno
        case ast.IfExp():
            yield from (each for part in (value.body, value.orelse) for each in _constants(part))
        case ast.Dict():
            yield from (each for part in value.values for each in _constants(part))
        case ast.List() | ast.Tuple():
            yield from (each for part in value.elts for each in _constants(part))
        case _:
            return
