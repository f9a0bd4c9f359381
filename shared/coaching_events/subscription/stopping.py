"""End subscriptions when the process is told to end."""

import signal
import threading
from asyncio import get_running_loop
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from types import FrameType

Stop = Callable[[], object]

_waiting: dict[signal.Signals, list[Stop]] = {}
"""Whom a signal stops, for the signals that are taken now."""


@contextmanager
def stopped_by(signals: Collection[signal.Signals], stop: Stop) -> Generator[None]:
    """Within this block the first of these signals calls ``stop`` in the running loop; the second acts as before.

    Only in the main thread, and a signal that the program handles itself is left to it.
    """
    loop = get_running_loop()

    def soon() -> None:
        loop.call_soon_threadsafe(stop)

    with _each(signals if threading.current_thread() is threading.main_thread() else (), soon):
        yield


@contextmanager
def _each(signals: Collection[signal.Signals], stop: Stop) -> Generator[None]:
    taken = [which for which in signals if which in _waiting or _is_default(signal.getsignal(which))]
    for which in taken:
        if which not in _waiting:
            _waiting[which] = []
            _before[which] = signal.signal(which, _handle)
        _waiting[which].append(stop)
    try:
        yield
    finally:
        for which in taken:
            if stop in _waiting.get(which, ()):
                _waiting[which].remove(stop)
                if not _waiting[which]:
                    _give_back(which)


_Handler = Callable[[int, FrameType | None], object] | int | None
_before: dict[signal.Signals, _Handler] = {}


def _handle(number: int, _: FrameType | None) -> None:
    which = signal.Signals(number)
    stops = _waiting[which]
    _give_back(which)
    for stop in stops:
        stop()


def _give_back(which: signal.Signals) -> None:
    del _waiting[which]
    signal.signal(which, _before.pop(which))  # pyright: ignore[reportArgumentType] (what getsignal answers fits)


def _is_default(handler: object) -> bool:
    """Whether nobody chose this handler: asyncio.run sets one of its own for SIGINT."""
    return handler in (signal.SIG_DFL, signal.default_int_handler) or (
        getattr(getattr(handler, "func", None), "__module__", None) == "asyncio.runners"
    )
