"""The commands ``dead-letters list | replay | resend | discard`` and ``resend``."""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

from coaching_events.ids import StreamId
from eventlog.consumers import CannotBeDone, DeadLetters, Reactions, masked, resent
from eventlog.outbox import BrokerUnavailable
from eventlog.stores import Place, StoreUnavailable
from service_kit.observability.logs import set_up
from service_kit.process.connection import Connection, connect
from service_kit.process.console_output import print_error, print_line
from service_kit.process.definition import ServiceDefinition
from service_kit.process.settings import Settings

C = TypeVar("C", bound=Settings)

BROKER_WITHIN = 20.0
"""Seconds within which the broker must answer."""


async def dead_letters(definition: ServiceDefinition[C], settings: C, given: argparse.Namespace) -> int:
    """List dead letters or act on one. Returns 0, or 1 after printing why it failed."""

    async def act(connection: Connection) -> None:
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

    return await _connected(definition, settings, act)


async def resend(definition: ServiceDefinition[C], settings: C, stream: StreamId) -> int:
    """Publish all events of a stream again. Returns 0, or 1 after printing why it failed."""

    async def act(connection: Connection) -> None:
        await _reach_broker(connection)
        print_line(resent(stream, await connection.service_context.log.relay.resend(stream)))

    return await _connected(definition, settings, act)


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


async def _connected(
    definition: ServiceDefinition[C], settings: C, act: Callable[[Connection], Awaitable[None]]
) -> int:
    set_up(settings.logs, definition.service.name)
    connection = connect(definition, settings)
    try:
        await act(connection)
    except CannotBeDone as reason:
        return print_error(str(reason))
    except StoreUnavailable:
        return print_error("The database does not answer (MONGO_URL). Only what is printed above was changed.")
    except BrokerUnavailable:
        return print_error(
            "The broker does not answer (KAFKA_URL). The stream may be published in part: repeat the command."
        )
    finally:
        await connection.close()
    return 0
