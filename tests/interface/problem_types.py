"""Every type of problem that the code can answer with, read from its source."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKERS = {"Refused": 0, "Problem": 1, "malformed": 0, "unavailable": 0}
"""What makes a problem, and which of its arguments is the type."""
SHARED_REFUSALS = {ROOT / "shared" / "coaching_readmodels" / name for name in ("promises.py", "refusals.py")}
"""Their functions refuse for the services that call them."""


def types_in(folder: str) -> set[str]:
    """The types that the files of a folder name, and those of the shared refusals that they call."""
    files = [file for file in sorted((ROOT / folder).rglob("*.py")) if file not in SHARED_REFUSALS]
    return {name for file in files for name in _types(ast.parse(file.read_text()), file)}


def _shared_refusals() -> dict[str, set[str]]:
    return {
        each.name: {*_types(each, file)}
        for file in SHARED_REFUSALS
        for each in ast.parse(file.read_text()).body
        if isinstance(each, ast.FunctionDef)
    }


def _types(tree: ast.AST, file: Path) -> Iterator[str]:
    shared = {} if file in SHARED_REFUSALS else _shared_refusals()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from shared.get(node.func.id, ())
            place = MAKERS.get(node.func.id)
            if place is not None and len(node.args) > place:
                yield from _texts(node.args[place], file)
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "Problem" for base in node.bases):
            for call in (each for each in ast.walk(node) if isinstance(each, ast.Call)):
                if ast.unparse(call.func) == "super().__init__":
                    yield from _texts(call.args[MAKERS["Problem"]], file)


def _texts(argument: ast.expr, file: Path) -> Iterator[str]:
    match argument:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body, file)
            yield from _texts(orelse, file)
        case _:
            yield f"{file.name}:{argument.lineno}: {ast.unparse(argument)}"
