"""What somebody runs beside the processes when a deployment changes: ``restate`` and ``republish``.

It may be killed and begun again at any moment, and may run while all other processes do.
"""

import asyncio
from typing import TypeVar

from eventlog.clock import wall_in, wall_now
from eventlog.kafka_out import WrongTopic
from eventlog.republishing import republish
from eventlog.restating import restate
from eventlog.store import StoreUnavailable
from service_kit.composition import Composition
from service_kit.connection import connect
from service_kit.logs import set_up
from service_kit.saying import complain, say
from service_kit.settings import Settings

C = TypeVar("C", bound=Settings)

TOLD_EVERY = 2.0
"""Seconds between two lines that say how far it has come."""
_BEGIN_AGAIN = "The database does not answer (MONGO_URL). What was said is done: begin again, it finds the rest."


def restate_all(composition: Composition[C], settings: C) -> int:
    """Fold again what is stored in another shape: 0 if nothing is left, 1 if something is, and what."""
    set_up(settings.logs, composition.service.name)
    return asyncio.run(_restate_all(composition, settings))


async def _restate_all(composition: Composition[C], settings: C) -> int:
    connection = connect(composition, settings)
    progress = Progress()
    unfit = 0
    try:
        for aggregate in composition.service.aggregates:
            restated = await restate(connection.running.log, aggregate, progress.tell)
            say(f"{restated}.")
            unfit += restated.unfit
    except StoreUnavailable:
        complain(_BEGIN_AGAIN)
        return 1
    finally:
        await connection.close()
    if unfit:
        complain("What cannot be folded is as it was. A newer process may know its events: restate with that one.")
    return 1 if unfit else 0


def republish_all(composition: Composition[C], settings: C) -> int:
    """Send the service's topic whatever it lacks: 0 if nothing is left, 1 if something is, and why."""
    set_up(settings.logs, composition.service.name)
    return asyncio.run(_republish_all(composition, settings))


async def _republish_all(composition: Composition[C], settings: C) -> int:
    connection = connect(composition, settings)
    try:
        await connection.start_broker()
        done = await republish(connection.running.log.relay, Progress().tell)
    except WrongTopic as wrong:
        complain(f"{wrong}.")
        return 1
    except StoreUnavailable:
        complain(_BEGIN_AGAIN)
        return 1
    finally:
        await connection.close()
    say(f"{done}.")
    if done.left:
        complain(f"{done.left} runs could not be sent: the log says why. Begin again, it finds them.")
    return 1 if done.left else 0


class Progress:
    """Says how far something has come, every now and then."""

    def __init__(self) -> None:
        self._next = wall_in(TOLD_EVERY)

    def tell(self, so_far: object) -> None:
        """Say it, unless something was said a moment ago."""
        if wall_now() >= self._next:
            self._next = wall_in(TOLD_EVERY)
            say(f"{so_far} …")
