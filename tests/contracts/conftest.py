"""What the contract tests of the event log share: a server, counted commands, and the stores over each driver."""

import os
from collections.abc import AsyncGenerator, Mapping
from typing import get_args
from uuid import uuid4

import pytest
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from eventlog.stores import Store
from eventlog.stores.memory import MemoryStore
from eventlog.stores.mongo import Driver, MongoClient, MongoStore
from tests.contracts.toys import TOPIC

DRIVERS: tuple[Driver, ...] = get_args(Driver)


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
async def clients(mongo_url: str, commands: Commands) -> AsyncGenerator[Mapping[Driver, MongoClient]]:
    """One client over each driver."""
    made: dict[Driver, MongoClient] = {
        driver: MongoClient(mongo_url, driver, listeners=[commands]) for driver in DRIVERS
    }
    yield made
    for client in made.values():
        await client.close()


@pytest.fixture(params=DRIVERS)
def driver(request: pytest.FixtureRequest) -> Driver:
    """A test that asks for this, a client or a store on MongoDB runs once with each driver."""
    return request.param


@pytest.fixture
def client(driver: Driver, clients: Mapping[Driver, MongoClient]) -> MongoClient:
    return clients[driver]


@pytest.fixture
async def database(clients: Mapping[Driver, MongoClient]) -> AsyncGenerator[str]:
    """The name of a database that is gone after the test."""
    name = f"test_{uuid4().hex}"
    yield name
    await clients["motor"].drop(name)


@pytest.fixture
async def mongo_store(client: MongoClient, database: str) -> MongoStore:
    return await _prepared(client, database)


@pytest.fixture
async def stores(clients: Mapping[Driver, MongoClient], database: str) -> Mapping[Driver, MongoStore]:
    """The store over each driver, over one database."""
    return {driver: await _prepared(client, database) for driver, client in clients.items()}


@pytest.fixture(params=["memory", *DRIVERS])
def store(request: pytest.FixtureRequest) -> Store:
    """A test that asks for this runs once with each store; the one in memory needs no server."""
    return MemoryStore(TOPIC) if request.param == "memory" else request.getfixturevalue("stores")[request.param]


async def _prepared(client: MongoClient, database: str) -> MongoStore:
    store = MongoStore(client, database, topic=TOPIC)
    await store.prepare([("toy", "owner"), ("toy", "people"), ("toy", ("owner", "due"))], [("toy", "owner")])
    return store
