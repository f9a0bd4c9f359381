"""Conflicts at the command line: the list, and each decision, told in sentences and by the exit code."""

from datetime import timedelta

import pytest

from eventlog import NotFound, Refused, fresh_id
from eventlog.commands import CommandContext
from partnerships.conflict.command import parser, run
from partnerships.conflict.deciding import Deciding
from partnerships.directory import BY_DIRECTORY, holder
from partnerships.person.logins import Logins
from tests.contracts.partnerships_in_memory import PartnershipsInMemory
from tests.contracts.test_conflicts import ANNA, BEN, ISSUER, take

UNO = "A7,Anna Uno,anna@example.com,Europe/Berlin,yes,,,"


@pytest.fixture
async def service() -> PartnershipsInMemory:
    """Anna and Ben, and Anna once more in the export of another system."""
    service = PartnershipsInMemory()
    async with service.hr() as hr:
        await take(hr, ANNA, BEN)
        await take(hr, UNO, source="new")
    return service


async def conflicts(service: PartnershipsInMemory, line: str) -> int:
    """``python -m partnerships conflicts <line>``."""
    command, logins = CommandContext(id=fresh_id(), at=service.clock.at), Logins(frozenset({ISSUER}), timedelta())
    deciding = Deciding(service.log, BY_DIRECTORY, command, logins, may_link_logins=True)
    return await run(deciding, parser().parse_args(line.split()))


async def listed(service: PartnershipsInMemory, capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert await conflicts(service, "list --source new") == 0
    return capsys.readouterr().out.splitlines()


async def id_of(service: PartnershipsInMemory, source: str, external_id: str) -> str | None:
    found = await holder(service.log, source, external_id)
    return None if found is None else found.id


async def test_the_list_says_what_waits_and_why(service: PartnershipsInMemory, capsys: pytest.CaptureFixture[str]):
    (waiting, counted) = await listed(service, capsys)
    anna = await id_of(service, "hr", "1")
    assert waiting.split("  ")[1:] == ["new A7", "Anna Uno", "anna@example.com", f"has the email of {anna}"]
    assert counted == "1 conflict waits for a decision."
    assert await conflicts(service, "list --source hr") == 0
    assert capsys.readouterr().out == "0 conflicts wait for a decision.\n"


async def test_one_is_linked_to_whom_it_names_or_to_whom_is_said(
    service: PartnershipsInMemory, capsys: pytest.CaptureFixture[str]
):
    conflict = (await listed(service, capsys))[0].split()[0]
    ben = await id_of(service, "hr", "2")
    assert await conflicts(service, f"link {conflict} --to {ben}") == 0
    assert capsys.readouterr().out == f"{conflict} is linked to {ben}.\n"
    assert await id_of(service, "new", "A7") == ben
    assert await listed(service, capsys) == ["0 conflicts wait for a decision."]


async def test_one_is_created_as_somebody_new(service: PartnershipsInMemory, capsys: pytest.CaptureFixture[str]):
    conflict = (await listed(service, capsys))[0].split()[0]
    assert await conflicts(service, f"create {conflict}") == 0
    person = await id_of(service, "new", "A7")
    assert person not in (None, await id_of(service, "hr", "1"))
    assert capsys.readouterr().out == f"{person} is created for {conflict}.\n"
    with pytest.raises(Refused, match="decided"):
        await conflicts(service, f"link {conflict}")


async def test_many_are_linked_by_their_addresses_and_the_rest_is_named(
    service: PartnershipsInMemory, capsys: pytest.CaptureFixture[str]
):
    async with service.hr() as hr:
        await take(hr, UNO, "A8,Anna Due,anna@example.com,Europe/Berlin,yes,,,", source="new")
    with pytest.raises(Refused):
        await conflicts(service, "link-by-email --source new --confirm 1")
    assert await conflicts(service, "link-by-email --source new --confirm 2") == 1
    *_, counted = capsys.readouterr().out.splitlines()
    assert counted == "0 linked, 2 left."


async def test_one_that_does_not_exist_is_not_found(service: PartnershipsInMemory):
    with pytest.raises(NotFound):
        await conflicts(service, "link conflict_0123456789abcdef0123456789abcdef")


@pytest.mark.parametrize("line", ["", "link", "link-by-email --source new", "link-by-email --source new --confirm all"])
def test_what_cannot_be_meant_ends_with_2(line: str):
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(line.split())
    assert ended.value.code == 2
