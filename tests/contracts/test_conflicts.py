"""Conflicts over HTTP: what waits after an import, and how somebody decides it."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from coaching_events.events.person import PersonRecord
from partnerships.directory import LOGIN_DELAY
from tests.contracts.partnerships_in_memory import PartnershipsInMemory, answered, refused

ISSUER = "https://issuer.tandem.local"
HEADER = "id,name,email,zone,active,login,from,until"
SHAPE: dict[str, Any] = {
    "source": "hr",
    "login_source": ISSUER,
    "columns": {
        "external_id": "id",
        "display_name": "name",
        "email": "email",
        "zone": "zone",
        "active": "active",
        "login": "login",
        "away_from": "from",
        "away_until": "until",
    },
}
ANNA = "1,Anna One,anna@example.com,Europe/Berlin,yes,anna,,"
BEN = "2,Ben Two,ben@example.com,Europe/Berlin,yes,ben,,"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> PartnershipsInMemory:
    """Where every login works at once."""
    monkeypatch.setattr(LOGIN_DELAY, "length", timedelta(0))
    return PartnershipsInMemory()


async def take(hr: AsyncClient, *lines: str, source: str = "hr", **more: Any) -> Any:
    csv = "\n".join([HEADER, *lines])
    return answered(await hr.post("/roster", json={"shape": {**SHAPE, "source": source}, "csv": csv, **more}), 200)


async def waiting(hr: AsyncClient, **where: str) -> Any:
    return answered(await hr.get("/conflicts", params=where), 200)["items"]


async def found_by(hr: AsyncClient, source: str, external_id: str) -> Any:
    people = answered(await hr.get("/people", params={"source": source, "external_id": external_id}), 200)["items"]
    return people[0]["id"] if people else None


async def test_a_line_about_somebody_who_may_be_known_waits_until_it_is_linked(service: PartnershipsInMemory):
    async with service.hr() as hr:
        await take(hr, ANNA)
        anna = await found_by(hr, "hr", "1")
        line = "A7,Anna Uno,ANNA@example.com,Europe/Berlin,yes,,,"
        assert (await take(hr, line, source="new-hr", dry_run=True))["conflicts"]
        assert await waiting(hr) == []
        report = await take(hr, line, source="new-hr")
        conflict = report["conflicts"][0]["conflict"]
        [seen] = await waiting(hr, source="new-hr")
        assert (seen["id"], seen["person"], seen["because"], seen["display_name"]) == (
            conflict,
            anna,
            "email",
            "Anna Uno",
        )
        assert await waiting(hr, source="hr") == []
        await take(hr, line, source="new-hr")
        assert len(await waiting(hr)) == 1
        keyed: Any = {"headers": {"Idempotency-Key": "link-a7"}}
        first = await hr.post(f"/conflicts/{conflict}/link", **keyed)
        assert answered(first, 200)["events"][0]["data"]["outcome"] == "linked"
        assert (await hr.post(f"/conflicts/{conflict}/link", **keyed)).content == first.content
        assert answered(await hr.post(f"/conflicts/{conflict}/link"), 200)["events"] == []
        facts = refused(await hr.post(f"/conflicts/{conflict}/create"), 409, "conflict-decided")["facts"]
        assert (facts["outcome"], facts["person"]) == ("linked", anna)
        assert await waiting(hr) == []
        again = await take(hr, line, source="new-hr")
        assert (again["changed"], again["conflicts"]) == (1, [])
        assert (await take(hr, line, source="new-hr"))["unchanged"] == 1
        assert answered(await hr.get(f"/conflicts/{conflict}"), 200)["outcome"] == "linked"


async def test_somebody_who_is_somebody_else_is_created_with_what_the_feed_said(service: PartnershipsInMemory):
    async with service.hr() as hr:
        await take(hr, ANNA)
        line = "8,Anna Other,anna@example.com,Europe/Vienna,yes,other,2025-01-01,2026-12-31"
        conflict = (await take(hr, ANNA, line))["conflicts"][0]["conflict"]
        made = answered(await hr.post(f"/conflicts/{conflict}/create"), 200)["events"][0]["data"]["person"]
        assert made == await found_by(hr, "hr", "8") == await found_by(hr, ISSUER, "OTHER")
        again = await take(hr, ANNA, line)
        assert (again["unchanged"], again["conflicts"]) == (2, [])


async def test_a_conflict_that_the_feed_no_longer_has_is_gone(service: PartnershipsInMemory):
    async with service.hr() as hr:
        await take(hr, ANNA)
        line = "8,Other,anna@example.com,Europe/Berlin,yes,,,"
        conflict = (await take(hr, line))["conflicts"][0]["conflict"]
        await take(hr, BEN)
        assert len(await waiting(hr)) == 1, "a part of a roster says nothing of other lines"
        await take(hr, line.replace("anna@", "other@"))
        assert answered(await hr.get(f"/conflicts/{conflict}"), 200)["outcome"] == "gone"


async def test_a_login_that_is_somebody_elses_is_taken_only_if_that_is_said(service: PartnershipsInMemory):
    async with service.hr() as hr:
        await take(hr, ANNA, BEN)
        anna, ben = await found_by(hr, "hr", "1"), await found_by(hr, "hr", "2")
        line = BEN.replace(",ben,", ",ANNA,")
        report = await take(hr, line)
        conflict = report["conflicts"][0]["conflict"]
        [seen] = await waiting(hr)
        assert (seen["person"], seen["because"], seen["login_holder"]) == (ben, "login", anna)
        assert refused(await hr.post(f"/conflicts/{conflict}/link"), 409, "login-taken")["facts"]["person"] == anna
        refused(await hr.post(f"/conflicts/{conflict}/create"), 409, "already-registered")
        answered(await hr.post(f"/conflicts/{conflict}/link", json={"take_login": True}), 200)
        assert await found_by(hr, ISSUER, "anna") == ben
        assert (await take(hr, line))["conflicts"] == []
        assert await found_by(hr, ISSUER, "ben") is None


async def test_after_a_change_of_the_system_all_are_linked_by_their_addresses_at_once(service: PartnershipsInMemory):
    async with service.hr() as hr:
        await take(hr, ANNA, BEN, "3,Cem,cem@example.com,Europe/Berlin,yes,,,")
        lines = [
            "A1,Anna One,anna@example.com,Europe/Berlin,yes,anna,,",
            "A2,Ben Two,ben@example.com,Europe/Berlin,yes,,,",
            "A3,Cem,cem@example.com,Europe/Berlin,yes,,,",
            "A4,Cem Too,cem@example.com,Europe/Berlin,yes,,,",
        ]
        assert len((await take(hr, *lines, source="new"))["conflicts"]) == 4
        body = {"source": "new", "confirm": 3}
        assert (
            refused(await hr.post("/conflicts/link-by-email", json=body), 409, "confirm-conflicts")["facts"]["open"]
            == 4
        )
        keyed: Any = {"json": {"source": "new", "confirm": 4}, "headers": {"Idempotency-Key": "all"}}
        done = answered(await hr.post("/conflicts/link-by-email", **keyed), 200)
        assert {each["external_id"]: each["person"] for each in done["linked"]} == {
            "A1": await found_by(hr, "hr", "1"),
            "A2": await found_by(hr, "hr", "2"),
        }
        assert [each["external_id"] for each in sorted(done["left"], key=lambda each: each["external_id"])] == [
            "A3",
            "A4",
        ]
        again = answered(await hr.post("/conflicts/link-by-email", **keyed), 200)
        assert len(again["linked"]) == 2
        report = await take(hr, *lines, source="new")
        assert (report["unchanged"] + report["changed"], len(report["conflicts"])) == (2, 2)


async def test_an_identity_is_unlinked_or_moved_to_somebody_else(service: PartnershipsInMemory):
    async with service.hr() as hr:
        await take(hr, ANNA, BEN)
        anna, ben = await found_by(hr, "hr", "1"), await found_by(hr, "hr", "2")
        login = {"source": ISSUER, "external_id": "ＡＮＮＡ"}
        wrong = {**login, "holder": ben}
        refused(await hr.post(f"/people/person_{'0' * 32}/identities/move", json=wrong), 404, "not-found")
        cem = await hr.post("/people", json={"source": "x", "external_id": "9", "display_name": "C", "zone": "UTC"})
        third = answered(cem, 201)["id"]
        facts = refused(await hr.post(f"/people/{third}/identities/move", json=wrong), 409, "identity-taken")["facts"]
        assert facts["person"] == anna
        for _ in range(2):
            answered(await hr.post(f"/people/{ben}/identities/move", json={**login, "holder": anna}), 200)
        assert await found_by(hr, ISSUER, "anna") == ben
        for _ in range(2):
            answered(await hr.post(f"/people/{ben}/identities/unlink", json=login), 200)
        async with service.client("anna") as nobody:
            refused(await nobody.get("/people/me"), 403, "unknown-person")


async def test_a_number_that_was_given_up_names_somebody_else_without_touching_who_had_it(
    service: PartnershipsInMemory,
):
    async with service.hr() as hr:
        await take(hr, ANNA)
        anna = await found_by(hr, "hr", "1")
        answered(await hr.post(f"/people/{anna}/identities/unlink", json={"source": "hr", "external_id": "1"}), 200)
        assert (await take(hr, "1,Somebody New,new@example.com,Europe/Berlin,yes,,,"))["registered"] == 1
        assert await found_by(hr, "hr", "1") not in (None, anna)
        assert answered(await hr.get(f"/people/{anna}"), 200)["display_name"] == "Anna One"


async def test_conflicts_are_for_who_keeps_the_directory(service: PartnershipsInMemory):
    async with service.hr() as hr, service.client("anna", "partner") as anna:
        await take(hr, ANNA)
        refused(await anna.get("/conflicts"), 403, "missing-scope")
        refused(await hr.post(f"/conflicts/conflict_{'0' * 32}/link"), 404, "not-found")


@pytest.mark.parametrize("written", ["ANNA", "ａｎｎａ", "an\u00adna", "anna\u200b"])
async def test_a_token_whose_login_is_written_in_another_way_finds_its_person(
    service: PartnershipsInMemory, written: str
):
    async with service.hr() as hr, service.client(written, "partner") as anna:
        await take(hr, ANNA)
        assert answered(await anna.get("/people/me"), 200)["display_name"] == "Anna One"
        await take(hr, ANNA.replace(",anna,", ",anna.new,"))
        refused(await anna.get("/people/me"), 403, "unknown-person")


async def test_two_lines_with_one_login_or_an_old_line_of_somebody_back_confuse_nobody(service: PartnershipsInMemory):
    async with service.hr() as hr:
        report = await take(hr, ANNA, BEN.replace(",ben,", ",Anna,"))
        assert (report["registered"], len(report["conflicts"])) == (1, 1)
        old, new = "70,Cem,cem@example.com,Europe/Berlin,no,,,", "71,Cem,cem@example.com,Europe/Berlin,yes,,,"
        for _ in range(2):
            assert (await take(hr, old, new))["conflicts"] == []
        assert await found_by(hr, "hr", "70") is None


async def test_who_waits_under_a_new_number_is_not_missing_in_a_complete_roster(service: PartnershipsInMemory):
    async with service.hr() as hr:
        await take(hr, ANNA, BEN)
        report = await take(hr, BEN, ANNA.replace("1,", "1001,", 1), mode="complete")
        assert (report["missing"], len(report["conflicts"])) == ([], 1)


def test_a_conflict_keeps_the_whole_record_of_who_may_be_created():
    from coaching_events.events.conflict import ConflictFound

    assert PersonRecord.model_fields.keys() < ConflictFound.model_fields.keys()
