"""``python -m <service> serve | work | all | resnapshot | republish | dead-letters … | resend … | …``."""

import argparse
import asyncio
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import NoReturn, TypeVar, get_args

from coaching_events.ids import StreamId
from coaching_events.kafka.security import SecurityFault
from eventlog.stores import Reason
from service_kit.operations.commands import dead_letters, republish_all, resend, resnapshot_all
from service_kit.process.console_output import print_error, print_line
from service_kit.process.definition import ServiceDefinition, SettingRefused
from service_kit.process.run import run
from service_kit.process.settings import Settings

C = TypeVar("C", bound=Settings)


def main(definition: ServiceDefinition[C], arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and exit: 0 done, 1 failed, 2 wrong arguments or settings."""
    given = _parser(definition.service.name).parse_args(arguments)
    with ended_by_refusals():
        _execute(definition, given)


@contextmanager
def ended_by_refusals() -> Generator[None]:
    """Exit with a sentence and the code 2 if a setting does not fit a server."""
    try:
        yield
    except (SecurityFault, SettingRefused) as refused:
        print_error(f"{refused}.")
        raise SystemExit(2) from None


def _execute(definition: ServiceDefinition[C], given: argparse.Namespace) -> NoReturn:
    match given.command:
        case "openapi":
            from service_kit.process.documents import openapi

            raise SystemExit(_print(openapi(definition)))
        case "asyncapi":
            from service_kit.process.documents import asyncapi

            raise SystemExit(_print(asyncapi(definition)))
        case "dead-letters":
            raise SystemExit(asyncio.run(dead_letters(definition, definition.settings.from_environment(), given)))
        case "resend":
            settings = definition.settings.from_environment()
            raise SystemExit(asyncio.run(resend(definition, settings, StreamId(given.stream))))
        case "resnapshot":
            raise SystemExit(asyncio.run(resnapshot_all(definition, definition.settings.from_environment())))
        case "republish":
            raise SystemExit(asyncio.run(republish_all(definition, definition.settings.from_environment())))
        case mode:
            raise SystemExit(run(definition, definition.settings.from_environment(), mode))


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer HTTP requests")
    commands.add_parser("work", help="follow topics, react to events, handle what is due")
    commands.add_parser("all", help="serve and work in one process")
    commands.add_parser("resnapshot", help="compute states of an older schema again; all other processes may run")
    commands.add_parser("republish", help="fill the service's new topic after a move")
    commands.add_parser("openapi", help="print the OpenAPI document")
    commands.add_parser("asyncapi", help="print the AsyncAPI document")
    letters = commands.add_parser("dead-letters", help="records that could not be processed")
    actions = letters.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="list them, without texts of people")
    listed.add_argument("--handler", help="only those of this handler")
    listed.add_argument("--reason", choices=get_args(Reason))
    replayed = actions.add_parser("replay", help="process one again, after a fix")
    replayed.add_argument("id")
    sent_again = actions.add_parser(
        "resend", help="publish its stream again; for another service's stream, print its command"
    )
    sent_again.add_argument("id")
    discarded = actions.add_parser("discard", help="skip one for ever; the decision is recorded")
    discarded.add_argument("id")
    discarded.add_argument("--by", required=True, help="who decides")
    discarded.add_argument("--why", required=True, help="the reason, which is recorded")
    resent = commands.add_parser("resend", help="publish all events of one of this service's streams again")
    resent.add_argument("stream")
    return parser


def _print(document: Mapping[str, object]) -> int:
    print_line(json.dumps(document, indent=2, ensure_ascii=False))
    return 0
