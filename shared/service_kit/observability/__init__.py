"""Logs, metrics, traces, lag and the watchdog of a process."""

from service_kit.observability.logs import set_up
from service_kit.observability.tracing import TracingMiddleware, start_tracing

__all__ = ["TracingMiddleware", "set_up", "start_tracing"]
