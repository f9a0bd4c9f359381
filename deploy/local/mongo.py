"""A server with MongoDB's protocol on this machine: mongod, or SecantusDB in its faster or slower build.

SecantusDB is GPL-2.0-only. It runs as a separate process and is never imported.
"""

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.ready import wait_for_mongo
from deploy.local.server import CannotStart, LocalServer

ALREADY_INITIALIZED = 23
ONE_NODE = "MongoDB is one node: no failover"
SLOW = "the Python build of SecantusDB makes 500 to 750 single writes a second: its figures are no benchmark"
NO_RETRIES = "drivers retry no write there (retryWrites=false): the writer reads the history"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A server program and what it cannot show. ``options`` are for the program, ``url_options`` for its clients."""

    what: str
    program: str
    lacks: Sequence[str]
    options: Sequence[str] = ()
    url_options: str = ""


def find_build(*, test_commands: bool = False) -> Build:
    """The best server on this machine; with ``configureFailPoint`` and similar commands if they are needed.

    Raises CannotStart without a server.
    """
    if program := shutil.which("mongod"):
        options = ["--setParameter", "enableTestCommands=1"] if test_commands else []
        return Build(what="mongod from PATH", program=program, lacks=[ONE_NODE], options=options)
    if not test_commands and (program := shutil.which("secantusd-rs")):
        return Build(what="SecantusDB (secantusd-rs from PATH)", program=program, lacks=[ONE_NODE])
    beside_python = str(Path(sys.executable).parent)
    if program := shutil.which("secantusd-py", path=beside_python) or shutil.which("secantusd-py"):
        lacks = [ONE_NODE, SLOW]
        what = "SecantusDB (secantusd-py, the package)"
        if test_commands:
            return Build(what=what, program=program, lacks=lacks, options=["--enable-test-commands"])
        # For each write it searches all that it keeps for retries: 30 % of the samples of its interpreter after ten
        # minutes of tests. Servers that fail by command keep the drivers' defaults.
        return Build(what=what, program=program, lacks=[*lacks, NO_RETRIES], url_options="&retryWrites=false")
    raise CannotStart(
        "No MongoDB: neither mongod nor secantusd-rs is on PATH, and the package SecantusDB is not installed (it is "
        "made for Python 3.11 to 3.13). Install mongod, start Docker, or make .venv anew with such a Python"
    )


def local_mongo(data: Path, *, test_commands: bool = False) -> LocalServer:
    """A server on a free port with its data in a folder. ``start`` starts it."""
    build = find_build(test_commands=test_commands)
    (port,) = free_ports(1)
    is_mongod = Path(build.program).name == "mongod"

    def prepare() -> Sequence[str]:
        data.mkdir(parents=True, exist_ok=True)
        command = _mongod if is_mongod else _secantus
        return [*command(build.program, port, data), *build.options]

    return LocalServer(
        url=f"mongodb://{LOOPBACK}:{port}/?directConnection=true{build.url_options}",
        what=build.what,
        lacks=build.lacks,
        log=data.parent / "mongo.log",
        prepare=prepare,
        wait=partial(wait_for_replica_set, member=f"{LOOPBACK}:{port}") if is_mongod else wait_for_mongo,
    )


def wait_for_replica_set(url: str, check_alive: Callable[[], None], *, member: str) -> None:
    """Make a new mongod a replica set of one node, ``member``, and wait until it accepts writes."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(url, serverSelectionTimeoutMS=30_000)
    configuration = {"_id": "rs0", "members": [{"_id": 0, "host": member}]}
    try:
        check_alive()
        if not client.admin.command("hello").get("isWritablePrimary"):
            client.admin.command("replSetInitiate", configuration)
    except OperationFailure as refused:
        if refused.code != ALREADY_INITIALIZED:
            raise CannotStart(f"MongoDB does not become a replica set: {refused}") from refused
    except PyMongoError as error:
        check_alive()
        raise CannotStart(f"MongoDB at {url} does not answer: {error}") from error
    finally:
        client.close()
    wait_for_mongo(url, check_alive)


def _mongod(program: str, port: int, data: Path) -> Sequence[str]:
    return [program, "--replSet", "rs0", "--bind_ip", LOOPBACK, "--port", str(port), "--dbpath", str(data)]


def _secantus(program: str, port: int, data: Path) -> Sequence[str]:
    # Without --sync-on-commit the last 40 ms of acknowledged writes are lost with the process (measured, secantusd-rs),
    # and a journaled write must be kept. It halves single writes per second and does not slow bulk writes.
    return [
        program,
        "--host",
        LOOPBACK,
        "--port",
        str(port),
        "--storage-path",
        str(data),
        "--sync-on-commit",
        "--cache-size",
        "2G",
        "--log-level",
        "WARNING",
    ]
