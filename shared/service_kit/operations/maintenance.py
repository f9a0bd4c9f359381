"""The commands ``resnapshot`` and ``republish``, for changes of a deployment.

They may run beside all other processes, and may be killed and started again at any moment.
"""

import asyncio
from typing import TypeVar

from eventlog import wall_in, wall_now
from eventlog.outbox import WrongTopic, republish
from eventlog.resnapshot import resnapshot
from eventlog.stores import StoreUnavailable
from service_kit.observability.logs import set_up
from service_kit.process.connection import connect
from service_kit.process.console_output import print_error, print_line
from service_kit.process.definition import ServiceDefinition
from service_kit.process.settings import Settings

C = TypeVar("C", bound=Settings)

PROGRESS_EVERY = 2.0
"""Seconds between two lines of progress."""
_START_AGAIN = "The database does not answer (MONGO_URL). What is printed above is done: start again for the rest."


def resnapshot_all(definition: ServiceDefinition[C], settings: C) -> int:
    """Compute states of an older schema again. Returns 0, or 1 after printing what is left."""
    set_up(settings.logs, definition.service.name)
    return asyncio.run(_resnapshot_all(definition, settings))


async def _resnapshot_all(definition: ServiceDefinition[C], settings: C) -> int:
    connection = connect(definition, settings)
    progress = Progress()
    unfit = 0
    try:
        for aggregate in definition.service.aggregates:
            done = await resnapshot(connection.service_context.log, aggregate, progress.tell)
            print_line(f"{done}.")
            unfit += done.unfit
    except StoreUnavailable:
        print_error(_START_AGAIN)
        return 1
    finally:
        await connection.close()
    if unfit:
        print_error(
            "Some states cannot be computed and are unchanged. A newer release may know their events: use that one."
        )
    return 1 if unfit else 0


def republish_all(definition: ServiceDefinition[C], settings: C) -> int:
    """Publish what the service's topic lacks. Returns 0, or 1 after printing what is left."""
    set_up(settings.logs, definition.service.name)
    return asyncio.run(_republish_all(definition, settings))


async def _republish_all(definition: ServiceDefinition[C], settings: C) -> int:
    connection = connect(definition, settings)
    try:
        await connection.start_broker()
        done = await republish(connection.service_context.log.relay, Progress().tell)
    except WrongTopic as wrong:
        print_error(f"{wrong}.")
        return 1
    except StoreUnavailable:
        print_error(_START_AGAIN)
        return 1
    finally:
        await connection.close()
    print_line(f"{done}.")
    if done.left:
        print_error(f"{done.left} runs could not be sent: the log says why. Start again to send them.")
    return 1 if done.left else 0


class Progress:
    """Prints progress, at most every PROGRESS_EVERY seconds."""

    def __init__(self) -> None:
        self._next = wall_in(PROGRESS_EVERY)

    def tell(self, so_far: object) -> None:
        """Print a line, unless the last one was printed a moment ago."""
        if wall_now() >= self._next:
            self._next = wall_in(PROGRESS_EVERY)
            print_line(f"{so_far} …")
