"""The connection to MongoDB: its two drivers, its concerns and limits, and what its errors mean."""

from collections.abc import Callable, Coroutine, Mapping, Sequence, Set
from datetime import UTC, datetime
from functools import wraps
from inspect import isawaitable, iscoroutinefunction
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypeVar, cast

from bson.codec_options import CodecOptions
from bson.errors import BSONError
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from pymongo.monitoring import CommandListener
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from eventlog.stores.documents import StoreUnavailable, TooLarge, Unstorable

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase

SERVER_WITHIN_MS = 5_000
"""Until a primary is found and takes a connection."""
POOL_WITHIN_MS = 5_000
"""Until one of the pool's connections is free."""
ANSWER_WITHIN_MS = 20_000
"""Until a command is answered."""
MAJORITY_WITHIN_MS = 10_000
"""Until a majority has journaled a write. After that nothing is known about the write."""
DUPLICATE_KEY = 11000
_NOT_NOW = frozenset(
    {1, 6, 7, 8, 50, 64, 89, 91, 112, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 14031}
)
"""Error codes that say nothing about the request: unreachable, no primary, interrupted, out of time, a write conflict,
a full disk, or another fault inside the server."""
_TOO_LARGE = frozenset({10334, 17419, 17420})
"""Error codes for a document over the 16 MB that MongoDB holds."""

Driver = Literal["motor", "pymongo"]
"""Motor, or PyMongo's own asyncio client. Only this file and ``aggregated`` know the difference."""
_CLIENTS: Mapping[Driver, object] = {"motor": AsyncIOMotorClient, "pymongo": AsyncMongoClient}

C = TypeVar("C")
P = ParamSpec("P")
T = TypeVar("T")


def translating_errors(kind: type[C]) -> type[C]:
    """Let every public coroutine of a class raise the event log's exceptions instead of a driver's.

    StoreUnavailable if the database is away or did not confirm, TooLarge, Unstorable.
    """
    for name, method in list(vars(kind).items()):
        if iscoroutinefunction(method) and not name.startswith("_"):
            setattr(kind, name, _translated(method))
    return kind


def _translated(method: Callable[P, Coroutine[object, object, T]]) -> Callable[P, Coroutine[object, object, T]]:
    @wraps(method)
    async def translated(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except (ConnectionFailure, ExecutionTimeout, WriteConcernError) as away:
            raise StoreUnavailable(str(away)) from away
        except OperationFailure as failure:
            if _says_nothing(failure):
                raise StoreUnavailable(str(failure)) from failure
            if _codes(failure) & _TOO_LARGE:
                raise TooLarge("it would be over the 16 MB that one document may have") from failure
            raise
        except (BSONError, OverflowError, UnicodeEncodeError) as unfit:
            raise Unstorable(str(unfit)) from unfit

    return translated


@translating_errors
class MongoClient:
    """One connection pool of a process. ``listeners`` watch commands, for measuring."""

    def __init__(
        self, url: str, driver: Driver = "motor", *, listeners: Sequence[CommandListener] = (), pool: int = 50
    ) -> None:
        client = cast(type[AsyncMongoClient[dict[str, Any]]], _CLIENTS[driver])
        self._client = client(
            url,
            maxPoolSize=pool,
            waitQueueTimeoutMS=POOL_WITHIN_MS,
            serverSelectionTimeoutMS=SERVER_WITHIN_MS,
            connectTimeoutMS=SERVER_WITHIN_MS,
            socketTimeoutMS=ANSWER_WITHIN_MS,
            event_listeners=list(listeners),
        )

    def database(self, name: str) -> "AsyncDatabase[Any]":  # each collection has documents of its own type
        """A database with the read and write concerns that every service needs."""
        return self._client.get_database(
            name,
            codec_options=CodecOptions[Any](tz_aware=True),
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern("majority", j=True, wtimeout=MAJORITY_WITHIN_MS),
        )

    async def ping(self) -> None:
        """Return if the database answers; raise StoreUnavailable if not."""
        try:
            await self._client.admin.command("ping")
        except PyMongoError as away:
            raise StoreUnavailable(str(away)) from away

    async def server_time(self) -> datetime:
        """The database server's own clock, UTC."""
        answer = await self._client.admin.command("hello", codec_options=CodecOptions[dict[str, Any]](tz_aware=True))
        return answer["localTime"].astimezone(UTC)

    async def drop(self, name: str) -> None:
        """Remove a database, for tests and fresh simulations."""
        await self._client.drop_database(name)

    async def close(self) -> None:
        """Close all connections."""
        closing: object = self._client.close()
        if isawaitable(closing):  # Motor has closed by now, PyMongo waits until the connections have ended
            await closing


def _says_nothing(failure: OperationFailure) -> bool:
    """Whether an error is about the database's condition and not about the request."""
    if failure.has_error_label("RetryableWriteError") or failure.has_error_label("TransientTransactionError"):
        return True
    if isinstance(failure, BulkWriteError) and failure.details["writeConcernErrors"]:
        return True
    return bool(_codes(failure) & _NOT_NOW)


def _codes(failure: OperationFailure) -> Set[int]:
    if isinstance(failure, BulkWriteError):
        return {error["code"] for error in failure.details["writeErrors"]}
    return set() if failure.code is None else {failure.code}


def only_duplicates(failure: BulkWriteError) -> Mapping[str, Any]:
    """What a bulk did whose inserts met existing documents; raises ``failure`` if anything else went wrong."""
    done: Mapping[str, Any] = failure.details
    if done["writeConcernErrors"] or any(error["code"] != DUPLICATE_KEY for error in done["writeErrors"]):
        raise failure
    return done
