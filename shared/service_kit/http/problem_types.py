"""The types of problems that every service can answer with, by status. Types are stable: clients tell them apart."""

from collections.abc import Mapping

OF_EVERY_SERVICE: Mapping[int, tuple[str, ...]] = {
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
