"""Who may write which topic: one login a service, named at the broker, and readers that believe no other topic."""

# aiokafka annotates only in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import argparse
import shlex
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from pymongo import AsyncMongoClient

from coaching_events import KafkaSecurity
from coaching_events.ids import StreamId
from coaching_events.topics import SERVICE_OF_KIND, TOPICS
from deploy.kafka_acls import SERVICES, lines
from deploy.local import BackingServices
from deploy.local.ports import free_ports
from eventlog import fresh_id, wall_now
from eventlog.consumers import Projections, Reaction, Reactions
from eventlog.outbox import BrokerUnavailable, KafkaPublisher, Topic, ensure_topics, kafka_broker
from eventlog.stores.memory import MemoryStore
from examples.quarter.suite import LocalSuite
from goals.app import service as goals
from service_kit.authentication.local_issuer import LocalIssuer
from tests.contracts.toys import TOPIC, ToyMoved, record, toy_log, toy_rows
from tests.delivery.company import eventually
from tests.delivery.secure_kafka import PASSWORD, SecureKafka, secure_kafka

ROOT = Path(__file__).parents[2]
TOY = StreamId("toy_a")
ACLS_ON = {
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "super.users": "User:ANONYMOUS",  # who comes in plain text from this machine: the administrator and the broker
}
Json = dict[str, Any]


async def test_a_stream_is_taken_from_its_owners_topic_alone():
    store, heard = MemoryStore(), list[str]()

    async def hear(recorded: Any, log: Any) -> None:
        heard.append(recorded.position)

    rows = Projections("toys.projections", store, [toy_rows()], {"toy": "coaching.elsewhere.v1"})
    reactions = Reactions(toy_log(store), [Reaction("hear", (ToyMoved,), hear)], rows)
    await rows.take([record(TOY, 1)])
    await reactions.take([record(TOY, 1)])
    assert (await store.read_models([TOY]), heard) == ({}, [])
    letters = await store.dead_letters()
    assert {letter.id for letter in letters} == {f"toys.projections|{TOPIC}-0-0", f"toys.reactions|{TOPIC}-0-0"}
    (told,) = {letter.error for letter in letters}
    assert told == f"a toy comes on coaching.elsewhere.v1 alone, and this one came on {TOPIC}"


@pytest.mark.parametrize("service", SERVICES, ids=lambda each: each.name)
def test_every_service_knows_on_which_topic_each_stream_comes(service: Any):
    assert service.sources == {kind: TOPICS[owner] for kind, owner in SERVICE_OF_KIND.items()}
    assert service.moved({"goals": "coaching.goals.v2"}).sources["commitment"] == "coaching.goals.v2"


def test_the_operations_guide_has_every_right():
    told = (ROOT / "docs" / "operations.md").read_text()
    assert "\n".join(f"kafka-acls $ADMIN {line}" for line in lines()) in told


def asked(line: str) -> CreateAclsRequest:
    """What kafka-acls asks of the broker with these arguments, by the numbers of Kafka's protocol."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--add", action="store_true", required=True)
    for name in ("--allow-principal", "--operation", "--topic", "--group", "--resource-pattern-type"):
        parser.add_argument(name)
    given = parser.parse_args(shlex.split(line))
    kind, name = (2, given.topic) if given.topic else (3, given.group)
    pattern = {"prefixed": 4, None: 3}[given.resource_pattern_type]
    operation = {"Read": 3, "Write": 4}[given.operation]
    return CreateAclsRequest(kind, name, pattern, given.allow_principal, "*", operation, 3)


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Generator[SecureKafka]:
    with secure_kafka(tmp_path_factory.mktemp("named"), [*TOPICS], ACLS_ON) as started:
        yield started


@pytest.fixture(scope="module")
async def named(kafka: SecureKafka) -> SecureKafka:
    """With the topics, and the rights that the guide names."""
    await ensure_topics(kafka.server.url, [Topic(name, 1) for name in TOPICS.values()])
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.server.url)
    await admin.start()
    try:
        for line in lines():
            answer: Any = await admin._send_to_controller(asked(line))  # pyright: ignore[reportPrivateUsage]
            assert [code for code, _ in answer.creation_responses] == [0]
    finally:
        await admin.close()
    return kafka


def login(kafka: SecureKafka, service: str) -> Mapping[str, str]:
    return {
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_USERNAME": service,
        "KAFKA_SASL_PASSWORD": PASSWORD,
        "KAFKA_SSL_CA": str(kafka.authority.ca),
    }


@pytest.mark.parametrize("service", TOPICS)
async def test_each_login_writes_its_own_topic_and_no_other(named: SecureKafka, service: str):
    written, refused = list[str](), list[str]()
    broker = kafka_broker(named.addresses["login"], "test", KafkaSecurity.from_environment(login(named, service)))
    await broker.start()
    try:
        for name, topic in TOPICS.items():
            try:
                await KafkaPublisher(broker).send(topic, "key", b"{}", {"ce_id": f"toy_{service}@1"})
            except BrokerUnavailable as wrong:
                refused.append(str(wrong).partition(" ")[0])
            else:
                written.append(name)
    finally:
        await broker.stop()
    assert (written, {*refused}) == ([service], {"TopicAuthorizationFailedError"})


@pytest.fixture
async def suite(
    named: SecureKafka, services: BackingServices, tmp_path: Path
) -> AsyncGenerator[tuple[Mapping[str, httpx.AsyncClient], LocalIssuer, Any]]:
    """The four services with a login each: HTTP clients, who issues tokens, and the rows of notifications."""
    issuer, prefix = LocalIssuer(), f"t{fresh_id()[:8]}"
    common = {
        "KAFKA_URL": named.addresses["login"],
        "MONGO_URL": services.mongo_url,
        "TOKEN_ISSUER": issuer.issuer,
        "TOKEN_AUDIENCE": issuer.audience,
        "TOKEN_JWKS": issuer.jwks(),
        "TOPIC_PARTITIONS": "1",
        "DATABASE_PREFIX": prefix,
        "CREATE_TOPICS": "false",
    }
    made = LocalSuite(common, tmp_path)
    processes = {
        service: made.process(service, "all", port, login(named, service))
        for service, port in zip(TOPICS, free_ports(len(TOPICS)), strict=True)
    }
    async with AsyncExitStack() as closing:
        for process in processes.values():
            closing.callback(process.stop)
            process.start()
        clients = {
            service: await closing.enter_async_context(httpx.AsyncClient(base_url=process.url, timeout=30))
            for service, process in processes.items()
        }
        mongo = await closing.enter_async_context(AsyncMongoClient[Json](services.mongo_url))
        yield clients, issuer, mongo[f"{prefix}_notifications"][f"read_models_{goals.projection_version}"]


async def test_the_whole_suite_works_with_a_login_for_each_service(
    suite: tuple[Mapping[str, httpx.AsyncClient], LocalIssuer, Any],
):
    clients, issuer, rows = suite

    async def ask(who: str, service: str, path: str, body: Json | None = None) -> Any:
        scopes = ["hr.directory"] if who == "hr" else []
        headers = {"Authorization": f"Bearer {issuer.token(who, scopes)}"}
        method = "GET" if body is None else "POST"
        answer = await clients[service].request(method, path, json=body, headers=headers)
        return answer.json() if answer.is_success else None

    columns = {"external_id": "id", "login": "id", "display_name": "name", "zone": "zone"}
    shape = {"source": "hr", "login_source": issuer.issuer, "columns": columns}
    roster = "id,name,zone\nada,Ada,Europe/Berlin\nben,Ben,Europe/Berlin"
    assert (await ask("hr", "partnerships", "/roster", {"shape": shape, "csv": roster}))["registered"] == 2
    other = (await ask("ben", "partnerships", "/people/me"))["id"]
    later = str((wall_now() + timedelta(days=300)).date())
    proposal = {"other": other, "terms": {"starting": later, "promise_grace": 1}}
    partnership = (await ask("ada", "partnerships", "/partnerships", proposal))["id"]
    assert await ask("ben", "partnerships", f"/partnerships/{partnership}/accept", {"version": 1})
    body = {"text": "A walk", "due": {"on": later}}
    promise = await eventually(
        "goals knows the two", lambda: ask("ada", "goals", f"/partnerships/{partnership}/commitments", body)
    )

    async def known() -> Any:
        return await rows.find_one({"_id": promise["id"]})

    assert await eventually("notifications knows the promise", known)
