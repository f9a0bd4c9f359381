"""Ids that follow from what colleagues know are made with a key; those from before it stay as they are."""

from collections.abc import AsyncGenerator

import pytest

from coaching_events.ids import PersonId
from eventlog import Ids
from partnerships.directory import person_id
from partnerships.partnership.api import partnership_id
from tests.interface.company_in_memory import CompanyInMemory, answered, open_company

UNKEYED, KEYED = Ids(), Ids(b"a secret of 16 characters or more")
DIRECTORY = ("hr.directory",)


def use(company: CompanyInMemory, ids: Ids) -> None:
    for service in company.suite.services.values():
        service.log.ids = ids


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    """A company that has a key from its first day, with Anna and Ben."""
    async with open_company() as company:
        use(company, KEYED)
        await company.hire("anna", "ben")
        yield company


def known_by_login(company: CompanyInMemory, ids: Ids, login: str) -> PersonId:
    return person_id(ids, company.suite.issuer.issuer, login)


async def propose(company: CompanyInMemory, by: str, other: PersonId) -> str:
    """A partnership that is proposed, or was."""
    return (await company.post(by, "partnerships", "/partnerships", {"other": other}))["id"]


async def test_who_knows_logins_cannot_compute_people_and_partnerships(company: CompanyInMemory):
    anna, ben = company.people["anna"], company.people["ben"]
    assert anna == known_by_login(company, KEYED, "anna")
    assert anna != known_by_login(company, UNKEYED, "anna")
    pair = await company.pair("anna", "ben")
    assert pair == partnership_id(KEYED, anna, ben, 1)
    assert pair != partnership_id(UNKEYED, anna, ben, 1)


async def test_another_key_makes_other_ids(company: CompanyInMemory):
    other = Ids(b"another secret of 16 characters")
    assert known_by_login(company, other, "anna") != company.people["anna"]
    assert other.fingerprint != KEYED.fingerprint
    assert UNKEYED.fingerprint == ""


async def test_people_and_partnerships_from_before_the_key_are_found_under_their_ids():
    async with open_company("anna", "ben") as company:
        before = dict(company.people)
        assert before["anna"] == known_by_login(company, UNKEYED, "anna")
        pair = await company.pair("anna", "ben")
        use(company, KEYED)
        me = answered(await company.ask("anna", "GET", "partnerships", "/people/me"), 200)
        assert me["id"] == before["anna"]
        again = {
            "source": company.suite.issuer.issuer,
            "external_id": "anna",
            "display_name": "Anna",
            "zone": "Europe/Berlin",
        }
        refused = answered(await company.ask("hr", "POST", "partnerships", "/people", again, scopes=DIRECTORY), 409)
        assert refused["facts"]["person"] == before["anna"]
        second = await company.ask("ben", "POST", "partnerships", "/partnerships", {"other": before["anna"]})
        assert answered(second, 409)["type"].endswith("already-open")
        promise = await company.promise("anna", pair, "Slides", "2026-03-06T15:00:00Z")
        await company.post("anna", "goals", f"/commitments/{promise}/keep", {})


async def test_a_roster_changes_people_from_before_the_key_and_registers_nobody_twice():
    async with open_company() as company:
        columns = {"external_id": "id", "display_name": "name", "zone": "zone"}
        roster = {"shape": {"source": "people-export", "columns": columns}}
        lines = "id,name,zone\n1,Anna,Europe/Berlin\n2,Ben,Europe/Berlin\n"
        await company.ask("hr", "POST", "partnerships", "/roster", {**roster, "csv": lines}, scopes=DIRECTORY)
        use(company, KEYED)
        more = f"{lines}3,Carla,Europe/Berlin\n".replace("Ben", "Benjamin")
        answer = await company.ask("hr", "POST", "partnerships", "/roster", {**roster, "csv": more}, scopes=DIRECTORY)
        told = answered(answer, 200)
        assert (told["registered"], told["changed"], told["unchanged"]) == (1, 1, 1)


async def test_a_partnership_after_the_key_follows_one_from_before_it():
    async with open_company("anna", "ben") as company:
        first = await propose(company, "anna", company.people["ben"])
        await company.post("ben", "partnerships", f"/partnerships/{first}/decline", {})
        use(company, KEYED)
        second = await propose(company, "ben", company.people["anna"])
        assert second == partnership_id(KEYED, company.people["anna"], company.people["ben"], 2)
