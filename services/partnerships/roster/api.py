"""Rosters over HTTP, for the operators of the directory."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, JsonValue, StringConstraints

from partnerships.directory import logins_of
from partnerships.roster.columns import RosterShape
from partnerships.roster.intake import Intake, Mode
from partnerships.roster.report import Report
from service_kit.bodies import Body, Flag, WholeNumber, example
from service_kit.http import DIRECTORY, IDENTITIES, Context

routes = APIRouter(tags=["directory"])

Table = Annotated[str, StringConstraints(strip_whitespace=False, min_length=1, max_length=250_000)]


ROSTER: dict[str, JsonValue] = {
    "shape": {"source": "people-export", "columns": {"external_id": "id", "display_name": "name", "zone": "zone"}},
    "csv": "id,name,zone\n1010,Ben Ortiz,America/Los_Angeles",
}


class RosterBody(Body, json_schema_extra=example(**ROSTER)):
    """The text of a roster, and how to read it.

    ``mode``: a person who is not in the file does not change (partial), or is deactivated (complete). ``dry_run`` shows
    the
    result and writes nothing. ``confirm_deactivations`` is the number that a refusal named.
    """

    shape: RosterShape
    csv: Table
    mode: Mode = "partial"
    dry_run: Flag = False
    confirm_deactivations: Annotated[WholeNumber, Field(ge=0)] | None = None


@routes.post("/roster", operation_id="importRoster")
async def import_a_roster(body: RosterBody, context: Context) -> Report:
    """Import a roster. A second import changes nothing, and counts every person as unchanged.

    Each row is imported on its own. The report has the faults, and the other rows are imported. Send a file larger than
    a
    request in parts, or import it with ``python -m partnerships import-roster``.

    A first login works at once. A row with a further login of a known person is refused, unless the token also has the
    scope `hr.identities`; such a login waits until the person confirms it, or for the company's delay.
    """
    by = await context.require(DIRECTORY)
    intake = Intake(
        context.log,
        body.shape,
        by,
        context.at,
        context.command.id,
        context.command.request,
        mode=body.mode,
        dry=body.dry_run,
        logins=logins_of(context),
        may_link_logins=IDENTITIES in context.caller.scopes,
        language=context.language(),
    )
    return await intake.take(body.csv, confirmed=body.confirm_deactivations)
