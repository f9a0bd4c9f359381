"""The twin of ``to-a-row``: two processes that a good engineer writes by hand for one command and one row.

``python -m tests.benchmarks.bare_path serve`` answers as soon as a promise is inserted and sends it meanwhile; ``work``
makes rows of what it hears. Nobody is asked who they are, no rule is asked, nothing is looked up, the document that is
inserted was made before, no index is kept, and what was sent is recorded nowhere.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Response
from pydantic import AwareDatetime, BaseModel

from coaching_events.envelope import Envelope, headers
from coaching_events.ids import StreamId
from eventlog.stores.mongo import MongoClient
from service_kit.server.server import KEEP_ALIVE
from tests.benchmarks.bare_commands import MADE, ReadyMade
from tests.benchmarks.bare_projecting import one_loop
from tests.benchmarks.known_promise import NOW
from tests.benchmarks.measure import as_in_a_service
from tests.benchmarks.topics import fresh_group, started_consumer

ROWS = "rows"
BATCH = 1000


class Due(BaseModel):
    """A moment."""

    at: AwareDatetime


class Make(BaseModel):
    """A promise, as goals takes it."""

    text: str
    due: Due


class Made(BaseModel):
    """Its id, where goals has it."""

    id: StreamId


def serving(kafka_url: str, database: Any, topic: str) -> FastAPI:
    """Find, insert, answer; send."""
    ready, sending = ReadyMade.both(), set["asyncio.Task[Any]"]()
    producer: Any = None

    @asynccontextmanager
    async def connected(_: FastAPI) -> AsyncGenerator[None]:
        nonlocal producer
        producer = AIOKafkaProducer(bootstrap_servers=kafka_url, acks="all")
        await producer.start()
        yield
        await producer.stop()

    async def make(partnership: str, body: Make) -> Made:
        stream = await ready.make(database["streams"])
        envelope = Envelope(stream=stream, version=1, type=MADE.type, source="/bench", at=NOW, key=partnership)
        value = MADE.model_copy(update={"text": body.text, "due": body.due.at}).model_dump_json(exclude_none=True)
        sent = [(name, text.encode()) for name, text in headers(envelope).items()]
        task = asyncio.create_task(
            producer.send_and_wait(topic, value.encode(), key=partnership.encode(), headers=sent)
        )
        sending.add(task)
        task.add_done_callback(sending.discard)
        return Made(id=stream)

    async def ready_to_serve() -> None:
        """It answers once it has connected."""

    app = FastAPI(lifespan=connected)
    app.add_api_route("/partnerships/{partnership}/commitments", make, methods=["POST"], status_code=201)
    app.add_api_route("/health/ready", ready_to_serve)
    return app


def working(kafka_url: str, database: Any, topic: str) -> FastAPI:
    """Rows of all that is heard."""
    loop: asyncio.Task[None]

    @asynccontextmanager
    async def following(_: FastAPI) -> AsyncGenerator[None]:
        nonlocal loop
        consumer = await started_consumer(kafka_url, topic, fresh_group())
        loop = asyncio.create_task(one_loop(consumer, database[ROWS], BATCH, lambda _: None))
        yield
        loop.cancel()
        await consumer.stop()

    async def still_working(response: Response) -> None:
        response.status_code = 503 if loop.done() else 200

    app = FastAPI(lifespan=following)
    app.add_api_route("/health/ready", still_working)
    return app


def main(role: str) -> None:
    """Run one of the two until it is told to end."""
    as_in_a_service()
    given = os.environ
    database = MongoClient(given["MONGO_URL"]).database(given["DATABASE_PREFIX"])
    make: Callable[[str, Any, str], FastAPI] = {"serve": serving, "work": working}[role]
    port = given["PORT" if role == "serve" else "HEALTH_PORT"]
    app = make(given["KAFKA_URL"], database, given["TOPIC"])
    uvicorn.run(
        app, host=given["HOST"], port=int(port), log_config=None, access_log=False, timeout_keep_alive=KEEP_ALIVE
    )


if __name__ == "__main__":
    main(sys.argv[1])
