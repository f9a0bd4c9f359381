"""What is written about running the suite says the same everywhere."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from coaching_events.kafka.security import SETTINGS
from console.settings import ConsoleSettings
from deploy.local.docker import KAFKA_IMAGE, MONGO_IMAGE
from goals.settings import GoalsSettings
from notifications.settings import NotificationSettings
from sessions.settings import SessionsSettings

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("image", [KAFKA_IMAGE, MONGO_IMAGE])
def test_tests_and_compose_run_the_same_images(image: str):
    assert f":-{image}}}\n" in COMPOSE


@pytest.mark.parametrize("service", ["partnerships", "goals", "sessions", "notifications"])
def test_compose_runs_each_service_twice(service: str):
    assert f"  {service}:\n    <<: *process\n    command: [{service}, serve]\n" in COMPOSE
    assert f"  {service}-worker:\n    <<: *process\n    command: [{service}, work]\n" in COMPOSE


def test_every_setting_of_compose_is_explained():
    named = set(re.findall(r"\$\{([A-Z_]+)", COMPOSE))
    assert "CONSOLE_PORT" in named
    assert not {name for name in named if f"`{name}`" not in OPERATIONS}


ALL_SETTINGS = (
    NotificationSettings.model_fields
    | GoalsSettings.model_fields
    | ConsoleSettings.model_fields
    | SessionsSettings.model_fields
)


@pytest.mark.parametrize("name", [*ALL_SETTINGS, *SETTINGS])
def test_every_setting_is_explained(name: str):
    assert f"`{name.upper()}`" in OPERATIONS


@pytest.mark.parametrize("lock", ["deploy/docker/build.lock", "deploy/docker/mail.lock"])
def test_the_images_smaller_locks_agree_with_the_lock_of_everything(lock: str):
    whole = _pinned(ROOT / "requirements-dev.lock")
    pinned = _pinned(ROOT / lock)
    assert pinned
    assert {name: whole.get(name) for name in pinned} == pinned


def _pinned(lock: Path) -> dict[str, str]:
    lines = (line.partition(" ")[0].partition("==") for line in lock.read_text().splitlines())
    return {name: version for name, sign, version in lines if sign and not name.startswith("#")}


RUNTIME = ("services", "shared")
NAMES = {"pyjwt": "jwt", "python-dateutil": "dateutil", "opentelemetry-exporter-otlp-proto-http": "opentelemetry"}
INDIRECT = {"coaching-events", "httptools", "tzdata", "opentelemetry-sdk", "python-multipart"}
"""Packages that are used without an import of their own: a loop, a parser, data, what another one brings to life."""


def test_the_runtime_has_each_package_that_it_imports_and_no_other():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    named = {re.split(r"[\[><=;~ ]", each, maxsplit=1)[0] for each in declared}
    needed = {NAMES.get(each, each.replace("-", "_")) for each in named - INDIRECT}
    imported = _imported()
    own = {folder.name for part in RUNTIME for folder in (ROOT / part).iterdir() if folder.is_dir()}
    others = (
        imported
        - own
        - sys.stdlib_module_names
        - {"cryptography", "starlette", "bson", "pydantic_core", "joserfc", "markupsafe"}
    )  # with pyjwt, fastapi, pymongo, authlib, jinja2
    assert others == needed


@pytest.mark.parametrize("package", ["docker", "testcontainers"])
def test_rules_are_tested_without_libraries_of_docker(package: str):
    block = f"import sys; sys.modules[{package!r}] = None; import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    file = "tests/rules/coaching_time/test_instants.py"
    run = subprocess.run(
        [sys.executable, "-c", block, file, "-q", "-p", "no:cacheprovider"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def _imported() -> set[str]:
    """The top names of everything that services and shared code import, wherever in a file it stands."""
    found: set[str] = set()
    for part in RUNTIME:
        for file in (ROOT / part).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {name.name.partition(".")[0] for name in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    found.add(node.module.partition(".")[0])
    return found
