"""``python -m partnerships import-roster FILE --columns COLUMNS``: import a roster of any size from a file."""

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
"""Seconds to wait for the broker."""


def import_roster(definition: ServiceDefinition[PartnershipSettings], arguments: Sequence[str]) -> int:
    """Import a roster. Returns 0 if all is imported, 1 with lines left or after a refusal, 2 for wrong arguments."""
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
        _complain(f"{given.file} is not in {shape.encoding}: set its encoding in {given.columns}.")
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
        with suppress(TimeoutError):  # without a broker, the workers publish these events later
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
        _complain("The database does not answer (MONGO_URL). Import it again: finished lines count as unchanged.")
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
        *(["`python -m partnerships conflicts list` shows the open conflicts."] if report.conflicts else []),
        *(f"not in the file, deactivated: {person}" for person in report.missing),
        *(f"published {calendar}" for calendar in report.calendars),
        f"{report.lines} lines: {report.registered} registered, {report.changed} changed, {report.unchanged} "
        f"unchanged, {len(report.wrong)} refused, {len(report.conflicts)} wait for a decision; "
        f"{report.deactivated} people deactivated.",
        *(["Dry run: nothing was written."] if report.dry_run else []),
    ]
    sys.stdout.write("\n".join([*map(shown, lines), ""]))  # a terminal would execute control characters in names


def _complain(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m partnerships {NAME}")
    parser.add_argument("file", type=Path, help="the roster, a table whose first line has the names of the columns")
    parser.add_argument("--columns", type=Path, required=True, help="the columns and their fields, in JSON")
    parser.add_argument(
        "--mode",
        choices=("partial", "complete"),
        default="partial",
        help="partial: people who are not in the file do not change; complete: they are deactivated",
    )
    parser.add_argument("--dry-run", action="store_true", help="show the result, and write nothing")
    parser.add_argument("--confirm-deactivations", type=int, help="the number that a refusal named")
    return parser
