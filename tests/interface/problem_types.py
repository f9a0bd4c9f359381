"""Every type of problem that the code can answer with, read from its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKERS = {"Refused": 0, "Problem": 1, "malformed": 0, "unavailable": 0}
"""What makes a problem, and which of its arguments is the type."""


def types_in(folder: str) -> set[str]:
    """The types that the files of a folder name."""
    return {name for file in sorted((ROOT / folder).rglob("*.py")) for name in _types(file)}


def _types(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
            place = MAKERS[node.func.id]
            if len(node.args) > place:
                yield from _texts(node.args[place], file)


def _texts(argument: ast.expr, file: Path) -> Iterator[str]:
    match argument:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, file)
            yield from _texts(orelse, file)
        case _:
            yield f"{file.name}:{argument.lineno}: {ast.unparse(argument)}"
