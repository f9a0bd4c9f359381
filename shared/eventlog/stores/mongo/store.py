"""The store on MongoDB: the one file that imports a driver of it. Majority reads, journaled majority writes."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence, Set
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps
from inspect import isawaitable
from typing import Any, Literal, TypeVar, cast

import bson
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ASCENDING, AsyncMongoClient, InsertOne, ReplaceOne, UpdateMany, UpdateOne
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    OperationFailure,
    PyMongoError,
    WriteConcernError,
)
from pymongo.monitoring import CommandListener
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from coaching_events.ids import StreamId
from eventlog.clock import EPOCH, wall_now
from eventlog.stores.documents import (
    REFUSALS_KEPT,
    DeadLetter,
    DeadLetterCount,
    Discard,
    Document,
    Entry,
    Order,
    OutstandingWork,
    Place,
    ReadModel,
    ReadModelWrite,
    Reason,
    Refusal,
    StoreUnavailable,
    TooLarge,
    Unstorable,
    Value,
    Write,
)
from eventlog.stores.mongo.documents import (
    PUBLISHED,
    WITHOUT_HISTORY,
    Raw,
    document_from,
    entry_from,
    field_of,
    in_order,
    letter_from,
    matching,
    of_kind,
    raw_letter,
    raw_read_model,
    read_model_from,
    to_insert,
    to_resnapshot,
    to_update,
)

SERVER_WITHIN_MS = 5_000
"""Until a primary is found and takes a connection."""
POOL_WITHIN_MS = 5_000
"""Until one of the pool's connections is free."""
ANSWER_WITHIN_MS = 20_000
"""Until a command is answered."""
MAJORITY_WITHIN_MS = 10_000
"""Until a majority has journaled a write; after that nothing is known about it."""
LARGEST_VALUE = 15 * 1024 * 1024
"""Bytes of one row: MongoDB holds 16 MB, with its envelope."""
MOST_LOOKED_AT = 2_000
"""Unpublished documents among which the oldest is looked for."""
RENAMED: Mapping[str, str] = {
    "shape": "schema_version",
    "words": "personal_texts",
    "claimed_until": "leased_until",
    "unpublished_since": "outbox_since",
    "unpublished_from": "outbox_from",
}
"""Fields of documents as they were called before 0.3.0, and as they are called now."""
_DUPLICATE_KEY = 11000
_NOT_NOW = frozenset(
    {1, 6, 7, 8, 50, 64, 89, 91, 112, 134, 189, 262, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 14031}
)
"""Codes that say nothing about what was asked: unreachable, no primary, interrupted, out of time, a write conflict, a
full disk, or whatever else is wrong inside the server."""
_TOO_LARGE = frozenset({10334, 17419, 17420})
"""Codes of a document that would be over the 16 MB that MongoDB holds."""

Driver = Literal["motor", "pymongo"]
"""Motor, or the asyncio client that PyMongo has of its own. All but the client itself is one code for both."""
_CLIENTS: Mapping[Driver, Any] = {"motor": AsyncIOMotorClient, "pymongo": AsyncMongoClient}

Asking = TypeVar("Asking", bound=Callable[..., Coroutine[Any, Any, Any]])


def _answers(method: Asking) -> Asking:
    """Turn what a driver raises when the database is away or unsure into StoreUnavailable."""

    @wraps(method)
    async def asked(*args: Any, **kwargs: Any) -> Any:
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

    return cast(Asking, asked)


class MongoClient:
    """One connection pool of a process. ``listeners`` watch commands, for measuring."""

    def __init__(
        self, url: str, driver: Driver = "motor", *, listeners: Sequence[CommandListener] = (), pool: int = 50
    ) -> None:
        self._client: Any = _CLIENTS[driver](
            url,
            maxPoolSize=pool,
            waitQueueTimeoutMS=POOL_WITHIN_MS,
            serverSelectionTimeoutMS=SERVER_WITHIN_MS,
            connectTimeoutMS=SERVER_WITHIN_MS,
            socketTimeoutMS=ANSWER_WITHIN_MS,
            event_listeners=list(listeners),
        )

    def database(self, name: str) -> Any:
        """A database with the concerns that this design needs."""
        return self._client.get_database(
            name,
            codec_options=CodecOptions(tz_aware=True),
            read_concern=ReadConcern("majority"),
            write_concern=WriteConcern("majority", j=True, wtimeout=MAJORITY_WITHIN_MS),
        )

    async def ping(self) -> None:
        """Return if the database answers; raise StoreUnavailable if not."""
        try:
            await self._client.admin.command("ping")
        except PyMongoError as away:
            raise StoreUnavailable(str(away)) from away

    @_answers
    async def server_time(self) -> datetime:
        """The database server's own clock, UTC; StoreUnavailable if it does not answer."""
        answer = await self._client.admin.command("hello", codec_options=CodecOptions(tz_aware=True))
        return answer["localTime"].astimezone(UTC)

    async def drop(self, name: str) -> None:
        """Remove a database, for tests and fresh simulations."""
        await self._client.drop_database(name)

    async def close(self) -> None:
        """Give the connections back."""
        closing = self._client.close()
        if isawaitable(closing):  # Motor has closed by now, PyMongo waits for the connections' end
            await closing


class MongoStore:
    """Store over one database of a service.

    Its collections: ``streams``, ``read_models_<version>`` and which versions are ``built``, ``dead_letters``,
    ``discards``, ``refusals``, which versions of ``packages`` decisions were made with, and ``installation``: which
    key ids are made with.
    """

    def __init__(self, client: MongoClient, database: str, *, topic: str = "", projection_version: int = 1) -> None:
        self._database = client.database(database)
        self._streams = self._database["streams"]
        self._read_models = self._database[f"read_models_{projection_version}"]
        self._letters = self._database["dead_letters"]
        self._discards = self._database["discards"]
        self._built = self._database["built"]
        self._packages = self._database["packages"]
        self._refusals = self._database["refusals"]
        self._installation = self._database["installation"]
        self._topic = topic
        self._number = projection_version

    @_answers
    async def prepare(
        self, indexes: Iterable[tuple[str, str | tuple[str, ...]]], row_indexes: Iterable[tuple[str, str]] = ()
    ) -> None:
        """Make the indexes: (kind, field of the state, or several) for streams, (kind, field of the value) for views.

        Documents that were stored before 0.3.0 get the names that fields have now.
        """
        await self._streams.update_many({"shape": {"$exists": True}}, {"$rename": RENAMED})
        await self._refusals.update_many({"facts": {"$exists": True}}, {"$rename": {"facts": "extensions"}})
        await self._streams.create_index([("wake_at", ASCENDING)], sparse=True)
        await self._streams.create_index([("outbox_since", ASCENDING)], sparse=True)
        for names in sorted({(each,) if isinstance(each, str) else each for _, each in indexes}):
            await self._streams.create_index([*((f"state.{name}", ASCENDING) for name in names), ("_id", ASCENDING)])
        for name in sorted({field for _, field in row_indexes}):
            await self._read_models.create_index([(f"value.{name}", ASCENDING)], sparse=True)
        await self._letters.create_index([("stream", ASCENDING)], sparse=True)
        await self._letters.create_index([("next_try", ASCENDING)])
        await self._letters.create_index([("since", ASCENDING), ("_id", ASCENDING)])
        await self._refusals.create_index([("at", ASCENDING)], expireAfterSeconds=int(REFUSALS_KEPT.total_seconds()))

    @_answers
    async def read(self, stream: StreamId, command: str) -> Document | None:
        """One find; the server filters the command's entries out of the history."""
        # Without $literal a command that begins with "$" would name a field.
        answered = {"$filter": {"input": "$history", "cond": {"$eq": ["$$this.command", {"$literal": command}]}}}
        found = await self._streams.find_one({"_id": stream}, WITHOUT_HISTORY | {"answered": answered})
        return self._document(found) if found else None

    @_answers
    async def history(self, stream: StreamId, after: int = 0) -> tuple[Entry, ...]:
        """One find with the history, or its end."""
        part: Any = 1 if after == 0 else {"$filter": {"input": "$history", "cond": {"$gt": ["$$this.version", after]}}}
        found = await self._streams.find_one({"_id": stream}, {"history": part})
        return tuple(entry_from(raw) for raw in found["history"]) if found else ()

    @_answers
    async def personal_texts(self, stream: StreamId) -> Mapping[str, str]:
        """One find."""
        found = await self._streams.find_one({"_id": stream}, {"personal_texts": 1})
        return found.get("personal_texts", {}) if found else {}

    @_answers
    async def some_personal_texts(self, streams: Collection[StreamId], names: Collection[str]) -> Mapping[str, str]:
        """One find that reads these texts alone."""
        if not streams or not names:
            return {}
        wanted = {f"personal_texts.{name}": 1 for name in names}
        found = await self._streams.find({"_id": {"$in": list(streams)}}, wanted).to_list(None)
        return {name: text for each in found for name, text in each.get("personal_texts", {}).items()}

    @_answers
    async def states(self, streams: Collection[StreamId]) -> list[Document]:
        """One find."""
        if not streams:
            return []
        cursor = self._streams.find({"_id": {"$in": list(streams)}}, WITHOUT_HISTORY)
        return [self._document(found) for found in await cursor.to_list(None)]

    @_answers
    async def find(
        self,
        kind: str,
        where: Mapping[str, Any],
        *,
        after: StreamId | None = None,
        limit: int = 1000,
        order: Order | None = None,
    ) -> list[Document]:
        """One find by an index of the state's fields; from a place in an order on two, side by side."""
        filters = matching("state", where)
        if order is None:
            return await self._sorted(filters | of_kind(kind, after), ("_id",), limit)
        fields = (f"state.{order.field}", "_id")
        parts = [self._sorted(part, fields, limit) for part in in_order(filters, kind, order)]
        return [document for part in await asyncio.gather(*parts) for document in part][:limit]

    @_answers
    async def append(self, write: Write) -> bool:
        """One insert for a new document, else one guarded update."""
        write.refuse_too_large()
        if write.version == 0:
            try:
                await self._streams.insert_one(to_insert(write))
            except DuplicateKeyError:
                return False
            return True
        changed = await self._streams.update_one(*to_update(write))
        return changed.matched_count == 1

    @_answers
    async def append_many(self, writes: Sequence[Write]) -> int:
        """One unordered bulk of inserts and guarded updates."""
        if not writes:
            return 0
        for write in writes:
            write.refuse_too_large()
        bulk = [UpdateOne(*to_update(each)) if each.version else InsertOne(to_insert(each)) for each in writes]
        try:
            result = await self._streams.bulk_write(bulk, ordered=False)
        except BulkWriteError as partly:
            done = partly.details
            if done["writeConcernErrors"] or any(error["code"] != _DUPLICATE_KEY for error in done["writeErrors"]):
                raise
            return done["nInserted"] + done["nMatched"]
        return result.inserted_count + result.matched_count

    @_answers
    async def with_other_schema(
        self, kind: str, schema_version: int, *, after: StreamId | None = None, limit: int = 1000
    ) -> list[Document]:
        """One find along the ids: no index is kept for what is looked for once in a while."""
        filters = of_kind(kind, after) | {"schema_version": {"$ne": schema_version}}
        cursor = self._streams.find(filters, WITHOUT_HISTORY).sort("_id", ASCENDING).limit(limit)
        return [self._document(found) for found in await cursor.to_list(None)]

    @_answers
    async def resnapshot(self, documents: Sequence[Document]) -> int:
        """One unordered bulk of guarded updates."""
        if not documents:
            return 0
        result = await self._streams.bulk_write([UpdateOne(*to_resnapshot(each)) for each in documents], ordered=False)
        return result.matched_count

    @_answers
    async def due(self, now: datetime, wall: datetime, until: datetime, limit: int) -> list[Document]:
        """A find and a claim; where another worker took some in between, a second find for what was won."""
        due = {"wake_at": {"$lte": now}, "leased_until": {"$lte": wall}}
        cursor = self._streams.find(due, WITHOUT_HISTORY, batch_size=limit + 1).sort("wake_at", ASCENDING).limit(limit)
        found = await cursor.to_list(None)
        if not found:
            return []
        ids = [document["_id"] for document in found]
        claim = {"_id": {"$in": ids}} | due
        claimed = await self._streams.update_many(claim, {"$set": {"leased_until": until}})
        if claimed.modified_count != len(found):
            won = {"_id": {"$in": ids}, "leased_until": until}
            found = await self._streams.find(won, WITHOUT_HISTORY).sort("wake_at", ASCENDING).to_list(None)
        return [self._document(document) for document in found]

    @_answers
    async def lease_until(self, stream: StreamId, until: datetime) -> None:
        """One update."""
        await self._streams.update_one({"_id": stream}, {"$set": {"leased_until": until}})

    @_answers
    async def acknowledge(self, topic: str, versions: Mapping[StreamId, int]) -> None:
        """One unordered bulk with an update for each version.

        A document that has moved on is covered by the newer write's acknowledgement.
        """
        if not versions:
            return
        field = f"published.{field_of(topic)}"
        at_version: dict[int, list[StreamId]] = {}
        for stream, version in versions.items():
            at_version.setdefault(version, []).append(stream)
        await self._streams.bulk_write(
            [
                UpdateMany(
                    {"_id": {"$in": streams}, "version": version}, {"$set": {field: version}, "$unset": PUBLISHED}
                )
                for version, streams in at_version.items()
            ],
            ordered=False,
        )

    @_answers
    async def unpublished(self, before: datetime, ahead: datetime, limit: int) -> list[Document]:
        """A find and an update of the mark; two sweepers that meet send duplicates, which readers know."""
        late = {"outbox_since": {"$lte": before}}
        cursor = self._streams.find(late, WITHOUT_HISTORY).sort("outbox_since", ASCENDING).limit(limit)
        found = await cursor.to_list(None)
        if found:
            claim = {"_id": {"$in": [document["_id"] for document in found]}} | late
            await self._streams.update_many(claim, {"$set": {"outbox_since": ahead}})
        return [self._document(document) for document in found]

    @_answers
    async def oldest_unpublished(self) -> datetime | None:
        """One aggregation over those that are unpublished, by the index of the sweep."""
        since = {"$ifNull": ["$outbox_from", "$outbox_since"]}  # documents of before had the second alone
        found = await self._aggregated(
            self._streams,
            [
                {"$match": {"outbox_since": {"$gt": EPOCH}}},
                {"$limit": MOST_LOOKED_AT},
                {"$group": {"_id": None, "since": {"$min": since}}},
            ],
        )
        return found[0]["since"] if found else None

    @_answers
    async def behind(self, before: datetime, *, after: StreamId | None = None, limit: int = 1000) -> list[Document]:
        """One find along the ids: no index is kept for what is looked for once in a while."""
        lacks: dict[str, Any] = {"$lt": [{"$ifNull": [f"$published.{field_of(self._topic)}", 0]}, "$version"]}
        filters = {"_id": {"$gt": after or ""}, "$expr": lacks, "outbox_since": {"$not": {"$gt": before}}}
        cursor = self._streams.find(filters, WITHOUT_HISTORY).sort("_id", ASCENDING).limit(limit)
        return [self._document(found) for found in await cursor.to_list(None)]

    @_answers
    async def outstanding(self, now: datetime) -> OutstandingWork:
        """Two counts, one after the other: what is decided between them is among the second."""
        due = await self._streams.count_documents({"wake_at": {"$lte": now}})
        return OutstandingWork(
            due=due, unpublished=await self._streams.count_documents({"outbox_since": {"$gt": EPOCH}})
        )

    @_answers
    async def next_wake(self) -> datetime | None:
        """One find, by the index of the sweep."""
        earliest = await self._streams.find_one({"wake_at": {"$exists": True}}, {"wake_at": 1}, sort=[("wake_at", 1)])
        return earliest["wake_at"] if earliest else None

    @_answers
    async def ids_are_made_with(self, fingerprint: str) -> bool:
        """Whether ids are made with the key of this fingerprint; the first that is not empty is remembered for ever."""
        if fingerprint:
            with suppress(DuplicateKeyError):
                await self._installation.insert_one({"_id": "ids", "key": fingerprint})
        noted = await self._installation.find_one({"_id": "ids"})
        return noted is None or noted["key"] == fingerprint

    @_answers
    async def note_read_models_built(self) -> None:
        """Remember that rows of this number have once held all that their topics did."""
        await self._built.update_one({"_id": self._number}, {"$setOnInsert": {"at": wall_now()}}, upsert=True)

    @_answers
    async def read_models_are_built(self) -> bool:
        """Whether they have; also where those of no number have, which is so until the first worker is through."""
        built = [raw["_id"] for raw in await self._built.find().to_list(None)]
        return not built or self._number in built

    @_answers
    async def note_packages(self, versions: Mapping[str, str]) -> None:
        """Remember, for each package, that decisions were made with this version of its data."""
        for name, version in versions.items():
            noted = {"name": name, "version": version, "since": wall_now()}
            await self._packages.update_one({"_id": f"{name} {version}"}, {"$setOnInsert": noted}, upsert=True)

    @_answers
    async def packages(self) -> list[tuple[str, str]]:
        """Every package and version that was noted so."""
        return [(raw["name"], raw["version"]) for raw in await self._packages.find().to_list(None)]

    @_answers
    async def read_models(self, streams: Collection[StreamId]) -> dict[StreamId, ReadModel]:
        """One find."""
        if not streams:
            return {}
        # With room for one more than it asks for, the answer comes whole; by default the server sends 101 and waits.
        cursor = self._read_models.find({"_id": {"$in": list(streams)}}, batch_size=len(streams) + 1)
        return {raw["_id"]: read_model_from(raw) for raw in await cursor.to_list(None)}

    @_answers
    async def find_read_models(self, kind: str, where: Mapping[str, Any], *, limit: int = 1000) -> list[ReadModel]:
        """One find, by the index of the value's field."""
        filters = matching("value", where) | of_kind(kind)
        return [read_model_from(raw) for raw in await self._read_models.find(filters).limit(limit).to_list(None)]

    @_answers
    async def write_read_models(self, writes: Sequence[ReadModelWrite]) -> set[StreamId]:
        """One unordered bulk; a find only where it says that some rows to be replaced had moved."""
        if not writes:
            return set()
        requests = [
            InsertOne(raw_read_model(w.read_model))
            if w.was is None
            else ReplaceOne(
                {"_id": w.read_model.stream, "at": w.was.at, "gaps": w.was.gaps}, raw_read_model(w.read_model)
            )
            for w in writes
        ]
        met = set[StreamId]()
        try:
            result = (await self._read_models.bulk_write(requests, ordered=False)).bulk_api_result
        except BulkWriteError as partial:
            result = partial.details
            if result["writeConcernErrors"] or any(e["code"] != _DUPLICATE_KEY for e in result["writeErrors"]):
                raise
            for error in result["writeErrors"]:
                place: int = error["index"]
                met.add(writes[place].read_model.stream)
        if result["nInserted"] + result["nMatched"] + len(met) == len(writes):
            return met
        # The bulk tells how many replacements met nothing, not which.
        unsure = [write.read_model for write in writes if write.read_model.stream not in met]
        now = await self.read_models([read_model.stream for read_model in unsure])
        return met | {
            read_model.stream for read_model in unsure if not _is_kept(read_model, now.get(read_model.stream))
        }

    def refuse_unfit(self, value: Value) -> None:
        """Try to encode it, as the driver would."""
        try:
            size = len(bson.encode(value))
        except (BSONError, OverflowError, UnicodeEncodeError) as unfit:
            raise Unstorable(str(unfit)) from unfit
        if size > LARGEST_VALUE:
            raise Unstorable(f"a row of {size} bytes is over {LARGEST_VALUE}")

    @_answers
    async def put_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """One unordered bulk of upserts."""
        if letters:
            writes = [
                UpdateOne(
                    {"_id": letter.id}, {"$set": raw_letter(letter), "$setOnInsert": {"since": letter.since}}, True
                )
                for letter in letters
            ]
            await self._letters.bulk_write(writes, ordered=False)

    @_answers
    async def dead_letters(
        self,
        *,
        handler: str | None = None,
        streams: Collection[StreamId] | None = None,
        reason: Reason | None = None,
        due: datetime | None = None,
        after: Place | None = None,
        limit: int | None = 1000,
    ) -> list[DeadLetter]:
        """One find."""
        filters: dict[str, Any] = {}
        if handler is not None:
            filters["handler"] = handler
        if streams is not None:
            filters["stream"] = {"$in": list(streams)}
        if reason is not None:
            filters["reason"] = reason
        if due is not None:
            filters["next_try"] = {"$lte": due}
        if after is not None:
            since, id = after
            filters["since"] = {"$gte": since}
            filters["$or"] = [{"since": {"$gt": since}}, {"since": since, "_id": {"$gt": id}}]
        cursor = self._letters.find(filters).sort([("since", ASCENDING), ("_id", ASCENDING)])
        return [letter_from(raw) for raw in await (cursor if limit is None else cursor.limit(limit)).to_list(None)]

    @_answers
    async def dead_letter(self, id: str) -> DeadLetter | None:
        """One find."""
        found = await self._letters.find_one({"_id": id})
        return None if found is None else letter_from(found)

    @_answers
    async def dead_letter_counts(self) -> Mapping[Reason, DeadLetterCount]:
        """One aggregation."""
        by_reason = {"_id": "$reason", "letters": {"$sum": 1}, "since": {"$min": "$since"}}
        found = await self._aggregated(self._letters, [{"$group": by_reason}])
        return {raw["_id"]: DeadLetterCount(raw["letters"], raw["since"]) for raw in found}

    @_answers
    async def drop_dead_letters(self, ids: Collection[str]) -> None:
        """One delete."""
        if ids:
            await self._letters.delete_many({"_id": {"$in": list(ids)}})

    @_answers
    async def keep_refusal(self, refusal: Refusal) -> None:
        """One upsert; an index removes it in time."""
        kept = {name: getattr(refusal, name) for name in ("request", "type", "detail", "extensions", "at")}
        await self._refusals.update_one({"_id": refusal.command}, {"$setOnInsert": kept}, upsert=True)

    @_answers
    async def refusal(self, command: str) -> Refusal | None:
        """One find."""
        raw = await self._refusals.find_one({"_id": command, "at": {"$gt": wall_now() - REFUSALS_KEPT}})
        return None if raw is None else Refusal(command=raw.pop("_id"), **raw)

    @_answers
    async def discard(self, decision: Discard) -> None:
        """One upsert."""
        kept = {"_id": decision.id, "by": decision.by, "at": decision.at, "why": decision.why}
        await self._discards.replace_one({"_id": decision.id}, kept, upsert=True)

    @_answers
    async def discards(self, ids: Collection[str]) -> list[Discard]:
        """One find."""
        if not ids:
            return []
        found = await self._discards.find({"_id": {"$in": list(ids)}}).to_list(None)
        return [Discard(id=raw["_id"], by=raw["by"], at=raw["at"], why=raw["why"]) for raw in found]

    async def _aggregated(self, collection: Any, stages: Sequence[Mapping[str, Any]]) -> list[Any]:
        cursor = collection.aggregate(stages)
        if isawaitable(cursor):  # one driver answers with the cursor, the other has to be waited for
            cursor = await cursor
        return await cursor.to_list(None)

    async def _sorted(self, filters: Raw, fields: Sequence[str], limit: int) -> list[Document]:
        by = [(field, ASCENDING) for field in fields]
        cursor = self._streams.find(filters, WITHOUT_HISTORY).sort(by).limit(limit)
        return [self._document(found) for found in await cursor.to_list(None)]

    def _document(self, raw: Raw) -> Document:
        return document_from(raw, self._topic)


class SimulatedClock:
    """Domain time as one document that every process reads when it acts; who plays moves it on."""

    def __init__(self, client: MongoClient, database: str = "tandem_clock") -> None:
        self._instants = client.database(database)["clock"]

    @_answers
    async def now(self) -> datetime:
        """The instant that was set last; StoreUnavailable if none was."""
        found = await self._instants.find_one({"_id": "now"})
        if found is None:
            raise StoreUnavailable("the simulated clock has not been set: whoever plays sets it first")
        return found["instant"]

    @_answers
    async def set(self, instant: datetime) -> None:
        """Move domain time."""
        await self._instants.replace_one({"_id": "now"}, {"_id": "now", "instant": instant}, upsert=True)


def _is_kept(read_model: ReadModel, now: ReadModel | None) -> bool:
    return now is not None and (now, now.digests) == (read_model, read_model.digests)


def _says_nothing(failure: OperationFailure) -> bool:
    """Whether it is about the database's condition and not about what was asked."""
    if failure.has_error_label("RetryableWriteError") or failure.has_error_label("TransientTransactionError"):
        return True
    if isinstance(failure, BulkWriteError) and failure.details["writeConcernErrors"]:
        return True
    return bool(_codes(failure) & _NOT_NOW)


def _codes(failure: OperationFailure) -> Set[int]:
    if isinstance(failure, BulkWriteError):
        return {error["code"] for error in failure.details["writeErrors"]}
    return set() if failure.code is None else {failure.code}
