"""What the contract tests of the event log share: a server, counted commands, and both stores."""

import os
from collections.abc import AsyncGenerator, Callable
from typing import Any
from uuid import uuid4

import pytest
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from eventlog.memory import MemoryStore
from eventlog.mongo import MongoClient, MongoStore
from eventlog.store import Store
from tests.contracts.toys import TOPIC


class Commands(CommandListener):
    """The commands that went to the database since ``clear``."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...

    def clear(self) -> None:
        self.names.clear()


@pytest.fixture(scope="session")
def mongo_url(request: pytest.FixtureRequest) -> str:
    """A MongoDB server: Kafka need not be started where an address is given."""
    return os.environ.get("MONGO_URL") or request.getfixturevalue("services").mongo_url


@pytest.fixture(scope="session")
def commands() -> Commands:
    return Commands()


@pytest.fixture(scope="session")
async def client(mongo_url: str, commands: Commands) -> AsyncGenerator[MongoClient]:
    client = MongoClient(mongo_url, listeners=[commands])
    yield client
    client.close()


@pytest.fixture
async def database(client: MongoClient) -> AsyncGenerator[str]:
    """The name of a database that is gone after the test."""
    name = f"test_{uuid4().hex}"
    yield name
    await client.drop(name)


@pytest.fixture
async def mongo_store(client: MongoClient, database: str) -> MongoStore:
    store = MongoStore(client, database, topic=TOPIC)
    await store.prepare([("toy", "owner"), ("toy", "people")], [("toy", "owner")])
    return store


@pytest.fixture(params=["memory", "mongo"])
def store(request: pytest.FixtureRequest) -> Store:
    made: dict[str, Callable[[], Any]] = {
        "memory": lambda: MemoryStore(TOPIC),
        "mongo": lambda: request.getfixturevalue("mongo_store"),
    }
    return made[request.param]()
