"""The life of a process: it runs its parts until a signal comes or a part fails."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable
from contextlib import suppress

import structlog

from coaching_events.kafka.closed_connections import survive_closed_connections
from coaching_events.kafka.security import SecurityFault
from service_kit.observability.logs import exceptions_in, message
from service_kit.observability.watchdog import Stuck, end_anyway
from service_kit.process.console_output import print_error
from service_kit.process.definition import SettingRefused

log = structlog.stdlib.get_logger(__name__)


async def until_stopped(stop: asyncio.Event, tasks: set["asyncio.Task[None]"]) -> int:
    """Wait for a signal, or for the first part that ends by itself, which none should. Returns the exit code."""
    stopping = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    for task in done - {stopping}:
        error = task.exception()
        first = None if error is None else _first(error)
        why = "it ended by itself" if first is None else message(first)
        if isinstance(first, Stuck):
            end_anyway()
            error = None  # its traceback says nothing
        if isinstance(first, SecurityFault | SettingRefused):
            print_error(f"{first}.")
            return 2
        log.critical("a part of this process failed: it ends", part=task.get_name(), why=why, exc_info=error)
    return 0 if stopping in done else 1


def _first(error: BaseException) -> BaseException:
    """The first exception in a group, or the exception itself."""
    group = exceptions_in(error)
    return _first(group[0]) if group else error


def stop_signal() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def ended(tasks: set["asyncio.Task[None]"], seconds: float) -> None:
    """Wait for tasks that were told to end, for so many seconds at most."""
    if tasks:
        done, _ = await asyncio.wait(tasks, timeout=seconds)
        for task in done:
            with suppress(asyncio.CancelledError):
                task.exception()


def tune_garbage_collection() -> None:
    """Collect seldom, once a process has imported and opened everything."""
    # What exists now stays; the rest is short-lived. It saves a quarter of the CPU of commands and consuming.
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's loop where it exists; None for that of asyncio."""
    if sys.platform == "win32":
        return None
    import uvloop

    survive_closed_connections()
    return uvloop.new_event_loop
