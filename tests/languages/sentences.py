"""Finds the sentences of the code, for the catalogues. Each is a constant, and the name of its own translation.

Sentences are the constants that go to the calls of ``CALLS``, those at the top of a file of texts, and the titles of
problems. Whatever is passed on instead must be a constant by its name, in its function or at the top of its file.
Those of pages are found in the templates.
"""

import ast
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from service_kit.languages import TITLE
from service_kit.server.problem_details import TYPES, title_of
from tests.languages.found import Outside, Sentence, Unlisted
from tests.languages.templates import Template

ROOT: Final = Path(__file__).parents[2]

CALLS: Final[Mapping[str, tuple[int, ...]]] = {
    "Refused": (1,),
    "Problem": (2,),
    "malformed": (1,),
    "unavailable": (1,),
    "invalid": (1,),
    "_unauthorized": (0,),
    "InvalidToken": (0,),
    "NotHours": (0,),
    "Unfit": (0,),
    "shape": (1,),
    "_Unfit": (0,),
    "Phrase": (0,),
    "Answer": (1,),
    "say": (0,),
    "several": (0, 1),
    "UnsupportedRhythm": (0,),
    "Unreadable": (1,),
    "ValueError": (0,),
}
"""The calls that take a sentence, and its place among their arguments. The two of ``several`` are one and many."""

PASSED_ON: Final = frozenset({
    "error.detail", "error.sentence", "kept.detail", "self.detail", "str(error)", "str(others)", "str(why)",
    "why.sentence", "wrong.sentence", "answer.label",
    "str(fault['msg']).removeprefix('Input ')", "_json(answer)",
})  # fmt: skip
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
    *(
        Part(name, (f"services/{name}",), f"{name}.problems")
        for name in ("partnerships", "goals", "sessions", "notifications")
    ),
    Part("console", ("services/console",)),
)

FOR_OPERATORS: Final = (
    "settings.py", "chat_hosts.py", "command.py", "shared/coaching_events/envelope.py", "shared/coaching_events/kafka/",
    "shared/coaching_events/subscription/", "shared/eventlog/", "shared/service_kit/authentication/issuer",
    "shared/service_kit/authentication/keys.py", "shared/service_kit/operations/", "shared/service_kit/process/",
)  # fmt: skip
"""Files whose ValueErrors only operators and subscribers read: in English."""

CAUGHT: Final = frozenset({"a name occurs twice", "f'{text} is no number of JSON'"})
"""Texts of ValueErrors that are caught where they are raised."""


LIKE_A_SENTENCE: Final = re.compile(r"[A-Z“{][^\n]* [^\n]*[.?!]$", re.DOTALL)
FOR_ENGLISH: Final = frozenset({
    "Counter", "Field", "Gauge", "Histogram", "Query", "RuntimeError", "SettingRefused", "NoWorkingTime", "TypeError",
    "example", "print", "print_error",
})  # fmt: skip
"""Calls whose texts only developers and operators read."""
WITHOUT_SENTENCES: Final = (
    "__main__.py", "/app.py", "/openapi/", "/observability/", "coaching_events/fields.py", "coaching_events/schemas.py",
    "console/passing_on.py", "service_kit/server/",
)  # fmt: skip
"""Files for the same readers. What the server refuses before it has read the headers is in English, too."""


@cache
def sentences(part: Part) -> Sequence[Sentence]:
    """All sentences of a part."""
    found = [each for each in _read(part) if isinstance(each, Sentence)]
    return [*found, *_titles(part)]


def outside_in(part: Part) -> Sequence[Outside]:
    """What goes to the same calls and is no constant."""
    return [each for each in _read(part) if isinstance(each, Outside)]


def unlisted(part: Part) -> Sequence[Unlisted]:
    """Literals that read as sentences for people, and are not found for the catalogue."""
    known = {text for each in sentences(part) for text in (each.text, each.many)}
    return [each for file in _files(part) for each in file.unlisted() if each.text not in known]


def _titles(part: Part) -> Iterator[Sentence]:
    own: Sequence[str] = ()
    if part.problems is not None:
        own = importlib.import_module(part.problems).PROBLEMS
    elif part.package == "service_kit":
        own = [type for types in TYPES.values() for type in types]
    for type in dict.fromkeys(own):
        yield Sentence(title_of(type), None, TITLE, "problems", 0)


def _read(part: Part) -> Iterator[Sentence | Outside]:
    return (each for file in _files(part) for each in file.read())


def _files(part: Part) -> Iterator["_File | Template"]:
    for folder in part.folders:
        yield from (_File(path) for path in sorted((ROOT / folder).rglob("*.py")))
        yield from (Template(path, _place(path)) for path in sorted((ROOT / folder).rglob("templates/*.html")))


def _place(path: Path) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


class _File:
    def __init__(self, path: Path) -> None:
        self.name = _place(path)
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

    def unlisted(self) -> Iterator[Unlisted]:
        if not any(each in self.name for each in (*FOR_OPERATORS, *WITHOUT_SENTENCES)):
            yield from self._unlisted_in(self.tree)

    def _unlisted_in(self, node: ast.AST) -> Iterator[Unlisted]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                continue  # a docstring
            if isinstance(child, ast.Call) and _is_for_english(child):
                continue
            if isinstance(child, ast.keyword) and child.arg in ("description", "json_schema_extra"):
                continue
            text = _literal(child)
            if text is None:
                yield from self._unlisted_in(child)
            elif LIKE_A_SENTENCE.match(text):
                yield Unlisted(self.name, getattr(child, "lineno", 0), text)

    def _is_for_operators(self, call: ast.Call) -> bool:
        return _name(call) == "ValueError" and any(each in self.name for each in FOR_OPERATORS)

    def _call(self, call: ast.Call, places: Sequence[int]) -> Iterator[Sentence | Outside]:
        if len(call.args) <= places[-1]:
            return
        if len(places) == 2:
            if self._is_passed_on(call.args[0], call):
                return
            one, many = (each for place in places for each in _constants(call.args[place]))
            yield self._sentence(*one, many=many[0])
            return
        argument = call.args[places[0]]
        found = [*self._resolved(argument, call)]
        if found:
            yield from (self._sentence(*each) for each in found if each[0] not in CAUGHT)
        elif not self._is_passed_on(argument, call) and ast.unparse(argument) not in CAUGHT:
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
            case ast.Subscript(value=ast.Name(id=name)):
                yield from self._named(name, None)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="get")):
                yield from self._named(name, None)
            case _:
                return

    def _named(self, name: str, function: ast.AST | None) -> Sequence[tuple[str, int]]:
        scope = [*(ast.walk(function) if function is not None else ()), *self.tree.body]
        found: list[tuple[str, int]] = []
        for node in scope:
            if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and name in _targets(node):
                constants = [*_constants(node.value)]
                if not constants:
                    return ()  # it is something else besides
                found += constants
        return found

    def _is_passed_on(self, argument: ast.expr, call: ast.AST) -> bool:
        function, code = self.functions.get(call), ast.unparse(argument)
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            return code in PASSED_ON
        own = {each.arg for each in function.args.args} if function.name in {*CALLS, "__init__"} else set[str]()
        return code in PASSED_ON or code in own or code.startswith("texts.")

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


def _is_for_english(call: ast.Call) -> bool:
    return _name(call) in FOR_ENGLISH or ast.unparse(call.func).startswith(("log.", "super()."))


def _literal(node: ast.AST) -> str | None:
    """The text of a literal; of an f-string with {} in its places."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
