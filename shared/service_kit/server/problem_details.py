"""The body of a refusal (RFC 9457), for those who answer with a framework and for those who have none."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import Counter

from eventlog.tracing import trace_id

REFUSED = Counter("tandem_http_problems_total", "Requests answered with a problem", ["status", "type"])

PREFIX = "urn:tandem:problem:"
MEDIA_TYPE = "application/problem+json"


def details(status: int, type: str, detail: str) -> Mapping[str, Any]:
    """The members that every problem has; it is counted. The title is the type in words, the same for all of it."""
    REFUSED.labels(status, type).inc()
    told = {"type": PREFIX + type, "title": type.replace("-", " ").capitalize(), "status": status, "detail": detail}
    trace = trace_id()
    return told if trace is None else {**told, "trace_id": trace}
