"""Logs, metrics, traces, lag and the watchdog of a process."""

from service_kit.observability.logs import set_up

__all__ = ["set_up"]
