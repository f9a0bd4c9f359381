"""The quarter on what `docker compose` runs: a stack of its own, or one that waits for it, never somebody's data."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pymongo
from pydantic import BaseModel

from deploy.local.ready import NotYet, nothing_to_check, wait_until
from deploy.local.server import CannotStart
from examples.quarter.post_office import PostOffice, mail_of
from examples.quarter.suite import SERVICES
from examples.quarter.targets import CannotPlay, Target
from service_kit.local_issuer import LocalIssuer

ROOT = Path(__file__).parents[2]
SETTINGS = {"CLOCK": "simulated"}
DATABASES = "tandem"
BEFORE_A_MAIL, AFTER_A_MAIL = "---------- MESSAGE FOLLOWS ----------", "------------ END MESSAGE ------------"
SECONDS_TO_BUILD = 1800
SECONDS_TO_START = 300


class Project(BaseModel):
    """What `docker compose config` says."""

    name: str


class Published(BaseModel):
    """A port of a container and where it is found on this machine; 0: nowhere."""

    URL: str
    TargetPort: int
    PublishedPort: int


class Container(BaseModel):
    """What `docker compose ps` says about one."""

    Service: str
    State: str
    ExitCode: int
    Publishers: Sequence[Published] | None = None

    @property
    def well(self) -> bool:
        """It runs, or it did what it was there for."""
        return self.State == "running" or (self.State == "exited" and self.ExitCode == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeSuite:
    """The four services as containers, each `<name>` and `<name>-worker`."""

    addresses: Mapping[str, str]

    def kill_worker(self, service: str) -> None:
        """SIGKILL for every worker of a service."""
        _compose("kill", "--signal", "SIGKILL", f"{service}-worker")

    def restart_worker(self, service: str) -> None:
        """Start them again, as many as there were; returns when the first is ready."""
        worker = f"{service}-worker"
        _compose("start", worker)
        wait_until(worker, lambda: _probe(worker), nothing_to_check)


class PostOfficeInDocker(PostOffice):
    """The service `mail`, which writes what it takes to its log."""

    def __init__(self) -> None:
        super().__init__(8025)

    @property
    def mails(self) -> Sequence[EmailMessage]:
        """All that is in the log."""
        followed = _compose("logs", "--no-log-prefix", "--no-color", "mail").split(BEFORE_A_MAIL)[1:]
        return [mail_of(text.partition(AFTER_A_MAIL)[0].lstrip().encode()) for text in followed]


@contextmanager
def compose_target(say: Callable[[str], None]) -> Generator[Target]:
    """A stack on the simulated clock without anybody in it; raises CannotPlay where there is another.

    One that runs is used and left running; where there is none, one is started, and is gone afterwards with its data.
    """
    if shutil.which("docker") is None or _docker("compose", "version").returncode:
        raise CannotPlay("`docker compose` does not answer: install and start Docker, or play without TARGET=compose")
    if containers := _containers():
        say("Backing services and the four services: the stack of `docker compose` that runs already.")
        _check_whole(containers)
        yield _target(containers)
        return
    _refuse_old_volumes()
    say("Building the images (minutes the first time, then nothing) …")
    _compose("build", "--quiet", seconds=SECONDS_TO_BUILD)
    try:
        say("Starting Kafka, MongoDB and the four services with `docker compose`, on the simulated clock …")
        _compose("up", "--detach", "--wait", seconds=SECONDS_TO_START)
        yield _target(_containers())
    finally:
        _compose("down", "--volumes", "--timeout", "10")


def _target(containers: Sequence[Container]) -> Target:
    kafka_url, mongo_url = _address(containers, "kafka", 9094), _address(containers, "mongo", 27017)
    mongo_url = f"mongodb://{mongo_url}/?directConnection=true"
    _refuse_data(mongo_url)
    return Target(
        suite=ComposeSuite(addresses={name: f"http://{_address(containers, name, 8000)}" for name in SERVICES}),
        kafka_url=kafka_url,
        mongo_url=mongo_url,
        database_prefix=DATABASES,
        issuer=_issuer(),
        post_office=PostOfficeInDocker(),
    )


def _check_whole(containers: Sequence[Container]) -> None:
    wanted = {*SERVICES, *(f"{name}-worker" for name in SERVICES), "kafka", "mongo"}
    if missing := wanted - {each.Service for each in containers if each.well}:
        raise CannotPlay(
            f"The stack of `docker compose` does not run whole (without {', '.join(sorted(missing))}): "
            "run `make down`, which removes its data, and play again"
        )
    if (clock := _compose("exec", "-T", "goals", "printenv", "CLOCK").strip()) != "simulated":
        raise CannotPlay(
            f"The stack of `docker compose` that runs is on the {clock} clock, and a quarter is played on the "
            "simulated one: run `make down`, which removes its data, and play again"
        )


def _refuse_data(mongo_url: str) -> None:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(mongo_url, serverSelectionTimeoutMS=10_000)
    with client:
        if client[f"{DATABASES}_partnerships"]["streams"].find_one({"_id": {"$regex": "^person_"}}, {"_id": 1}):
            raise CannotPlay(
                "The stack of `docker compose` that runs has people in it, and a quarter is played among nobody else: "
                "run `make down`, which removes its data, and play again"
            )


def _refuse_old_volumes() -> None:
    project = Project.model_validate_json(_compose("config", "--format", "json")).name
    label = f"label=com.docker.compose.project={project}"
    if _docker("volume", "ls", "--quiet", "--filter", label).stdout.strip():
        raise CannotPlay(
            "Nothing runs, but the data of an earlier `docker compose up` are there: "
            "run `make down`, which removes them, and play again"
        )


def _issuer() -> LocalIssuer:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key.pem"
        _compose("cp", "issuer:/issuer/private/key.pem", str(key))
        return LocalIssuer.kept(key)


def _probe(service: str) -> None:
    if _docker("compose", "exec", "-T", service, "is-ready").returncode:
        raise NotYet(f"{service} is not ready")


def _address(containers: Sequence[Container], service: str, port: int) -> str:
    for container in containers:
        for published in container.Publishers or ():
            if container.Service == service and published.TargetPort == port and published.PublishedPort:
                return f"{published.URL}:{published.PublishedPort}"
    raise CannotPlay(f"{service} of the stack of `docker compose` has no port on this machine: see `docker compose ps`")


def _containers() -> Sequence[Container]:
    lines = _compose("ps", "--all", "--format", "json").splitlines()
    return [Container.model_validate_json(line) for line in lines if line]


def _compose(*arguments: str, seconds: float = 120) -> str:
    done = _docker("compose", *arguments, seconds=seconds)
    if done.returncode:
        raise CannotStart(f"`docker compose {' '.join(arguments)}` failed:\n{done.stderr.strip()[-2000:]}")
    return done.stdout


def _docker(*arguments: str, seconds: float = 120) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **SETTINGS}
    try:
        return subprocess.run(
            ["docker", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=seconds,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise CannotStart(f"`docker {' '.join(arguments)}` has not ended after {seconds:.0f} seconds") from None
