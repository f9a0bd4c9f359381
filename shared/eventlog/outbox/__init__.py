"""The outbox: publishes what was written in order, at least once, and again if a topic lacks it."""

from eventlog.outbox.publisher import OPEN, KafkaPublisher, Topic, WrongTopic, ensure_topics, kafka_broker
from eventlog.outbox.relay import BrokerUnavailable, OutboxRelay
from eventlog.outbox.republishing import republish

__all__ = [
    "OPEN",
    "BrokerUnavailable",
    "KafkaPublisher",
    "OutboxRelay",
    "Topic",
    "WrongTopic",
    "ensure_topics",
    "kafka_broker",
    "republish",
]
