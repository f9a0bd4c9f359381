"""``python -m partnerships import-roster FILE --columns COLUMNS``: a roster of any size, read from a file."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from eventlog import Refused, fresh_id
from eventlog.stores import StoreUnavailable
from partnerships.directory import BY_DIRECTORY
from partnerships.roster.columns import RosterShape
from partnerships.roster.intake import Intake
from partnerships.roster.report import Report
from partnerships.settings import PartnershipSettings
from service_kit.bodies import shown
from service_kit.observability import set_up
from service_kit.process import ServiceDefinition, connect

NAME = "import-roster"
BROKER_WITHIN = 10.0
"""Seconds that the broker has to answer."""


def import_roster(definition: ServiceDefinition[PartnershipSettings], arguments: Sequence[str]) -> int:
    """Take a roster in: 0 if all of it is in, 1 if lines are left or nothing could be taken, 2 if asked wrongly."""
    given = _parser().parse_args(arguments)
    try:
        shape = RosterShape.model_validate_json(given.columns.read_bytes())
        table = given.file.read_bytes()
    except ValidationError as wrong:
        for each in wrong.errors():
            _complain(f"{given.columns}: {'.'.join(map(str, each['loc']))}: {each['msg']}")
        return 2
    except OSError as unreadable:
        _complain(f"Cannot read it: {unreadable}")
        return 2
    try:
        text = table.decode(shape.encoding)
    except UnicodeError:
        _complain(f"{given.file} is not in {shape.encoding}: say its encoding in {given.columns}.")
        return 2
    settings = definition.settings.from_environment()
    set_up(settings.logs, definition.service.name)
    return asyncio.run(_take(definition, settings, shape, text, given))


async def _take(
    definition: ServiceDefinition[PartnershipSettings],
    settings: PartnershipSettings,
    shape: RosterShape,
    text: str,
    given: argparse.Namespace,
) -> int:
    connection = connect(definition, settings)
    try:
        await connection.prepare_database()
        with suppress(TimeoutError):  # without a broker the workers' sweep publishes what is written here
            async with asyncio.timeout(BROKER_WITHIN):
                await connection.start_broker()
        log, now = connection.service_context.log, await connection.clock.now()
        intake = Intake(
            log,
            shape,
            BY_DIRECTORY,
            now,
            fresh_id(),
            mode=given.mode,
            dry=given.dry_run,
            logins=settings.logins,
            may_link_logins=True,
        )
        report = await intake.take(text, confirmed=given.confirm_deactivations)
    except Refused as refusal:
        _complain(str(refusal))
        return 1
    except StoreUnavailable:
        _complain("The database does not answer (MONGO_URL). Import it again: what is in counts as unchanged.")
        return 1
    finally:
        await connection.close()
    _show(report)
    return 1 if report.wrong or report.conflicts else 0


def _show(report: Report) -> None:
    lines = [
        *(f"line {each.line} refused: {each.why}" for each in report.wrong),
        *(f"line {each.line} waits for a decision: {each.why}" for each in report.conflicts),
        *(f"line {each.line} warning: {each.why}" for each in report.warnings),
        *(["`python -m partnerships conflicts list` shows what waits."] if report.conflicts else []),
        *(f"not in the file, deactivated: {person}" for person in report.missing),
        *(f"published {calendar}" for calendar in report.calendars),
        f"{report.lines} lines: {report.registered} registered, {report.changed} changed, {report.unchanged} "
        f"unchanged, {len(report.wrong)} refused, {len(report.conflicts)} wait for a decision; "
        f"{report.deactivated} people deactivated.",
        *(["Dry run: nothing was written."] if report.dry_run else []),
    ]
    sys.stdout.write("\n".join([*map(shown, lines), ""]))  # a terminal obeys control characters in names


def _complain(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m partnerships {NAME}")
    parser.add_argument("file", type=Path, help="the roster, a table with a first line of column names")
    parser.add_argument("--columns", type=Path, required=True, help="which column says what, in JSON")
    parser.add_argument(
        "--mode",
        choices=("partial", "complete"),
        default="partial",
        help="partial: who is not in the file stays as they are; complete: who is not in it is deactivated",
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, and write nothing")
    parser.add_argument("--confirm-deactivations", type=int, help="the number that a refusal named")
    return parser
