"""The commands for operators: ``dead-letters …``, ``resend``, ``resnapshot`` and ``republish``.

They may run beside all other processes. The last two may be killed and started again at any moment. Each command
returns the exit code: 0, or 1 after printing what failed or is left.
"""

import argparse
import asyncio
import json
from typing import TypeVar

from coaching_events.ids import StreamId
from eventlog import wall_in, wall_now
from eventlog.consumers import CannotBeDone, DeadLetters, Reactions, masked, resent
from eventlog.outbox import BrokerUnavailable, WrongTopic, republish
from eventlog.resnapshot import resnapshot
from eventlog.stores import Place, StoreUnavailable
from service_kit.process.connection import Connection, connected
from service_kit.process.console_output import print_error, print_line
from service_kit.process.definition import ServiceDefinition
from service_kit.process.settings import Settings

C = TypeVar("C", bound=Settings)

BROKER_WITHIN = 20.0
"""Seconds within which the broker must answer."""
PROGRESS_EVERY = 2.0
"""Seconds between two lines of progress."""
_NO_DATABASE = "The database does not answer (MONGO_URL). What is printed above is done: start again for the rest."


async def dead_letters(definition: ServiceDefinition[C], settings: C, given: argparse.Namespace) -> int:
    """List dead letters or act on one."""
    try:
        async with connected(definition, settings) as connection:
            service_context = connection.service_context
            reactions = Reactions(service_context.log, definition.service.reactions, service_context.projections)
            letters = DeadLetters(definition.service.name, connection.store, service_context.projections, reactions)
            match given.action:
                case "list":
                    await _list(letters, given)
                case "replay":
                    # Workers publish what a replayed reaction writes: this command has no broker.
                    print_line(await letters.replay(given.id))
                case "resend":
                    await _reach_broker(connection)
                    print_line(await letters.resend(given.id))
                case _:
                    print_line(await letters.discard(given.id, by=given.by, why=given.why))
    except (CannotBeDone, StoreUnavailable, BrokerUnavailable) as error:
        return _failed(error)
    return 0


async def resend(definition: ServiceDefinition[C], settings: C, stream: StreamId) -> int:
    """Publish all events of a stream again."""
    try:
        async with connected(definition, settings) as connection:
            await _reach_broker(connection)
            print_line(resent(stream, await connection.service_context.log.relay.resend(stream)))
    except (CannotBeDone, StoreUnavailable, BrokerUnavailable) as error:
        return _failed(error)
    return 0


async def resnapshot_all(definition: ServiceDefinition[C], settings: C) -> int:
    """Compute states of an older schema again."""
    progress, unfit = Progress(), 0
    try:
        async with connected(definition, settings) as connection:
            for aggregate in definition.service.aggregates:
                done = await resnapshot(connection.service_context.log, aggregate, progress.tell)
                print_line(f"{done}.")
                unfit += done.unfit
    except StoreUnavailable as away:
        return _failed(away)
    if unfit:
        return print_error(
            "Some states cannot be computed and are unchanged. A newer release may know their events: use that one."
        )
    return 0


async def republish_all(definition: ServiceDefinition[C], settings: C) -> int:
    """Publish what the service's topic lacks."""
    try:
        async with connected(definition, settings) as connection:
            await connection.start_broker()
            done = await republish(connection.service_context.log.relay, Progress().tell)
    except (StoreUnavailable, WrongTopic) as error:
        return _failed(error)
    print_line(f"{done}.")
    if done.left:
        return print_error(f"{done.left} runs could not be sent: the log says why. Start again to send them.")
    return 0


class Progress:
    """Prints progress, at most every PROGRESS_EVERY seconds."""

    def __init__(self) -> None:
        self._next = wall_in(PROGRESS_EVERY)

    def tell(self, so_far: object) -> None:
        """Print a line, unless the last one was printed a moment ago."""
        if wall_now() >= self._next:
            self._next = wall_in(PROGRESS_EVERY)
            print_line(f"{so_far} …")


async def _list(letters: DeadLetters, given: argparse.Namespace) -> None:
    last: Place | None = None
    while page := await letters.kept(given.handler, given.reason, after=last):
        for letter in page:
            print_line(json.dumps(masked(letter)))
        last = page[-1].place


async def _reach_broker(connection: Connection) -> None:
    try:
        async with asyncio.timeout(BROKER_WITHIN):
            await connection.start_broker()
    except TimeoutError:
        raise BrokerUnavailable("it does not answer") from None


def _failed(error: Exception) -> int:
    match error:
        case StoreUnavailable():
            return print_error(_NO_DATABASE)
        case BrokerUnavailable():
            return print_error(
                "The broker does not answer (KAFKA_URL). The stream may be published in part: repeat the command."
            )
        case WrongTopic():
            return print_error(f"{error}.")
        case _:
            return print_error(str(error))
