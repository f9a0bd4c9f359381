"""What is written about running the suite says the same everywhere."""

from pathlib import Path

import pytest

from coaching_events.kafka_security import SETTINGS
from deploy.local.docker import KAFKA_IMAGE, MONGO_IMAGE
from notifications.settings import NotificationSettings

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "docker-compose.yml").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("image", [KAFKA_IMAGE, MONGO_IMAGE])
def test_tests_and_compose_run_the_same_images(image: str):
    assert f"image: {image}\n" in COMPOSE


@pytest.mark.parametrize("service", ["partnerships", "goals", "sessions", "notifications"])
def test_compose_runs_each_service_twice(service: str):
    assert f"  {service}:\n    <<: *process\n    command: [{service}, serve]\n" in COMPOSE
    assert f"  {service}-worker:\n    <<: *process\n    command: [{service}, work]\n" in COMPOSE


@pytest.mark.parametrize("name", [*NotificationSettings.model_fields, *SETTINGS])
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
