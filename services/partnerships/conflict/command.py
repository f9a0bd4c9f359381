"""``python -m partnerships conflicts …``: list the conflicts, and decide them."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress

from coaching_events.ids import ConflictId, PersonId, StreamId
from eventlog import NotFound, Refused, fresh_id
from eventlog.commands import CommandContext, ConcurrencyConflict
from eventlog.stores import StoreUnavailable
from partnerships.conflict.deciding import Deciding, all_conflicts
from partnerships.conflict.state import Open
from partnerships.directory import BY_DIRECTORY
from partnerships.settings import PartnershipSettings
from service_kit.bodies import shown
from service_kit.observability import set_up
from service_kit.process import ServiceDefinition, connect

NAME = "conflicts"
BROKER_WITHIN = 10.0
"""Seconds to wait for the broker."""


def decide_conflicts(definition: ServiceDefinition[PartnershipSettings], arguments: Sequence[str]) -> int:
    """List or decide. Returns 0 if all is done, 1 after a refusal or with conflicts left, 2 for wrong arguments."""
    given = parser().parse_args(arguments)
    settings = definition.settings.from_environment()
    set_up(settings.logs, definition.service.name)
    return asyncio.run(_connected(definition, settings, given))


async def _connected(
    definition: ServiceDefinition[PartnershipSettings], settings: PartnershipSettings, given: argparse.Namespace
) -> int:
    connection = connect(definition, settings)
    try:
        await connection.prepare_database()
        if given.what != "list":
            with suppress(TimeoutError):  # without a broker, the workers publish these events later
                async with asyncio.timeout(BROKER_WITHIN):
                    await connection.start_broker()
        command = CommandContext(id=fresh_id(), at=await connection.clock.now())
        log, logins = connection.service_context.log, settings.logins
        return await run(Deciding(log, BY_DIRECTORY, command, logins, may_link_logins=True), given)
    except NotFound:
        _complain("There is no such conflict. `conflicts list` shows the open ones.")
        return 1
    except (Refused, ConcurrencyConflict) as refusal:
        _complain(str(refusal))
        return 1
    except StoreUnavailable:
        _complain("The database does not answer (MONGO_URL). Run the command again: finished steps are not repeated.")
        return 1
    finally:
        await connection.close()


async def run(deciding: Deciding, given: argparse.Namespace) -> int:
    """Run the command and print its result."""
    match given.what:
        case "list":
            return await _list(deciding, given.source)
        case "link":
            conflict, person = ConflictId(StreamId(given.conflict)), given.to and PersonId(StreamId(given.to))
            person = await deciding.link(conflict, person, take_login=given.take_login)
            await deciding.close(conflict, "linked", person)
            _tell(f"{conflict} is linked to {person}.")
        case "create":
            conflict = ConflictId(StreamId(given.conflict))
            person = await deciding.create(conflict, take_login=given.take_login)
            await deciding.close(conflict, "created", person)
            _tell(f"{person} is created for {conflict}.")
        case _:
            return await _link_by_email(deciding, given.source, given.confirm)
    return 0


async def _list(deciding: Deciding, source: str | None) -> int:
    waiting = [each for each in await all_conflicts(deciding.log, source, "open") if isinstance(each, Open)]
    for each in waiting:
        found = each.found
        _tell(
            f"{each.id}  {each.source} {each.external_id}  {found.display_name}  {found.email or ''}  "
            f"has the {found.because} of {found.login_holder or found.person}"
        )
    _tell(f"{len(waiting)} {'conflict waits' if len(waiting) == 1 else 'conflicts wait'} for a decision.")
    return 0


async def _link_by_email(deciding: Deciding, source: str, confirm: int) -> int:
    done = await deciding.link_by_email(source, confirm)
    for linked in done.linked:
        _tell(f"{linked.external_id} is linked to {linked.person}.")
    for left in done.left:
        _tell(f"{left.external_id} still waits ({left.conflict}): {left.why}")
    _tell(f"{len(done.linked)} linked, {len(done.left)} left.")
    return 1 if done.left else 0


def _tell(sentence: str) -> None:
    sys.stdout.write(f"{shown(sentence)}\n")  # a terminal would execute control characters in names


def _complain(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    named = argparse.ArgumentParser(prog=f"python -m partnerships {NAME}")
    what = named.add_subparsers(dest="what", required=True)
    listing = what.add_parser("list", help="list the conflicts that wait for a decision")
    listing.add_argument("--source", help="only of this feed")
    link = what.add_parser("link", help="it is a known person")
    link.add_argument("conflict")
    link.add_argument("--to", help="the person's id; by default the person in the conflict")
    create = what.add_parser("create", help="it is a new person")
    create.add_argument("conflict")
    for one in (link, create):
        one.add_argument("--take-login", action="store_true", help="take the login from its holder")
    many = what.add_parser("link-by-email", help="link all conflicts of a source whose address exactly one person has")
    many.add_argument("--source", required=True, help="the feed with the new numbers")
    many.add_argument("--confirm", type=int, required=True, help="the number of conflicts in `list --source …`")
    return named
