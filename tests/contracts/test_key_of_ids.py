"""The database remembers with which key ids are made: no process goes on with another one, or without."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping

import pytest

from eventlog import Ids, fresh_id
from eventlog.stores.mongo import Driver, MongoClient, MongoStore
from service_kit.authentication.local_issuer import LocalIssuer

KEY, OTHER = "a secret of 16 characters or more", "another secret of 16 characters"


async def test_the_first_key_is_remembered_for_ever(mongo_store: MongoStore):
    assert await mongo_store.ids_are_made_with("")
    for _ in range(2):
        assert await mongo_store.ids_are_made_with("first")
    assert not await mongo_store.ids_are_made_with("second")
    assert not await mongo_store.ids_are_made_with("")


@pytest.mark.parametrize(
    ("command", "key"), [("serve", None), ("serve", OTHER), ("work", OTHER), ("conflicts list", OTHER)]
)
async def test_a_process_with_another_key_or_without_ends_with_a_sentence(
    mongo_url: str, clients: Mapping[Driver, MongoClient], command: str, key: str | None
):
    prefix = f"ids_{fresh_id()[:8]}"
    store = MongoStore(clients["motor"], f"{prefix}_partnerships", topic="t")
    await store.ids_are_made_with(Ids(KEY.encode()).fingerprint)
    issuer = LocalIssuer()
    told = {
        "KAFKA_URL": "127.0.0.1:1",
        "MONGO_URL": mongo_url,
        "TOKEN_ISSUER": issuer.issuer,
        "PORT": "0",
        "TOKEN_AUDIENCE": issuer.audience,
        "TOKEN_JWKS": issuer.jwks(),
        "DATABASE_PREFIX": prefix,
        "HEALTH_PORT": "0",
        **({} if key is None else {"ID_KEY": key}),
    }
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "partnerships", *command.split()],
        env=os.environ | told,
        capture_output=True,
        text=True,
        timeout=60,
    )
    await clients["motor"].drop(f"{prefix}_partnerships")
    assert ended.returncode == 2
    assert "ID_KEY is not the key that made the ids in this database: set that key again." in ended.stderr
