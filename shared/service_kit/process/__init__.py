"""A process of a service: its definition, settings, connection, worker and command line."""

from service_kit.process.command_line import ended_by_refusals, main
from service_kit.process.connection import connect, retry
from service_kit.process.definition import ServiceDefinition, SettingRefused, Task, WorkerContext
from service_kit.process.lifetime import ended, loop_factory, stop_signal, tune_garbage_collection, until_stopped
from service_kit.process.people import People, PersonSeen
from service_kit.process.settings import Settings

__all__ = [
    "People",
    "PersonSeen",
    "ServiceDefinition",
    "SettingRefused",
    "Settings",
    "Task",
    "WorkerContext",
    "connect",
    "ended",
    "ended_by_refusals",
    "loop_factory",
    "main",
    "retry",
    "stop_signal",
    "tune_garbage_collection",
    "until_stopped",
]
