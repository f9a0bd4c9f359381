"""The twin of ``to-a-row``: two processes that a good engineer writes by hand for one command and one row.

``python -m tests.benchmarks.bare_path serve`` answers as soon as a promise is inserted and sends it meanwhile; ``work``
makes rows of what it hears. Nobody is asked who they are, no rule is asked, and what was sent is recorded nowhere.
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
from eventlog.mongo import MongoClient
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

    app = FastAPI(lifespan=connected)

    @app.post("/partnerships/{partnership}/commitments", status_code=201)
    async def make(partnership: str, body: Make) -> Made:  # pyright: ignore[reportUnusedFunction]
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

    return _with_health(app, lambda: producer is not None)


def working(kafka_url: str, database: Any, topic: str) -> FastAPI:
    """Rows of all that is heard."""
    consumer: Any = None

    @asynccontextmanager
    async def following(_: FastAPI) -> AsyncGenerator[None]:
        nonlocal consumer
        consumer = await started_consumer(kafka_url, topic, fresh_group())
        loop = asyncio.create_task(one_loop(consumer, database[ROWS], BATCH, lambda _: None))
        yield
        loop.cancel()
        await consumer.stop()

    return _with_health(FastAPI(lifespan=following), lambda: consumer is not None and bool(consumer.assignment()))


def _with_health(app: FastAPI, ready: Callable[[], bool]) -> FastAPI:
    @app.get("/health/ready")
    async def health(response: Response) -> None:  # pyright: ignore[reportUnusedFunction]
        response.status_code = 200 if ready() else 503

    return app


def main(role: str) -> None:
    """Run one of the two until it is told to end."""
    as_in_a_service()
    given = os.environ
    database = MongoClient(given["MONGO_URL"]).database(given["DATABASE_PREFIX"])
    make: Callable[[str, Any, str], FastAPI] = {"serve": serving, "work": working}[role]
    port = given["PORT" if role == "serve" else "HEALTH_PORT"]
    app = make(given["KAFKA_URL"], database, given["TOPIC"])
    uvicorn.run(app, host=given["HOST"], port=int(port), log_config=None, access_log=False)


if __name__ == "__main__":
    main(sys.argv[1])
