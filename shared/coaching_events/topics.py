"""The topics. Each service publishes on one topic."""

from collections.abc import Mapping
from types import MappingProxyType

SERVICE_OF_KIND: Mapping[str, str] = MappingProxyType(
    {
        "person": "partnerships",
        "conflict": "partnerships",
        "calendar": "partnerships",
        "partnership": "partnerships",
        "goal": "goals",
        "commitment": "goals",
        "check-ins": "goals",
        "session": "sessions",
        "meetings": "sessions",
        "feed": "sessions",
        "recipient": "notifications",
        "mailbox": "notifications",
    }
)
"""Kind of stream → the service that writes it."""

TOPICS: Mapping[str, str] = MappingProxyType(
    {service: f"coaching.{service}.v1" for service in ("partnerships", "goals", "sessions", "notifications")}
)
"""Service → its topic."""


def topic_of(kind: str) -> str:
    """The topic that streams of this kind are published on; raises KeyError for a kind nobody writes."""
    return TOPICS[SERVICE_OF_KIND[kind]]
