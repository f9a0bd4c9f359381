"""The quarter on `docker compose`: on a new stack, or on a running one without people. It never uses other data."""

import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pymongo

from deploy.local.ready import NotYet, nothing_to_check, wait_until
from examples.quarter.post_office import PostOffice, mail_of
from examples.quarter.stack import Container, Project, address, compose, containers, docker
from examples.quarter.suite import SERVICES
from examples.quarter.targets import CannotPlay, Target
from service_kit.authentication.local_issuer import LocalIssuer

DATABASES = "tandem"
BEFORE_A_MAIL, AFTER_A_MAIL = "---------- MESSAGE FOLLOWS ----------", "------------ END MESSAGE ------------"
SECONDS_TO_BUILD = 1800
SECONDS_TO_START = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeSuite:
    """The four services as containers, each `<name>` and `<name>-worker`."""

    addresses: Mapping[str, str]

    def kill_worker(self, service: str) -> None:
        """SIGKILL for every worker of a service."""
        compose("kill", "--signal", "SIGKILL", f"{service}-worker")

    def restart_worker(self, service: str) -> None:
        """Start them again, as many as before. Returns when the first is ready."""
        worker = f"{service}-worker"
        compose("start", worker)
        wait_until(worker, lambda: _probe(worker), nothing_to_check)


class PostOfficeInDocker(PostOffice):
    """The service `mail`, which writes all mail that it accepts to its log."""

    def __init__(self) -> None:
        super().__init__(8025)

    @property
    def mails(self) -> Sequence[EmailMessage]:
        """All mails in the log."""
        followed = compose("logs", "--no-log-prefix", "--no-color", "mail").split(BEFORE_A_MAIL)[1:]
        return [_mail(text.partition(AFTER_A_MAIL)[0].lstrip()) for text in followed]


@contextmanager
def compose_target(say: Callable[[str], None]) -> Generator[Target]:
    """A stack without people, on the simulated clock. Raises CannotPlay for a stack with people.

    A running stack is used and left running. Otherwise one is started, and removed with its data at the end.
    """
    if shutil.which("docker") is None or docker("compose", "version").returncode:
        raise CannotPlay("`docker compose` does not answer: install and start Docker, or play without TARGET=compose")
    if stack := containers():
        say("Backing services and the four services: the stack of `docker compose` that runs already.")
        _check_whole(stack)
        if _clock() != "simulated":
            _refuse_data(_mongo_url(stack))
            say("It is on the real clock, without people: it changes to the simulated clock, and stays there …")
            compose("up", "--detach", "--wait", seconds=SECONDS_TO_START)
        yield _target(containers())
        return
    _refuse_old_volumes()
    say("Building the images (minutes the first time, then nothing) …")
    compose("build", "--quiet", seconds=SECONDS_TO_BUILD)
    try:
        say("Starting Kafka, MongoDB and the four services with `docker compose`, on the simulated clock …")
        compose("up", "--detach", "--wait", seconds=SECONDS_TO_START)
        yield _target(containers())
    finally:
        compose("down", "--volumes", "--timeout", "10")


def _target(stack: Sequence[Container]) -> Target:
    mongo_url = _mongo_url(stack)
    _refuse_data(mongo_url)
    return Target(
        suite=ComposeSuite(addresses={name: f"http://{address(stack, name, 8000)}" for name in SERVICES}),
        kafka_url=address(stack, "kafka", 9094),
        mongo_url=mongo_url,
        database_prefix=DATABASES,
        issuer=_issuer(),
        post_office=PostOfficeInDocker(),
        console=f"http://{address(stack, 'console', 8000)}",
    )


def _mail(text: str) -> EmailMessage:
    # The client's words in its MAIL command come before the mail, with an empty line after them.
    return mail_of((text.partition("\n\n")[2] if text.startswith("mail options:") else text).encode())


def _check_whole(stack: Sequence[Container]) -> None:
    wanted = {*SERVICES, *(f"{name}-worker" for name in SERVICES), "console", "kafka", "mongo", "mail"}
    if missing := wanted - {each.Service for each in stack if each.State == "running"}:
        raise CannotPlay(
            f"The stack of `docker compose` does not run whole (without {', '.join(sorted(missing))}): "
            "run `make down`, which removes its data, and play again"
        )


def _clock() -> str:
    return compose("exec", "-T", "goals", "printenv", "CLOCK").strip()


def _mongo_url(stack: Sequence[Container]) -> str:
    return f"mongodb://{address(stack, 'mongo', 27017)}/?directConnection=true"


def _refuse_data(mongo_url: str) -> None:
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(mongo_url, serverSelectionTimeoutMS=10_000)
    with client:
        if client[f"{DATABASES}_partnerships"]["streams"].find_one({"_id": {"$regex": "^person_"}}, {"_id": 1}):
            raise CannotPlay(
                "The running stack of `docker compose` has people, and a quarter needs a stack without people: "
                "run `make down`, which removes its data, and play again"
            )


def _refuse_old_volumes() -> None:
    project = Project.model_validate_json(compose("config", "--format", "json")).name
    label = f"label=com.docker.compose.project={project}"
    if docker("volume", "ls", "--quiet", "--filter", label).stdout.strip():
        raise CannotPlay(
            "Nothing runs, but the data of an earlier `docker compose up` are there: "
            "run `make down`, which removes them, and play again"
        )


def _issuer() -> LocalIssuer:
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key.pem"
        compose("cp", "issuer:/issuer/private/key.pem", str(key))
        return LocalIssuer.kept(key)


def _probe(service: str) -> None:
    if docker("compose", "exec", "-T", service, "is-ready").returncode:
        raise NotYet(f"{service} is not ready")
