"""The database remembers with which key ids are made: no process goes on with another one, or without."""

import asyncio
import os
import subprocess
import sys

import pytest

from eventlog.mongo import MongoClient, MongoStore
from eventlog.positions import Ids
from service_kit.local_issuer import LocalIssuer

KEY = "a secret of 16 characters or more"


async def test_the_first_key_is_remembered_for_ever(mongo_store: MongoStore):
    assert await mongo_store.ids_are_made_with("")
    for _ in range(2):
        assert await mongo_store.ids_are_made_with("first")
    assert not await mongo_store.ids_are_made_with("second")
    assert not await mongo_store.ids_are_made_with("")


@pytest.mark.parametrize("command", ["serve", "work", "conflicts list"])
@pytest.mark.parametrize("key", [None, "another secret of 16 characters"])
async def test_a_process_with_another_key_or_without_ends_with_a_sentence(
    mongo_url: str, client: MongoClient, database: str, command: str, key: str | None
):
    await MongoStore(client, f"{database}_partnerships", topic="t").ids_are_made_with(Ids(KEY.encode()).fingerprint)
    issuer = LocalIssuer()
    told = {
        "KAFKA_URL": "127.0.0.1:1", "MONGO_URL": mongo_url, "TOKEN_ISSUER": issuer.issuer, "PORT": "0",
        "TOKEN_AUDIENCE": issuer.audience, "TOKEN_JWKS": issuer.jwks(), "DATABASE_PREFIX": database, "HEALTH_PORT": "0",
        **({} if key is None else {"ID_KEY": key}),
    }  # fmt: skip
    ended = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "partnerships", *command.split()], env=os.environ | told,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    await client.drop(f"{database}_partnerships")
    assert ended.returncode == 2
    assert "ID_KEY is not the one that this database's ids are made with: set that one again." in ended.stderr
