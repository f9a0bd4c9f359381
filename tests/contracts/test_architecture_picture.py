"""The pages for newcomers agree with the code: the picture of the packages, every path and every link."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

import pytest

from coaching_events.registry import EVENTS
from tests.rules.lives import sections

ROOT = Path(__file__).parents[2]
ARCHITECTURE = "docs/architecture.md"
PAGES = [
    ARCHITECTURE,
    "CONTRIBUTING.md",
    *(str(page.relative_to(ROOT)) for above in ("services", "shared") for page in (ROOT / above).glob("*/README.md")),
]
"""Pages that name files of the code."""
PACKAGES = {
    folder.name: folder
    for above in ("services", "shared")
    for folder in (ROOT / above).iterdir()
    if next(folder.glob("*.py"), None)
}


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def imports(package: str) -> Iterator[str]:
    """The first part of every module that this package imports."""
    for file in PACKAGES[package].rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    yield from (each.name.split(".")[0] for each in names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield module.split(".")[0]
                case _:
                    pass


def reachable(graph: Mapping[str, Set[str]], start: str) -> set[str]:
    """Everything that this package imports, directly or through others."""
    return {found for each in graph[start] for found in (each, *reachable(graph, each))}


def test_the_picture_of_the_packages_shows_their_imports_without_those_that_follow_from_others() -> None:
    graph = {package: set(imports(package)) & PACKAGES.keys() - {package} for package in PACKAGES}
    expected = {
        (one, other)
        for one in graph
        for other in graph[one]
        if not any(other in reachable(graph, between) for between in graph[one])
    }
    (picture,) = re.findall(r"^```mermaid\nflowchart .*?\n(.*?)^```", read(ARCHITECTURE), re.S | re.M)
    arrows = [line.split("-->") for line in picture.splitlines()]
    drawn = {
        (one.strip(), other.strip()) for left, right in arrows for one in left.split("&") for other in right.split("&")
    }
    assert drawn == expected


def named(page: str) -> Iterator[str]:
    """Patterns of the paths in the page: ``<name>`` stands for any one, a bare name may lie anywhere below."""
    for text in re.findall(r"`([^`\s]+)`", read(page)):
        if re.fullmatch(r"\w+(\.(py|md|toml|lock)|/)", text):
            yield f"**/{text}"
        elif re.fullmatch(r"[\w.<>-]+(/[\w.<>-]*)+", text):
            yield re.sub(r"<\w+>", "*", text)
        elif text.split(".")[0] in PACKAGES:
            yield f"**/{text.replace('.', '/')}*"


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_is_in_the_tree(page: str) -> None:
    beside = (ROOT / page).parent
    below = [beside] if page.endswith("README.md") else [ROOT / "services", ROOT / "shared"]
    patterns = set(named(page))
    assert [
        pattern for pattern in sorted(patterns) if not is_in(pattern, below if "**" in pattern else [ROOT, beside])
    ] == []


def is_in(pattern: str, folders: Iterable[Path]) -> bool:
    return any(next(folder.glob(pattern), None) for folder in folders)


def test_paths_are_found_in_the_pages() -> None:
    assert sum(len(list(named(page))) for page in PAGES) > 100


def test_every_link_of_a_page_leads_to_a_page_and_a_heading() -> None:
    pages = [path for path in ROOT.rglob("*.md") if not {".venv", "node_modules", ".local"} & set(path.parts)]
    assert len(pages) > 30
    dead = [
        f"{page.relative_to(ROOT)}: {path}#{heading}"
        for page in pages
        for path, heading in re.findall(r"\]\((?!\w+:)([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8"))
        if not is_there(page.parent / path if path else page, heading)
    ]
    assert dead == []


def is_there(target: Path, heading: str) -> bool:
    """Whether the file exists and has this heading, named as hosting sites name it in addresses."""
    if not heading:
        return target.exists()
    titles = re.findall(r"^#+ (.*)", target.read_text(encoding="utf-8"), re.M)
    return heading in {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def test_a_folder_has_at_most_a_dozen_modules():
    folders = [folder for above in PACKAGES.values() for folder in (above, *above.rglob("*/")) if folder.is_dir()]
    crowded = {
        str(folder.relative_to(ROOT)): len(modules)
        for folder in folders
        if len(modules := [file for file in folder.glob("*.py") if file.name != "__init__.py"]) > 12
    }
    assert not crowded, f"split these folders by use: {crowded}"


def test_principles_names_tests_that_exist():
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", read("docs/principles.md"))
    assert len(named) > 20
    missing = [f"{file}::{name}" for file, name in named if f"def {name}(" not in read(file)]
    assert not missing, f"docs/principles.md names tests that do not exist: {missing}"


def test_the_page_of_the_domain_has_each_aggregate_and_only_events_of_the_contract():
    drawn = sections(read("docs/domain.md"))
    assert drawn.keys() == EVENTS.keys()
    for kind, part in drawn.items():
        types = {each for events in re.findall(r"--> .+?: (.+)", part) for each in events.split("<br>")}
        assert types, f"docs/domain.md: run `make diagrams` for {kind}"
        assert types <= EVENTS[kind].keys()
