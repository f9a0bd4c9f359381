"""Names and ids that people or other systems chose command no terminal: what would is left out where it is printed."""

from argparse import Namespace

import pytest

from eventlog.commands import CommandContext
from partnerships.conflict.command import run
from partnerships.conflict.deciding import Deciding
from partnerships.directory import BY_DIRECTORY
from tests.contracts.partnerships_in_memory import START, PartnershipsInMemory
from tests.contracts.test_conflicts import ANNA, take
from tests.rules.partnerships.people import AT_ONCE


async def test_the_list_of_conflicts_prints_no_control_characters(capsys: pytest.CaptureFixture[str]):
    service = PartnershipsInMemory()
    async with service.hr() as hr:
        await take(hr, ANNA)
        report = await take(hr, "7\x9b2J\u202e8,Anna One,anna@example.com,Europe/Berlin,yes,,,", source="new-hr")
        assert len(report["conflicts"]) == 1
    deciding = Deciding(service.log, BY_DIRECTORY, CommandContext(id="list", at=START), AT_ONCE, may_link_logins=True)
    assert await run(deciding, Namespace(what="list", source=None)) == 0
    told = capsys.readouterr().out
    assert "new-hr 72J8  Anna One" in told
    assert told.replace("\n", "").isprintable()
