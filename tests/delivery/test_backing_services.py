"""What a starter leaves behind (nothing), what a killed service keeps (everything), and what is chosen where."""

# aiokafka annotates only in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any, cast

import pymongo
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import BackingServices, CannotStart, NotOurs, backing_services
from deploy.local.backing import choose
from deploy.local.ports import LOOPBACK, free_ports

ROOT = Path(__file__).parents[2]
SECONDS_TO_START = 90
SECONDS_TO_END = 60


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Generator[BackingServices]:
    """Services of this module's own, which it may kill."""
    with backing_services(tmp_path_factory.mktemp("own"), prefer_docker=False, environment={}) as started:
        yield started


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_starter_ends(end: signal.Signals, tmp_path: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-m", "deploy.local", "--data", str(tmp_path), "--no-docker"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=without_addresses(),
        preexec_fn=as_if_in_the_foreground,
    )
    assert starter.stdout is not None
    with starter.stdout:
        assert starter.stdout.readline().startswith("export KAFKA_URL=127.0.0.1:")
        assert starter.stdout.readline().startswith("export MONGO_URL='mongodb://127.0.0.1:")
    assert len(processes_naming(tmp_path)) >= 4, "the starter, two services and their guardians"
    starter.send_signal(end)
    starter.wait(SECONDS_TO_END)
    assert wait_until_gone(tmp_path) == []


def test_documents_survive_a_killed_server(own: BackingServices) -> None:
    with pymongo.MongoClient[dict[str, Any]](own.mongo_url, w="majority", journal=True) as client:
        for number in range(200):
            client.kept.rows.insert_one({"_id": number})
        own.mongo.kill()
        own.mongo.restart()
        assert client.kept.rows.count_documents({}) == 200


async def test_records_survive_a_killed_broker(own: BackingServices) -> None:
    await create_topic(own.kafka_url, "kept")
    await send(own.kafka_url, "kept", [b"one", b"two"])
    own.kafka.kill()
    own.kafka.restart()
    await send(own.kafka_url, "kept", [b"three"])
    assert await read(own.kafka_url, "kept", count=3) == [b"one", b"two", b"three"]


def test_a_folder_in_use_is_not_wiped(tmp_path: Path) -> None:
    given = {"KAFKA_URL": "127.0.0.1:1", "MONGO_URL": "mongodb://127.0.0.1:1"}
    kept = tmp_path / "kept"
    with held(tmp_path):
        kept.write_text("mine")
        with pytest.raises(CannotStart, match="Another run uses"), backing_services(tmp_path, environment=given):
            pass
    assert kept.exists()


def test_each_address_in_the_environment_is_used_on_its_own(tmp_path: Path) -> None:
    kafka, mongo = choose(
        tmp_path, say=print, prefer_docker=False, environment={"MONGO_URL": "mongodb://me:secret@10.0.0.1:27017"}
    )
    assert (kafka.why, mongo.why) == ("this run is to use no Docker", "MONGO_URL is set")
    assert mongo.server.what == "MongoDB at 10.0.0.1:27017"
    with pytest.raises(NotOurs, match=r"MongoDB at 10.0.0.1:27017 was given by its address"):
        mongo.server.kill()


def test_docker_without_the_images_is_named_and_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers_only_to_info = tmp_path / "docker"
    answers_only_to_info.write_text('#!/bin/sh\n[ "$1" = info ]\n')
    answers_only_to_info.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    kafka, _ = choose(tmp_path, say=print, prefer_docker=True, environment={})
    assert kafka.why == "Docker answers but cannot provide the image apache/kafka:4.3.1"
    assert kafka.server.what.startswith("Apache Kafka 4.3.1 run by ")


def as_if_in_the_foreground() -> None:
    """Ctrl-C is heard also where all of this runs in the background of a shell, which ignores it for what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def without_addresses() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("KAFKA_URL", "MONGO_URL")}


def held(folder: Path) -> "subprocess.Popen[str]":
    """A process that holds the folder's lock until its input closes."""
    holder = "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", holder, str(folder / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    return process


def processes_naming(folder: Path) -> list[str]:
    listed = subprocess.run(["ps", "-axww", "-o", "pid=,command="], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(folder) in line]


def wait_until_gone(folder: Path) -> list[str]:
    limit = time.monotonic() + SECONDS_TO_END
    while (left := processes_naming(folder)) and time.monotonic() < limit:
        time.sleep(0.1)
    return left


async def create_topic(url: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=url)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    finally:
        await admin.close()


async def send(url: str, topic: str, values: list[bytes]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=url, acks="all") as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


async def read(url: str, topic: str, *, count: int) -> list[bytes]:
    async with AIOKafkaConsumer(topic, bootstrap_servers=url, auto_offset_reset="earliest") as consumer:
        records = [await consumer.getone() for _ in range(count)]
    return [cast("bytes", record.value) for record in records]


def test_a_port_stays_ours_while_nothing_listens_there() -> None:
    (port,) = free_ports(1)
    for _ in range(2):  # a server of ours, and then the same one restarted
        socket.create_server((LOOPBACK, port)).close()
    with socket.socket() as stranger, pytest.raises(OSError, match="in use"):
        stranger.bind((LOOPBACK, port))
