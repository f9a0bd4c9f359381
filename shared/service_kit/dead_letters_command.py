"""``dead-letters list | replay | resend | discard`` and ``resend``: what is done by hand, on the command line."""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

from coaching_events.ids import StreamId
from eventlog.dead_letters import CannotBeDone, DeadLetters, masked, resent
from eventlog.reaction import Reactions
from eventlog.relay import BrokerUnavailable
from eventlog.store import Place, StoreUnavailable
from service_kit.composition import Composition
from service_kit.connection import Connection, connect
from service_kit.logs import set_up
from service_kit.saying import complain, say
from service_kit.settings import Settings

C = TypeVar("C", bound=Settings)

BROKER_WITHIN = 20.0
"""Seconds that the broker has to answer."""


async def dead_letters(composition: Composition[C], settings: C, given: argparse.Namespace) -> int:
    """Show dead letters, or do something about one: 0 if it is done, 1 if not, and why."""

    async def act(connection: Connection) -> None:
        running = connection.running
        reactions = Reactions(running.log, composition.service.reactions, running.projections)
        letters = DeadLetters(composition.service.name, connection.store, running.projections, reactions)
        match given.action:
            case "list":
                await _list(letters, given)
            case "replay":
                # What a replayed reaction wrote is published by the workers' sweep: there is no broker here.
                say(await letters.replay(given.id))
            case "resend":
                await _reach_broker(connection)
                say(await letters.resend(given.id))
            case _:
                say(await letters.discard(given.id, by=given.by, why=given.why))

    return await _doing(composition, settings, act)


async def resend(composition: Composition[C], settings: C, stream: StreamId) -> int:
    """Publish all events of a stream once more: 0 if it is done, 1 if not, and why."""

    async def act(connection: Connection) -> None:
        await _reach_broker(connection)
        say(resent(stream, await connection.running.log.relay.resend(stream)))

    return await _doing(composition, settings, act)


async def _list(letters: DeadLetters, given: argparse.Namespace) -> None:
    last: Place | None = None
    while page := await letters.kept(given.handler, given.reason, after=last):
        for letter in page:
            say(json.dumps(masked(letter)))
        last = page[-1].place


async def _reach_broker(connection: Connection) -> None:
    try:
        async with asyncio.timeout(BROKER_WITHIN):
            await connection.start_broker()
    except TimeoutError:
        raise BrokerUnavailable("it does not answer") from None


async def _doing(composition: Composition[C], settings: C, act: Callable[[Connection], Awaitable[None]]) -> int:
    set_up(settings.logs, composition.service.name)
    connection = connect(composition, settings)
    try:
        await act(connection)
    except CannotBeDone as reason:
        return complain(str(reason))
    except StoreUnavailable:
        return complain("The database does not answer (MONGO_URL): nothing was changed that was not said here.")
    except BrokerUnavailable:
        return complain("The broker does not answer (KAFKA_URL): the stream may be published in part. Do it again.")
    finally:
        await connection.close()
    return 0
