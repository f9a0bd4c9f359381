"""Kafka with TLS and logins, for real: services and subscribers get in; who does not is told why in one sentence."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pymongo
import pytest

from coaching_events import CalendarPublished, KafkaSecurity, SecurityFault, subscribe
from coaching_events.kafka.refusals import check
from deploy.local import BackingServices
from deploy.local.ports import free_ports
from eventlog import fresh_id
from eventlog.consumers import GroupOffsets
from eventlog.outbox import KafkaPublisher, Topic, ensure_topics, kafka_broker
from examples.quarter.suite import LocalSuite
from goals.app import service as goals
from service_kit.authentication.local_issuer import LocalIssuer
from tests.contracts.issuing import published
from tests.delivery.company import eventually
from tests.delivery.secure_kafka import (
    KEY_PASSWORD,
    LOGIN,
    PASSWORD,
    Authority,
    SecureKafka,
    secure_kafka,
    unsecured_token,
)

ROOT = Path(__file__).parents[2]
SCRAM = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_SASL_USERNAME": LOGIN,
    "KAFKA_SASL_PASSWORD": PASSWORD,
}
BY_TOKEN = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "OAUTHBEARER"}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Generator[SecureKafka]:
    with secure_kafka(tmp_path_factory.mktemp("secure")) as started:
        yield started


def good_token() -> str:
    return unsecured_token(LOGIN, timedelta(hours=1))


def late_token() -> str:
    return unsecured_token(LOGIN, timedelta(hours=-1))


def ways_in(kafka: SecureKafka) -> Mapping[str, tuple[str, Mapping[str, str]]]:
    """Each with the listener it is for."""
    ca = {"KAFKA_SSL_CA": str(kafka.authority.ca)}
    certificate, key = kafka.authority.issue("client", password=KEY_PASSWORD)
    own = {"KAFKA_SSL_CERTIFICATE": str(certificate), "KAFKA_SSL_KEY": str(key), "KAFKA_SSL_KEY_PASSWORD": KEY_PASSWORD}
    bare = {**SCRAM, "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT", "KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"}
    return {
        "plain text": ("open", {}),
        "TLS": ("tls", {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CA": kafka.authority.ca.read_text()}),
        "a client certificate": ("mutual", {"KAFKA_SECURITY_PROTOCOL": "SSL", **ca, **own}),
        "PLAIN": ("login", {**SCRAM, **ca, "KAFKA_SASL_MECHANISM": "PLAIN"}),
        "SCRAM-SHA-256": ("login", {**SCRAM, **ca, "KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"}),
        "SCRAM-SHA-512": ("login", {**SCRAM, **ca}),
        "SCRAM without TLS": ("bare", bare),
        "OAUTHBEARER": ("login", {**BY_TOKEN, **ca, "KAFKA_SASL_OAUTH_PROVIDER": f"{__name__}:good_token"}),
    }


WAYS = (
    "plain text",
    "TLS",
    "a client certificate",
    "PLAIN",
    "SCRAM-SHA-256",
    "SCRAM-SHA-512",
    "SCRAM without TLS",
    "OAUTHBEARER",
)


@pytest.mark.parametrize("way", WAYS)
async def test_every_client_of_a_service_gets_in(kafka: SecureKafka, way: str):
    listener, settings = ways_in(kafka)[way]
    security, url, topic = KafkaSecurity.from_environment(settings), kafka.addresses[listener], f"t.{fresh_id()}"
    await check(url, security)
    await ensure_topics(url, [Topic(topic, 1)], security=security)
    broker = kafka_broker(url, "test", security)
    await broker.start()
    try:
        await KafkaPublisher(broker).send(topic, "key", b"{}", {"ce_id": "a@1"})
    finally:
        await broker.stop()
    async with GroupOffsets(url, [topic], security) as watch:
        assert await watch.ends() == {f"{topic}-0": 1}


async def test_a_token_comes_from_an_endpoint_by_client_credentials(kafka: SecureKafka):
    with published() as login:
        login.answers["/token"] = json.dumps({"access_token": good_token(), "expires_in": 3600})
        given = {
            **BY_TOKEN,
            "KAFKA_SSL_CA": str(kafka.authority.ca),
            "KAFKA_SASL_OAUTH_TOKEN_URL": f"{login.address}/token",
            "KAFKA_SASL_OAUTH_CLIENT_ID": "tandem",
            "KAFKA_SASL_OAUTH_CLIENT_SECRET": "a secret:of/ours",
            "KAFKA_SASL_OAUTH_SCOPE": "kafka",
        }
        security = KafkaSecurity.from_environment(given)
        for _ in range(3):
            await check(kafka.addresses["login"], security)
        (asked,) = login.posted
        assert asked == ("Basic dGFuZGVtOmElMjBzZWNyZXQlM0FvZiUyRm91cnM=", "grant_type=client_credentials&scope=kafka")
        del login.answers["/token"]
        told = "there is no token: the token endpoint (KAFKA_SASL_OAUTH_TOKEN_URL) answered 404"
        with pytest.raises(SecurityFault) as refused:
            await check(kafka.addresses["login"], KafkaSecurity.from_environment(given))
        assert told in str(refused.value)
        login.away = True
        await check(kafka.addresses["login"], KafkaSecurity.from_environment(given))  # it may come back


def wrong_ways(kafka: SecureKafka, folder: Path) -> Mapping[str, tuple[str, Mapping[str, str], str]]:
    """Each with its listener and a part of what is told."""
    ca = {"KAFKA_SSL_CA": str(kafka.authority.ca)}
    foreign = Authority.made(folder / "foreign", "tests")
    certificate, key = foreign.issue("client")
    own = {"KAFKA_SSL_CERTIFICATE": str(certificate), "KAFKA_SSL_KEY": str(key)}
    tls = {"KAFKA_SECURITY_PROTOCOL": "SSL", **ca}
    bare = {**SCRAM, "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}
    late = {**BY_TOKEN, **ca, "KAFKA_SASL_OAUTH_PROVIDER": f"{__name__}:late_token"}
    to = "set KAFKA_SECURITY_PROTOCOL to"
    return {
        "a wrong password": (
            "login",
            {**SCRAM, **ca, "KAFKA_SASL_PASSWORD": "x"},
            "refuses this login (KAFKA_SASL_USER",
        ),
        "a token that has ended": ("login", late, "refuses this login (KAFKA_SASL_OAUTH_…)"),
        "another mechanism": ("bare", {**bare, "KAFKA_SASL_MECHANISM": "PLAIN"}, "it offers SCRAM-SHA-256"),
        "a foreign authority": ("tls", {**tls, "KAFKA_SSL_CA": str(foreign.ca)}, "is not trusted (KAFKA_SSL_CA)"),
        "the system's authorities": ("tls", {"KAFKA_SECURITY_PROTOCOL": "SSL"}, "is not trusted (KAFKA_SSL_CA)"),
        "another name": ("named", tls, "has a certificate for another name (KAFKA_SSL_CHECK_HOSTNAME)"),
        "no client certificate": ("mutual", tls, "set KAFKA_SSL_CERTIFICATE and KAFKA_SSL_KEY"),
        "a foreign client certificate": ("mutual", {**tls, **own}, "refuses this client's TLS (KAFKA_SSL_CERTIFICATE)"),
        "plain text against TLS": ("tls", {}, f"speaks TLS at this port: {to} SSL"),
        "a plain login against TLS": ("login", bare, f"speaks TLS at this port: {to} SASL_SSL"),
        "TLS against plain text": ("open", tls, f"speaks no TLS at this port: {to} PLAINTEXT"),
        "TLS against a plain login": ("bare", {**SCRAM, **ca}, f"speaks no TLS at this port: {to} SASL_PLAINTEXT"),
        "a login where there is none": ("tls", {**SCRAM, **ca}, f"takes no login at this port: {to} SSL"),
        "no login where there is one": ("login", tls, f"without a login: {to} SASL_SSL; it offers OAUTHBEARER, PLAIN"),
        "no login in plain text": ("bare", {}, f"without a login: {to} SASL_PLAINTEXT; it offers SCRAM-SHA-256"),
    }


WRONG = (
    "a wrong password",
    "a token that has ended",
    "another mechanism",
    "a foreign authority",
    "the system's authorities",
    "another name",
    "no client certificate",
    "a foreign client certificate",
    "plain text against TLS",
    "a plain login against TLS",
    "TLS against plain text",
    "TLS against a plain login",
    "a login where there is none",
    "no login where there is one",
    "no login in plain text",
)


@pytest.mark.parametrize("way", WRONG)
async def test_who_is_refused_for_good_is_told_why(kafka: SecureKafka, tmp_path: Path, way: str):
    listener, settings, expected = wrong_ways(kafka, tmp_path)[way]
    named = {"named": kafka.addresses["tls"].replace("127.0.0.1", "localhost")}
    with pytest.raises(SecurityFault) as refused:
        await check({**kafka.addresses, **named}[listener], KafkaSecurity.from_environment(settings))
    assert expected in str(refused.value)
    assert PASSWORD not in str(refused.value)


async def test_a_broker_that_is_away_is_waited_for():
    (port,) = free_ports(1)
    for settings in ({}, {"KAFKA_SECURITY_PROTOCOL": "SSL"}, {**SCRAM}):
        await check(f"127.0.0.1:{port}", KafkaSecurity.from_environment(settings))


def environment(kafka: SecureKafka, services: BackingServices, **more: str) -> dict[str, str]:
    issuer = LocalIssuer()
    return {
        "KAFKA_URL": kafka.addresses["login"],
        "MONGO_URL": services.mongo_url,
        "TOKEN_ISSUER": issuer.issuer,
        "TOKEN_AUDIENCE": issuer.audience,
        "TOKEN_JWKS": issuer.jwks(),
        "TOPIC_PARTITIONS": "1",
        "DATABASE_PREFIX": f"t{fresh_id()[:8]}",
        "PORT": "0",
        "HEALTH_PORT": "0",
        **SCRAM,
        "KAFKA_SSL_CA": str(kafka.authority.ca),
        **more,
    }


@pytest.mark.parametrize(
    "command", [["serve"], ["work"], ["republish"], ["resend", "partnership_1"]], ids=lambda each: each[0]
)
def test_a_process_that_is_refused_says_so_and_ends_with_2(
    kafka: SecureKafka, services: BackingServices, command: list[str]
):
    settings = environment(kafka, services, KAFKA_SASL_PASSWORD="wrong")
    done = subprocess.run(
        [sys.executable, "-m", "partnerships", *command],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=60,
    )
    told = f"Kafka at {kafka.addresses['login']} refuses this login (KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD)."
    assert (done.returncode, told in done.stderr.splitlines()) == (2, True), done.stderr
    assert "Traceback" not in done.stderr


async def test_what_one_service_says_reaches_another_and_a_subscriber(
    kafka: SecureKafka, services: BackingServices, tmp_path: Path
):
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    issuer = LocalIssuer()
    settings = environment(
        kafka,
        services,
        KAFKA_SASL_PASSWORD="",
        KAFKA_SASL_PASSWORD_FILE=str(tmp_path / "password"),
        TOKEN_JWKS=issuer.jwks(),
    )
    suite = LocalSuite(settings, tmp_path)
    serve, work = free_ports(2)
    processes = [suite.process("partnerships", "serve", serve), suite.process("goals", "work", work)]
    try:
        for process in processes:
            process.start()
        headers = {"Authorization": f"Bearer {issuer.token('hr', ['hr.directory'])}", "Idempotency-Key": "calendar"}
        async with httpx.AsyncClient(base_url=processes[0].url, headers=headers, timeout=30) as hr:
            made = await hr.post("/calendars", json={"region": "DE-BE", "year": 2026})
        assert made.status_code == 201, made.text
        security = KafkaSecurity.from_environment(settings)
        told = subscribe(
            types=[CalendarPublished], group="test", bootstrap=kafka.addresses["login"], connection=security
        )
        async with told as deliveries:
            delivery = await anext(aiter(deliveries))
            assert delivery.recorded.stream == made.json()["id"]
        with pymongo.MongoClient[dict[str, Any]](services.mongo_url) as client:
            rows = client[f"{settings['DATABASE_PREFIX']}_goals"][f"read_models_{goals.projection_version}"]

            async def projected() -> Any:
                return rows.find_one({"_id": made.json()["id"]})

            assert await eventually("goals knows the calendar", projected, within=30)
    finally:
        for process in processes:
            process.stop()
