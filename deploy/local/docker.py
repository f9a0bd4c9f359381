"""Kafka and MongoDB as containers, by testcontainers, from the images that docker-compose.yml names too."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from deploy.local.kafka import COMMON_CONFIGURATION, ONE_BROKER
from deploy.local.mongo import ONE_NODE, wait_for_replica_set
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.ready import wait_for_kafka
from deploy.local.server import CannotStart, guarded, release

KAFKA_IMAGE = "apache/kafka:4.3.1"
MONGO_IMAGE = "mongo:8.0.13"
SECONDS_FOR_DOCKER = 15


def why_not(images: Sequence[str], say: Callable[[str], None]) -> str | None:
    """None if Docker answers and has or can fetch the images. Otherwise the reason, as words that follow "because"."""
    if shutil.which("docker") is None:
        return "there is no Docker"
    if os.environ.get("DOCKER_HOST", "unix:").partition(":")[0] not in ("unix", "npipe"):
        return "Docker runs on another machine"
    if not _succeeds("docker", "info", seconds=SECONDS_FOR_DOCKER):
        return "Docker does not answer"
    for image in images:
        if _succeeds("docker", "image", "inspect", image, seconds=SECONDS_FOR_DOCKER):
            continue
        say(f"fetching the image {image} …")
        if not _succeeds("docker", "pull", "--quiet", image, seconds=900):
            return f"Docker answers but cannot provide the image {image}"
    return None


@dataclass(slots=True, kw_only=True)
class Container:
    """A container. When its starter ends, for any reason, it is removed with its volumes."""

    url: str
    what: str
    lacks: Sequence[str]
    name: str
    make: Callable[[], DockerContainer]
    wait: Callable[[str, Callable[[], None]], None]
    _container: DockerContainer | None = field(default=None, init=False)
    _guardian: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start the container and wait until its service answers."""
        # The guardian removes the container. So the reaper, a third image with access to Docker's socket, is not
        # needed.
        testcontainers_config.ryuk_disabled = True
        self._guardian = guarded("afterwards", ["docker", "rm", "--force", "--volumes", self.name])
        self._container = self.make().with_name(self.name).start()
        self.wait(self.url, self._check_alive)

    def kill(self) -> None:
        """``docker kill``."""
        self._running().get_wrapped_container().kill()

    def restart(self) -> None:
        """Stop the container if it runs, and start the same one, with its port and its data."""
        self._running().get_wrapped_container().restart(timeout=10)
        self.wait(self.url, self._check_alive)

    def stop(self) -> None:
        """Remove the container and its volumes."""
        if (container := self._container) is not None:
            container.get_docker_client().client.close()
        if (guardian := self._guardian) is not None:
            release(guardian)
        self._guardian = self._container = None

    def _running(self) -> DockerContainer:
        if self._container is None:
            raise CannotStart(f"{self.what} has not been started")
        return self._container

    def _check_alive(self) -> None:
        container = self._running()
        container.reload()
        if container.status == "exited":
            out, err = container.get_logs()
            raise CannotStart(f"{self.what} ended while starting:\n{(out + err).decode(errors='replace')[-2000:]}")


def kafka_container() -> Container:
    """Kafka on a free port of the loopback interface."""
    (port,) = free_ports(1)
    configuration = {
        "KAFKA_" + name.replace(".", "_").upper(): value for name, value in _kafka_configuration(port).items()
    }
    return Container(
        url=f"{LOOPBACK}:{port}",
        what=f"{KAFKA_IMAGE} in Docker",
        lacks=[ONE_BROKER],
        name=f"tandem-kafka-{port}",
        make=lambda: _published(DockerContainer(KAFKA_IMAGE).with_envs(**configuration), 9092, port),
        wait=wait_for_kafka,
    )


def mongo_container() -> Container:
    """MongoDB as a replica set of one node, on a free port of the loopback interface."""
    (port,) = free_ports(1)
    command = "mongod --replSet rs0 --bind_ip_all"
    return Container(
        url=f"mongodb://{LOOPBACK}:{port}/?directConnection=true",
        what=f"{MONGO_IMAGE} in Docker",
        lacks=[ONE_NODE],
        name=f"tandem-mongo-{port}",
        make=lambda: _published(DockerContainer(MONGO_IMAGE).with_command(command), 27017, port),
        wait=partial(wait_for_replica_set, member=f"{LOOPBACK}:27017"),
    )


def _kafka_configuration(port: int) -> Mapping[str, str]:
    # With one variable in the environment, the image takes all of its configuration from there. The broker reaches
    # itself by INTERNAL: the clients' address is not reachable inside the container.
    listeners = {"CLIENT": 9092, "CONTROLLER": 9093, "INTERNAL": 9094}
    return {
        **COMMON_CONFIGURATION,
        "controller.quorum.voters": "1@localhost:9093",
        "listeners": ",".join(f"{name}://:{inside}" for name, inside in listeners.items()),
        "advertised.listeners": f"CLIENT://{LOOPBACK}:{port},INTERNAL://localhost:9094",
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in listeners),
        "inter.broker.listener.name": "INTERNAL",
    }


def _published(container: DockerContainer, inside: int, port: int) -> DockerContainer:
    # Only on the loopback interface, because there is no password. `with_bind_ports` has no argument for the interface.
    cast("dict[str, tuple[str, int]]", container.ports)[f"{inside}/tcp"] = (LOOPBACK, port)
    return container


def _succeeds(*command: str, seconds: float) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=seconds).returncode == 0
    except subprocess.TimeoutExpired:
        return False
