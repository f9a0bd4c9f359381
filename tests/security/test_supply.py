"""What is fetched from elsewhere is used only if it is byte for byte what this repository names."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from deploy.local import CannotStart
from deploy.local.jars import CHECKSUMS, check, jars


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    """Kafka's jars as they were fetched."""
    folder = tmp_path / "jars"
    shutil.copytree(jars(print)[0].parent, folder)
    return folder


def test_jars_as_this_repository_names_them_are_used(fetched: Path) -> None:
    check(fetched)
    assert len(CHECKSUMS.read_text().splitlines()) == len([*fetched.iterdir()]) > 40


def test_a_jar_that_was_changed_is_not_used(fetched: Path) -> None:
    (broker,) = fetched.glob("kafka_2.13-*.jar")
    broker.write_bytes(broker.read_bytes() + b"!")
    with pytest.raises(CannotStart, match=broker.name):
        check(fetched)


@pytest.mark.parametrize("change", ["one more", "one less"])
def test_no_jar_is_added_or_missing(fetched: Path, change: str) -> None:
    jar = fetched / "zstd.jar" if change == "one more" else next(fetched.glob("zstd-jni-*.jar"))
    jar.write_bytes(b"") if change == "one more" else jar.unlink()
    with pytest.raises(CannotStart, match=jar.name):
        check(fetched)


COMPOSE, PIN = "docker-compose.yml", "deploy/docker/pin-images"
ROOT = Path(__file__).parents[2]
IMAGES = {
    "KAFKA_IMAGE": "apache/kafka:4.3.1",
    "MONGO_IMAGE": "mongo:8.0.13",
    "PYTHON_IMAGE": "python:3.13.7-slim-trixie",
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that name images, with an .env of somebody's own."""
    for name in (COMPOSE, PIN):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / ".env").write_text("TOPIC_PARTITIONS=12\nMONGO_IMAGE=mongo:older\n")
    return tmp_path


def pin(checkout: Path, docker: str) -> "subprocess.CompletedProcess[str]":
    """``make pin`` with this in place of docker, which asks a registry."""
    found = checkout / "bin" / "docker"
    found.parent.mkdir()
    found.write_text(f"#!/usr/bin/env bash\n{docker}\n")
    found.chmod(0o755)
    path = f"{found.parent}:{os.environ['PATH']}"
    return subprocess.run(
        [checkout / PIN], env=os.environ | {"PATH": path}, capture_output=True, text=True, check=False
    )


def test_every_image_is_an_exact_version_and_can_be_pinned_by_its_digest(checkout: Path) -> None:
    digest = f"sha256:{'0' * 64}"
    assert pin(checkout, f'[[ $4 = *:* || $4 = --format ]] && echo "{digest}"').returncode == 0
    lines = (checkout / ".env").read_text().splitlines()
    assert lines == [*(f"{name}={image}@{digest}" for name, image in IMAGES.items()), "TOPIC_PARTITIONS=12"]
    assert all(re.search(r":\d+\.\d+\.\d+", image) for image in IMAGES.values())


@pytest.mark.parametrize("docker", ["exit 1", "echo nonsense"])
def test_what_no_registry_tells_changes_nothing(checkout: Path, docker: str) -> None:
    before = (checkout / ".env").read_text()
    told = pin(checkout, docker)
    assert told.returncode == 1
    assert "nothing is changed" in told.stderr
    assert (checkout / ".env").read_text() == before


def test_no_container_has_capabilities_that_it_does_not_need() -> None:
    services = yaml.safe_load((ROOT / COMPOSE).read_text())["services"]
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["read_only"] or name == "kafka", name
    assert {name for name, service in services.items() if "cap_add" in service} == {"mongo"}
