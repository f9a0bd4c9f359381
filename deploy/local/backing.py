"""Find or start Kafka and a MongoDB server: by address, in Docker, or on this machine. One line says which and why."""

import fcntl
import os
import shutil
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local import docker
from deploy.local.folder import LOCAL
from deploy.local.kafka import local_kafka
from deploy.local.mongo import local_mongo
from deploy.local.ready import wait_for_kafka, wait_for_mongo
from deploy.local.server import CannotStart, GivenByAddress, Server

DEFAULT_DATA = LOCAL / "backing-services"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackingServices:
    """Kafka and MongoDB, ready for use. Fault drills kill and restart ``kafka`` and ``mongo``."""

    kafka_url: str
    mongo_url: str
    description: str
    kafka: Server
    mongo: Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A server that is not started yet, and the reason for its choice."""

    server: Server
    why: str


@contextmanager
def backing_services(
    data: Path = DEFAULT_DATA,
    *,
    say: Callable[[str], None] = print,
    prefer_docker: bool = True,
    keep: bool = False,
    test_commands: bool = False,
    environment: Mapping[str, str] = os.environ,
) -> Generator[BackingServices]:
    """Both services for the length of a ``with`` block. At its end everything that was started is removed.

    A server on this machine has its data and logs in ``data``, which is emptied first unless ``keep``. ``say`` gets the
    one
    line about the choice and the progress of downloads. ``test_commands``: a MongoDB on this machine accepts
    ``configureFailPoint`` and similar commands. Raises CannotStart, with what is missing.
    """
    with _own(data, keep=keep):
        choices = choose(
            data, say=say, prefer_docker=prefer_docker, test_commands=test_commands, environment=environment
        )
        description = _describe(choices)
        say(description)
        kafka, mongo = (choice.server for choice in choices)
        try:
            _both(lambda server: server.start(), (kafka, mongo))
            yield BackingServices(
                kafka_url=kafka.url, mongo_url=mongo.url, description=description, kafka=kafka, mongo=mongo
            )
        finally:
            _both(lambda server: server.stop(), (kafka, mongo))


def choose(
    data: Path,
    *,
    say: Callable[[str], None],
    prefer_docker: bool,
    test_commands: bool = False,
    environment: Mapping[str, str],
) -> tuple[Choice, Choice]:
    """Choose Kafka and MongoDB, each separately: by address, in Docker, or on this machine, in this order."""
    kafka_url, mongo_url = environment.get("KAFKA_URL"), environment.get("MONGO_URL")
    images = [image for image, url in ((docker.KAFKA_IMAGE, kafka_url), (docker.MONGO_IMAGE, mongo_url)) if not url]
    no_docker = docker.why_not(images, say) if prefer_docker else "this run is to use no Docker"
    why = no_docker or "Docker answers"
    if kafka_url:
        given = GivenByAddress(url=kafka_url, what=f"Kafka at {kafka_url}", wait=wait_for_kafka)
        kafka = Choice(server=given, why="KAFKA_URL is set")
    else:
        kafka = Choice(server=local_kafka(data / "kafka", say) if no_docker else docker.kafka_container(), why=why)
    if mongo_url:
        given = GivenByAddress(url=mongo_url, what=f"MongoDB at {mongo_url.rpartition('@')[2]}", wait=wait_for_mongo)
        mongo = Choice(server=given, why="MONGO_URL is set")
    else:
        local = local_mongo(data / "mongo", test_commands=test_commands) if no_docker else None
        mongo = Choice(server=local or docker.mongo_container(), why=why)
    return kafka, mongo


def _describe(choices: tuple[Choice, Choice]) -> str:
    kafka, mongo = choices
    if kafka.why == mongo.why:
        chosen = f"{kafka.server.what} and {mongo.server.what}, because {kafka.why}"
    else:
        chosen = " and ".join(f"{each.server.what}, because {each.why}" for each in choices)
    lacks = "; ".join([*kafka.server.lacks, *mongo.server.lacks])
    return f"Backing services: {chosen}.{f' What this cannot show: {lacks}.' if lacks else ''}"


def _both(act: Callable[[Server], None], servers: Sequence[Server]) -> None:
    with ThreadPoolExecutor(len(servers)) as side_by_side:
        for done in [side_by_side.submit(act, server) for server in servers]:
            done.result()


@contextmanager
def _own(data: Path, *, keep: bool) -> Generator[None]:
    """Lock the data folder against another run, and empty it unless it is to be kept."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(f"Another run uses {data}: end it, or give another folder") from None
        if not keep:
            for left_over in (each for each in data.iterdir() if each.name != "lock"):
                shutil.rmtree(left_over) if left_over.is_dir() else left_over.unlink()
        yield
