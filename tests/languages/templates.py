"""Finds the sentences of the pages in their templates, and what people would read there in English alone."""

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from jinja2 import nodes

from console.rendering import environment
from tests.languages.found import Outside, Sentence, Unlisted

CALLS: Final[Mapping[str, int]] = {"say": 1, "several": 2}
"""The calls that take sentences, and how many each takes."""
NAMES: Final = frozenset({"Tandem", "English", "Deutsch", "Slack", "Teams"})
"""What is the same in each language."""
SPOKEN: Final = frozenset({"alt", "aria-description", "aria-label", "label", "placeholder", "title", "value"})
"""Attributes that people read or hear."""
OF_PROGRAMS: Final = frozenset({"button", "data", "option"})
"""Elements whose value is for programs; so is that of an input whose type is one of ``OF_PROGRAMS_TYPES``."""
OF_PROGRAMS_TYPES: Final = frozenset({"checkbox", "hidden", "radio"})
LIKE_WORDS: Final = re.compile(r"[A-Z“][a-z]+([ .?!,:…]|$)")
WORDS: Final = re.compile(r"[^\W\d_]+")


class Template:
    """One template. ``name`` is its place in the repository."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.source = path.read_text("utf-8")
        self.tree = environment().parse(self.source)

    def read(self) -> Iterator[Sentence | Outside]:
        """The sentences, and what goes to the same calls and is no constant."""
        for call in self.tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and (taken := CALLS.get(call.node.name)):
                yield from self._call(call, taken)

    def unlisted(self) -> Iterator[Unlisted]:
        """Words outside those calls: in the text, in what people hear of a tag, and in expressions."""
        shown = _Shown()
        shown.feed(self._without_tags())
        shown.close()
        for line, text in shown.found:
            yield Unlisted(self.name, line, text)
        for each in _outside_calls(self.tree):
            if LIKE_WORDS.match(each.value) and each.value not in NAMES:
                yield Unlisted(self.name, each.lineno, each.value)

    def _call(self, call: nodes.Call, taken: int) -> Iterator[Sentence | Outside]:
        texts = [[*_constants(each)] for each in call.args[:taken]]
        if len(texts) < taken or not all(texts):
            yield Outside(self.name, call.lineno, f"{taken} argument(s) of {_name(call)}")
        elif taken == 1:
            yield from (Sentence(text, None, None, self.name, call.lineno) for text in texts[0])
        else:
            yield Sentence(texts[0][0], texts[1][0], None, self.name, call.lineno)

    def _without_tags(self) -> str:
        """The source with blanks for what Jinja does, and the same lines."""
        tokens = environment().lex(self.source)
        return "".join(text if kind == "data" else "\n" * text.count("\n") or " " for _, kind, text in tokens)


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def handle_data(self, data: str) -> None:
        self._take(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        of_programs = tag in OF_PROGRAMS or given.get("type") in OF_PROGRAMS_TYPES
        for name in SPOKEN & given.keys():
            if name != "value" or not of_programs:
                self._take(given[name] or "")

    def _take(self, text: str) -> None:
        line, _ = self.getpos()
        for number, part in enumerate(text.split("\n")):
            if {*WORDS.findall(part)} - NAMES:
                self.found.append((line + number, part.strip()))


def _outside_calls(node: nodes.Node) -> Iterator[nodes.Const]:
    """The texts in expressions that are for no call of ``CALLS``."""
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.Const) and isinstance(child.value, str):
            yield child
        if not (isinstance(child, nodes.Call) and _name(child) in CALLS):
            yield from _outside_calls(child)
        else:
            yield from (each for value in child.kwargs for each in _outside_calls(value))


def _constants(argument: nodes.Expr) -> Iterator[str]:
    """A constant, or both of a choice; nothing if there is anything else."""
    match argument:
        case nodes.Const(value=str() as text):
            yield text
        case nodes.CondExpr(expr1=nodes.Expr() as one, expr2=nodes.Expr() as other):
            both = [[*_constants(one)], [*_constants(other)]]
            yield from (text for texts in both if all(both) for text in texts)
        case _:
            return


def _name(call: nodes.Call) -> str:
    return call.node.name if isinstance(call.node, nodes.Name) else ""
