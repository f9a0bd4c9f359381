"""The answers of `docker compose`, through its command line."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel

from deploy.local.server import CannotStart

ROOT = Path(__file__).parents[2]
SETTINGS = {"CLOCK": "simulated", "OPENING_SPREAD": "0"}


class Project(BaseModel):
    """The output of `docker compose config`."""

    name: str


class Published(BaseModel):
    """A port of a container and its address on this machine. 0: no port here."""

    URL: str
    TargetPort: int
    PublishedPort: int


class Container(BaseModel):
    """The output of `docker compose ps` about one container."""

    Service: str
    State: str
    Publishers: Sequence[Published] | None = None


def address(stack: Sequence[Container], service: str, port: int) -> str:
    """The address of a service's port on this machine. Raises CannotStart without one."""
    for container in stack:
        for published in container.Publishers or ():
            if container.Service == service and published.TargetPort == port and published.PublishedPort:
                return f"{published.URL}:{published.PublishedPort}"
    raise CannotStart(f"{service} of the stack of `docker compose` has no port here: see `docker compose ps`")


def containers() -> Sequence[Container]:
    """All containers of the stack, running or not."""
    lines = compose("ps", "--all", "--format", "json").splitlines()
    return [Container.model_validate_json(line) for line in lines if line]


def compose(*arguments: str, seconds: float = 120) -> str:
    """The output of a command of `docker compose`. Raises CannotStart with its error text."""
    done = docker("compose", *arguments, seconds=seconds)
    if done.returncode:
        raise CannotStart(f"`docker compose {' '.join(arguments)}` failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def docker(*arguments: str, seconds: float = 120) -> "subprocess.CompletedProcess[str]":
    """Run a command of Docker in this repository, with the settings of a quarter."""
    environment = {**os.environ, **SETTINGS}
    try:
        return subprocess.run(
            ["docker", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired:
        raise CannotStart(f"`docker {' '.join(arguments)}` has not ended after {seconds:.0f} seconds") from None
