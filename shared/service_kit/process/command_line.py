"""``python -m <service> serve | work | all | resnapshot | republish | dead-letters … | resend … | …``."""

import argparse
import asyncio
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar, get_args

from coaching_events.ids import StreamId
from coaching_events.kafka_security import SecurityFault
from eventlog.stores import Reason
from service_kit.operations.dead_letters_command import dead_letters, resend
from service_kit.operations.maintenance import republish_all, resnapshot_all
from service_kit.process.console_output import print_error, print_line
from service_kit.process.definition import ServiceDefinition, SettingRefused
from service_kit.process.run import run
from service_kit.process.settings import Settings

C = TypeVar("C", bound=Settings)


def main(definition: ServiceDefinition[C], arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command and end the process: 0 done, 1 failed, 2 asked or set wrongly."""
    given = _parser(definition.service.name).parse_args(arguments)
    with ended_by_refusals():
        _carry_out(definition, given)


@contextmanager
def ended_by_refusals() -> Generator[None]:
    """End the process with a sentence and 2 where a server and a setting do not go together."""
    try:
        yield
    except (SecurityFault, SettingRefused) as refused:
        print_error(f"{refused}.")
        raise SystemExit(2) from None


def _carry_out(definition: ServiceDefinition[C], given: argparse.Namespace) -> NoReturn:
    match given.command:
        case "openapi":
            from service_kit.process.documents import openapi

            raise SystemExit(_show(openapi(definition)))
        case "asyncapi":
            from service_kit.process.documents import asyncapi

            raise SystemExit(_show(asyncapi(definition)))
        case "dead-letters":
            raise SystemExit(asyncio.run(dead_letters(definition, definition.settings.from_environment(), given)))
        case "resend":
            settings = definition.settings.from_environment()
            raise SystemExit(asyncio.run(resend(definition, settings, StreamId(given.stream))))
        case "resnapshot":
            raise SystemExit(resnapshot_all(definition, definition.settings.from_environment()))
        case "republish":
            raise SystemExit(republish_all(definition, definition.settings.from_environment()))
        case mode:
            raise SystemExit(run(definition, definition.settings.from_environment(), mode))


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="answer HTTP requests")
    commands.add_parser("work", help="follow topics, react, and see to what is due")
    commands.add_parser("all", help="serve and work in one process")
    commands.add_parser("resnapshot", help="fold again what is stored in another shape; may run beside everything else")
    commands.add_parser("republish", help="send the service's topic what it lacks, after moving to another one")
    commands.add_parser("openapi", help="print the OpenAPI document")
    commands.add_parser("asyncapi", help="print the AsyncAPI document")
    letters = commands.add_parser("dead-letters", help="records that could not be taken")
    actions = letters.add_subparsers(dest="action", required=True)
    listed = actions.add_parser("list", help="show them, without what people wrote")
    listed.add_argument("--handler", help="only this one's")
    listed.add_argument("--reason", choices=get_args(Reason))
    replayed = actions.add_parser("replay", help="take one once more, after a fix")
    replayed.add_argument("id")
    sent_again = actions.add_parser("resend", help="publish its stream again; another service's: says whom to ask")
    sent_again.add_argument("id")
    discarded = actions.add_parser("discard", help="go on without one; the decision is kept")
    discarded.add_argument("id")
    discarded.add_argument("--by", required=True, help="who decides")
    discarded.add_argument("--why", required=True, help="the reason, for those who ask later")
    resent = commands.add_parser("resend", help="publish all events of one of this service's streams again")
    resent.add_argument("stream")
    return parser


def _show(document: Mapping[str, Any]) -> int:
    print_line(json.dumps(document, indent=2, ensure_ascii=False))
    return 0
