"""How many database commands ran one after another, as a command listener sees them.

Every command is held up, so that those which are sent together overlap beyond doubt. The longest chain of commands of
which each began after the end of the one before is the number.
"""

from threading import Lock
from time import perf_counter, sleep

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

HELD_UP = 0.05
"""Seconds by which each database command is held up."""


class Timing(CommandListener):
    """When each command began and ended. The driver tells it in a thread of its own, which may sleep."""

    def __init__(self) -> None:
        self.holding_up = False
        self.names: list[str] = []
        self._began: dict[int, float] = {}
        self._spans: list[tuple[float, float]] = []
        self._lock = Lock()

    def started(self, event: CommandStartedEvent) -> None:
        """It begins, after a pause."""
        with self._lock:
            self._began[event.request_id] = perf_counter()
            self.names.append(event.command_name)
        if self.holding_up:
            sleep(HELD_UP)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """It is over."""
        self._over(event.request_id)

    def failed(self, event: CommandFailedEvent) -> None:
        """It is over as well."""
        self._over(event.request_id)

    def forget(self) -> None:
        """Begin anew."""
        self.names.clear()
        self._spans.clear()

    def chain(self) -> int:
        """The most commands of which each began after the one before was over."""
        length, end = 0, 0.0
        for began, over in sorted(self._spans, key=lambda span: span[1]):
            if began >= end:
                length, end = length + 1, over
        return length

    def _over(self, request: int) -> None:
        with self._lock:
            self._spans.append((self._began.pop(request), perf_counter()))
