"""Problem details (RFC 9457): the body of a refusal, and the types that every service has. Uses no framework."""

from collections.abc import Mapping

from prometheus_client import Counter

from eventlog.tracing import trace_id

REFUSED = Counter("tandem_http_problems_total", "Requests answered with a problem", ["status", "type"])

PREFIX = "urn:tandem:problem:"
MEDIA_TYPE = "application/problem+json"

TYPES: Mapping[int, tuple[str, ...]] = {
    400: (
        "malformed-address",
        "malformed-after",
        "malformed-body",
        "malformed-cursor",
        "malformed-header",
        "malformed-idempotency-key",
        "malformed-if-match",
        "malformed-json",
    ),
    401: ("unauthorized",),
    403: ("inactive-person", "login-waits", "missing-scope", "unknown-person"),
    404: ("not-found",),
    405: ("method-not-allowed",),
    408: ("request-timeout",),
    409: ("cannot-be-done", "lost-race", "others-stream"),
    412: ("stale",),
    413: ("body-too-large", "history-full", "too-large"),
    415: ("unsupported-media-type",),
    422: ("another-request", "invalid-request", "unstorable"),
    429: ("too-many-requests",),
    500: ("unforeseen",),
    503: (
        "broker-away",
        "catching-up",
        "clock-unreliable",
        "database-away",
        "issuer-away",
        "newer-history",
        "too-busy",
    ),
}
"""The types of problems of every service, by status. They are stable: clients tell problems apart by them."""


def title_of(type: str) -> str:
    """The type in words, in English."""
    return type.replace("-", " ").capitalize()


def details(status: int, type: str, detail: str, title: str | None = None) -> Mapping[str, str | int]:
    """Count a problem and return the members that every problem has. ``title`` is the type in words."""
    REFUSED.labels(status, type).inc()
    title = title_of(type) if title is None else title
    members: dict[str, str | int] = {"type": PREFIX + type, "title": title, "status": status, "detail": detail}
    if (trace := trace_id()) is not None:
        members["trace_id"] = trace
    return members
