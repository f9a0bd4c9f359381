"""The producing side of Kafka. FastStream owns the connection; topics are created here, never by asking for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError
from faststream.exceptions import IncorrectState
from faststream.kafka import KafkaBroker
from faststream.security import BaseSecurity, SASLOAuthBearer, SASLPlaintext, SASLScram256, SASLScram512

from coaching_events.kafka.security import KafkaSecurity
from eventlog.outbox.relay import BrokerUnavailable

REQUEST_WITHIN_MS = 15_000
"""Until the broker answers a request or acknowledges a record."""
OPEN = KafkaSecurity()
"""Without TLS and login, for a broker in a network of its own."""
_BY_PASSWORD = {"PLAIN": SASLPlaintext, "SCRAM-SHA-256": SASLScram256, "SCRAM-SHA-512": SASLScram512}


class WrongTopic(Exception):
    """A topic is missing, or has another number of partitions than this deployment is set to."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic that a service writes. Its number of partitions never changes."""

    name: str
    partitions: int = 6


def kafka_broker(url: str, client: str, security: KafkaSecurity = OPEN) -> KafkaBroker:
    """FastStream's broker: in-sync replicas acknowledge, records are sent at once, asking creates no topic."""
    return KafkaBroker(
        url.split(","),
        client_id=client,
        acks="all",
        linger_ms=0,
        request_timeout_ms=REQUEST_WITHIN_MS,
        allow_auto_create_topics=False,
        logger=None,
        security=_faststream_security(security),
        sasl_oauth_token_provider=security.connection.get("sasl_oauth_token_provider"),
    )


def _faststream_security(security: KafkaSecurity) -> BaseSecurity:
    context = security.connection.get("ssl_context")
    if not security.uses_login:
        return BaseSecurity(context)
    if security.mechanism == "OAUTHBEARER":
        return SASLOAuthBearer(context)
    return _BY_PASSWORD[security.mechanism or ""](security.username or "", security.password or "", context)


class _Created(Protocol):
    """Kafka's answer to a request for topics: for each its name, error code and more."""

    topic_errors: Sequence[tuple[str, int, str | None]]


class KafkaPublisher:
    """Sends records with FastStream's producer. Each call returns after the acknowledgement."""

    def __init__(self, broker: KafkaBroker) -> None:
        self._broker = broker

    async def send(self, topic: str, key: str, value: bytes, record_headers: dict[str, str]) -> None:
        """Send one record; raises BrokerUnavailable if the broker did not acknowledge it."""
        try:
            await self._broker.publish(
                value, topic, key=key.encode(), headers=record_headers, correlation_id=record_headers["ce_id"]
            )
        except (KafkaError, OSError, IncorrectState) as away:
            # IncorrectState: the producer has not connected yet.
            raise BrokerUnavailable(f"{type(away).__name__} {away}") from away


async def ensure_topics(
    url: str, topics: Sequence[Topic], *, create: bool = True, security: KafkaSecurity = OPEN
) -> None:
    """Create missing topics, whose records are kept for ever; raises WrongTopic.

    It lists all topics, because asking Kafka about one may create it.
    """
    admin = AIOKafkaAdminClient(
        bootstrap_servers=url.split(","), request_timeout_ms=REQUEST_WITHIN_MS, **security.connection
    )
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [topic for topic in topics if topic.name not in existing]
        if missing and not create:
            raise WrongTopic(f"missing: {', '.join(t.name for t in missing)}; create them or allow it (CREATE_TOPICS)")
        if missing:
            await _create(admin, missing)
        present = [topic for topic in topics if topic.name in existing]
        if present:
            for found in await admin.describe_topics([topic.name for topic in present]):
                wanted = next(topic for topic in present if topic.name == found["topic"])
                if len(found["partitions"]) != wanted.partitions:
                    raise WrongTopic(
                        f"{wanted.name} has {len(found['partitions'])} partitions, this deployment is set to "
                        f"{wanted.partitions}; a topic's count never changes: set TOPIC_PARTITIONS (TOPICS, where it "
                        "has moved) to what it has"
                    )
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, missing: Sequence[Topic]) -> None:
    brokers = len((await admin.describe_cluster())["brokers"])
    replicas = 3 if brokers >= 3 else 1
    settings: Mapping[str, str] = {
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "cleanup.policy": "delete",
        "min.insync.replicas": "2" if replicas == 3 else "1",
        "unclean.leader.election.enable": "false",
    }
    new = [NewTopic(topic.name, topic.partitions, replicas, topic_configs=dict(settings)) for topic in missing]
    answer = cast(_Created, await admin.create_topics(new))
    for name, code, *_ in answer.topic_errors:
        if code not in (0, TopicAlreadyExistsError.errno):
            raise WrongTopic(f"Kafka refused to create {name}: error {code}")
