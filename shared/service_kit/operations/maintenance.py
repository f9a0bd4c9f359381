"""What somebody runs beside the processes when a deployment changes: ``resnapshot`` and ``republish``.

It may be killed and begun again at any moment, and may run while all other processes do.
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

TOLD_EVERY = 2.0
"""Seconds between two lines that say how far it has come."""
_BEGIN_AGAIN = "The database does not answer (MONGO_URL). What was said is done: begin again, it finds the rest."


def resnapshot_all(definition: ServiceDefinition[C], settings: C) -> int:
    """Fold again what is stored in another shape: 0 if nothing is left, 1 if something is, and what."""
    set_up(settings.logs, definition.service.name)
    return asyncio.run(_restate_all(definition, settings))


async def _restate_all(definition: ServiceDefinition[C], settings: C) -> int:
    connection = connect(definition, settings)
    progress = Progress()
    unfit = 0
    try:
        for aggregate in definition.service.aggregates:
            restated = await resnapshot(connection.service_context.log, aggregate, progress.tell)
            print_line(f"{restated}.")
            unfit += restated.unfit
    except StoreUnavailable:
        print_error(_BEGIN_AGAIN)
        return 1
    finally:
        await connection.close()
    if unfit:
        print_error("What cannot be folded is as it was. A newer process may know its events: restate with that one.")
    return 1 if unfit else 0


def republish_all(definition: ServiceDefinition[C], settings: C) -> int:
    """Send the service's topic whatever it lacks: 0 if nothing is left, 1 if something is, and why."""
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
        print_error(_BEGIN_AGAIN)
        return 1
    finally:
        await connection.close()
    print_line(f"{done}.")
    if done.left:
        print_error(f"{done.left} runs could not be sent: the log says why. Begin again, it finds them.")
    return 1 if done.left else 0


class Progress:
    """Says how far something has come, every now and then."""

    def __init__(self) -> None:
        self._next = wall_in(TOLD_EVERY)

    def tell(self, so_far: object) -> None:
        """Say it, unless something was said a moment ago."""
        if wall_now() >= self._next:
            self._next = wall_in(TOLD_EVERY)
            print_line(f"{so_far} …")
