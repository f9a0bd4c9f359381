"""Whoever has a login acts as its person: so the person is told of each further one, and can refuse it in time."""

from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from coaching_events.events.person import PersonLinked
from coaching_readmodels.logins import login_id
from notifications.channels import mail
from notifications.channels.mail import MailServer
from notifications.channels.mail_channel import MailConfig
from partnerships.app import definition as partnerships
from partnerships.directory import LOGIN_DELAY
from partnerships.settings import PartnershipSettings
from tests.contracts.notified import ANNA, Notified
from tests.delivery.test_email import Postbox, body
from tests.interface.company_in_memory import START, CompanyInMemory, answered, open_company
from tests.rules.notifications.a_week import local, nobody
from tests.rules.partnerships.people import ISSUER

IN_EVERY_SERVICE = (
    ("partnerships", "/people/me"),
    ("goals", "/commitments"),
    ("sessions", "/sessions"),
    ("notifications", "/inbox"),
)
LATER = START + timedelta(days=3)
"""When a login works that is linked at the beginning of a test."""
DIRECTORY, IDENTITIES = ("hr.directory",), ("hr.identities",)
BOTH = DIRECTORY + IDENTITIES
HEADER = "id,name,zone,active,login"


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    """Anna and Ben are partners, each with a first login; nobody has another yet."""
    async with open_company("anna", "ben") as company:
        await company.pair("anna", "ben")
        yield company


async def post(
    company: CompanyInMemory, path: str, body: Any = None, *, by: str = "hr", scopes: Sequence[str] = ()
) -> Response:
    answer = await company.ask(by, "POST", "partnerships", path, body, scopes=scopes)
    await company.suite.settles()
    return answer


async def linked(company: CompanyInMemory, login: str = "anna.two", name: str = "anna") -> Response:
    """HR links one more login to somebody."""
    body = {"source": ISSUER, "external_id": login}
    return await post(company, f"/people/{company.people[name]}/identities", body, scopes=IDENTITIES)


async def says(company: CompanyInMemory, verb: str, login: str = "anna.two", *, by: str = "anna") -> Response:
    return await post(company, f"/people/me/logins/{login_id(ISSUER, login)}/{verb}", by=by)


async def imported(company: CompanyInMemory, *lines: str, scopes: Sequence[str] = BOTH) -> Any:
    columns = {"external_id": "id", "display_name": "name", "zone": "zone", "active": "active", "login": "login"}
    shape = {"source": "hr-export", "login_source": ISSUER, "columns": columns}
    return answered(
        await post(company, "/roster", {"shape": shape, "csv": "\n".join((HEADER, *lines))}, scopes=scopes), 200
    )


async def opens(company: CompanyInMemory, login: str) -> set[tuple[int, str]]:
    """What every service answers a token of this login: one answer if they agree."""
    answers = [await company.ask(login, "GET", service, path) for service, path in IN_EVERY_SERVICE]
    return {(each.status_code, "" if each.is_success else problem(each)) for each in answers}


def problem(answer: Response) -> str:
    return answer.json()["type"].rpartition(":")[2]


def refused(answer: Response, status: int, type: str) -> None:
    assert (answer.status_code, problem(answer)) == (status, type), answer.text


@pytest.fixture
def delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """The delay as it was, once a test has set it."""
    monkeypatch.setattr(LOGIN_DELAY, "length", LOGIN_DELAY.length)


WORKS, WAITS, UNKNOWN = {(200, "")}, {(403, "login-waits")}, {(403, "unknown-person")}


async def test_a_further_login_opens_nothing_in_any_service_until_its_delay_is_over(company: CompanyInMemory):
    answer = answered(await linked(company), 200)
    assert answer["events"][0]["data"]["effective_at"] == "2026-03-05T09:00:00.000Z"
    assert await opens(company, "anna.two") == WAITS
    company.suite.clock.at = LATER - timedelta(milliseconds=1)
    assert await opens(company, "anna.two") == WAITS
    company.suite.clock.at = LATER
    assert await opens(company, "anna.two") == WORKS
    assert await opens(company, "anna") == WORKS


@pytest.mark.usefixtures("delay")
async def test_the_company_sets_the_delay_and_without_one_the_person_is_told_all_the_same(
    company: CompanyInMemory, monkeypatch: pytest.MonkeyPatch
):
    needed = {"KAFKA_URL": "localhost:9092", "MONGO_URL": "mongodb://localhost", "TOKEN_ISSUER": ISSUER}
    for name, value in {**needed, "TOKEN_AUDIENCE": "tandem", "LOGIN_DELAY": "P1DT12H"}.items():
        monkeypatch.setenv(name, value)
    partnerships.opening(PartnershipSettings.from_environment())
    await linked(company)
    company.suite.clock.at = START + timedelta(hours=36)
    assert await opens(company, "anna.two") == WORKS
    monkeypatch.setenv("LOGIN_DELAY", "P0D")
    partnerships.opening(PartnershipSettings.from_environment())
    await linked(company, "anna.three")
    assert await opens(company, "anna.three") == WORKS
    told = (await company.get("anna", "notifications", "/inbox", kind="news"))["items"]
    assert [each["subject"] for each in told].count("A login was added to your record") == 2


async def test_a_first_login_works_at_once(company: CompanyInMemory):
    new = {"source": "hr-export", "external_id": "7", "display_name": "Cem", "zone": "Europe/Berlin"}
    company.people["cem"] = answered(await post(company, "/people", new, scopes=DIRECTORY), 201)["id"]
    answered(await linked(company, "cem", "cem"), 200)
    assert await opens(company, "cem") == WORKS
    await imported(company, "8,Dia,Europe/Berlin,yes,dia", scopes=DIRECTORY)
    assert await opens(company, "dia") == WORKS


async def test_a_login_that_waits_gives_no_power_by_any_scope(company: CompanyInMemory):
    await linked(company)
    scopes = ("partner", "ops", *BOTH)
    refused(await company.ask("anna.two", "GET", "partnerships", "/people", scopes=scopes), 403, "login-waits")
    refused(await company.ask("anna.two", "GET", "goals", "/ops/dead-letters", scopes=scopes), 403, "login-waits")
    refused(await says(company, "confirm", by="anna.two"), 403, "login-waits")


async def test_it_is_told_in_the_inbox_at_once_with_both_answers(company: CompanyInMemory):
    await linked(company)
    (message,) = (await company.get("anna", "notifications", "/inbox", kind="news"))["items"][:1]
    assert message["subject"] == "A login was added to your record"
    assert "an…wo at “https" in message["text"]
    assert "It works from Thursday 5 March, 10:00." in message["text"]
    assert "anna.two" not in str(message)
    (entry,) = message["entries"]
    assert [each["path"].rpartition("/")[2] for each in entry["actions"]] == ["confirm", "refuse"]
    answered(await post(company, entry["actions"][1]["path"], by="anna"), 200)
    assert await opens(company, "anna.two") == UNKNOWN
    others = (await company.get("ben", "notifications", "/inbox"))["items"]
    assert all(each["subject"] != message["subject"] for each in others), "it is nobody else's business"


async def test_it_is_told_by_mail_as_a_message_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mail, "REST", 0.0)
    postbox, suite = Postbox(), Notified()
    await postbox.open()
    suite.post.config = MailConfig(
        server=MailServer(f"smtp://127.0.0.1:{postbox.port}"),
        clock=suite.clock,
        sender="tandem@example.org",
        public_url="https://tandem.example.org",
    )
    await suite.knows_the_pairs()
    await suite.comes(local(0, 10))
    link = PersonLinked(
        by=nobody("hr.directory"), source=ISSUER, external_id="anna.two", feed="hr-export", effective_at=local(3, 10)
    )
    await suite.hears(ANNA, link, link.model_copy(update={"source": "payroll", "effective_at": None}))
    await suite.comes(local(0, 12))
    await postbox.close()
    (told,) = postbox.mails
    assert told["subject"] == "A login was added to your record"
    assert "by your HR system, hr-export: an…wo" in " ".join(body(told).split())


async def test_a_login_works_as_soon_as_the_person_confirms_it_and_then_confirms_others(company: CompanyInMemory):
    await linked(company)
    answered(await says(company, "confirm"), 200)
    assert await opens(company, "anna.two") == WORKS
    await linked(company, "anna.three")
    answered(await says(company, "confirm", "anna.three", by="anna.two"), 200)
    assert await opens(company, "anna.three") == WORKS


async def test_a_refused_login_opens_nothing_and_is_not_linked_again_in_silence(company: CompanyInMemory):
    await linked(company)
    answered(await says(company, "refuse"), 200)
    company.suite.clock.at = LATER
    assert await opens(company, "anna.two") == UNKNOWN
    refused(await linked(company, "ANNA.two"), 409, "login-refused")
    answered(await linked(company, "anna.two", "ben"), 200)
    move = {"source": ISSUER, "external_id": "anna.two", "holder": company.people["ben"]}
    path = f"/people/{company.people['anna']}/identities/move"
    refused(await post(company, path, move, scopes=IDENTITIES), 409, "login-refused")
    for_ben = (await company.get("ben", "partnerships", "/people/me/logins"))["items"]
    assert len(for_ben) == 2, "nothing was taken from Ben"


async def test_a_refused_login_is_linked_again_after_the_person_confirms_it(company: CompanyInMemory):
    await linked(company)
    await says(company, "refuse")
    answered(await says(company, "confirm"), 200)
    assert await opens(company, "anna.two") == UNKNOWN
    answered(await linked(company), 200)
    assert await opens(company, "anna.two") == WAITS


async def test_a_strangers_login_cannot_lock_its_person_out(company: CompanyInMemory):
    await linked(company)
    company.suite.clock.at = LATER
    refused(await says(company, "refuse", "anna", by="anna.two"), 409, "older-login")
    refused(await says(company, "refuse", by="anna.two"), 409, "login-in-use")
    answered(await says(company, "refuse"), 200)
    assert await opens(company, "anna.two") == UNKNOWN
    assert await opens(company, "anna") == WORKS


async def test_hr_cannot_make_a_login_the_first_by_unlinking_the_others(company: CompanyInMemory):
    body = {"source": ISSUER, "external_id": "anna"}
    answered(await post(company, f"/people/{company.people['anna']}/identities/unlink", body, scopes=IDENTITIES), 200)
    await linked(company)
    assert await opens(company, "anna.two") == WAITS


async def test_a_person_sees_their_logins_in_part_and_whoever_may_link_sees_what_became_of_them(
    company: CompanyInMemory,
):
    await linked(company)
    await linked(company, "anna.three")
    await says(company, "refuse", "anna.three")
    await says(company, "confirm")
    seen = (await company.get("anna", "partnerships", "/people/me/logins"))["items"]
    assert [(each["login"], each["status"], each["confirmed"], each["used_now"]) for each in seen] == [
        ("a…", "works", False, True),
        ("an…wo", "works", True, False),
        ("an…ee", "refused", False, False),
    ]
    assert {(each["linked_by"], each["linked_at"]) for each in seen[1:]} == {
        ("rule:hr.identities", "2026-03-02T09:00:00.000Z")
    }
    path = f"/people/{company.people['anna']}/logins"
    for_hr = answered(await company.ask("hr", "GET", "partnerships", path, scopes=IDENTITIES), 200)["items"]
    assert [each["status"] for each in for_hr] == ["works", "works", "refused"]
    refused(await company.ask("hr", "GET", "partnerships", path, scopes=DIRECTORY), 403, "missing-scope")
    assert (await company.ask("ben", "GET", "partnerships", path)).status_code == 403


async def test_a_login_of_somebody_else_is_not_there(company: CompanyInMemory):
    await linked(company)
    for verb in ("confirm", "refuse"):
        refused(await says(company, verb, by="ben"), 404, "not-found")
        refused(await says(company, verb, "nobody"), 404, "not-found")


async def test_the_scope_of_the_directory_links_moves_and_unlinks_nothing(company: CompanyInMemory):
    body = {"source": ISSUER, "external_id": "anna.two"}
    for path in ("", "/unlink", "/move"):
        full = {**body, "holder": company.people["ben"]} if path == "/move" else body
        address = f"/people/{company.people['anna']}/identities{path}"
        refused(await post(company, address, full, scopes=DIRECTORY), 403, "missing-scope")
    refused(
        await post(company, f"/people/{company.people['anna']}/deactivate", scopes=IDENTITIES), 403, "missing-scope"
    )


async def test_a_roster_without_the_scope_adds_no_login_to_somebody_known_and_accounts_for_it(company: CompanyInMemory):
    await imported(company, "1,Ada,Europe/Berlin,yes,ada", "2,Bea,Europe/Berlin,yes,bea")
    report = await imported(
        company,
        "1,Ada,Europe/Vienna,yes,ada.two",
        "2,Bea,Europe/Berlin,no,bea.two",
        "3,Cem,Europe/Berlin,yes,cem",
        scopes=DIRECTORY,
    )
    assert [(each["line"], "hr.identities" in each["why"]) for each in report["wrong"]] == [(2, True)]
    assert (report["registered"], report["changed"], report["deactivated"]) == (1, 1, 1), "a leaver leaves all the same"
    assert [each["line"] for each in report["warnings"]] == [3]
    assert await opens(company, "ada.two") == await opens(company, "bea.two") == UNKNOWN
    assert await opens(company, "ada") == await opens(company, "cem") == WORKS


async def test_the_login_that_a_feed_names_instead_waits_and_the_old_one_works_until_then(company: CompanyInMemory):
    await imported(company, "1,Ada,Europe/Berlin,yes,ada")
    line = "1,Ada,Europe/Berlin,yes,ada.two"
    assert (await imported(company, line))["changed"] == 1
    assert (await imported(company, line))["unchanged"] == 1
    assert await opens(company, "ada") == WORKS
    assert await opens(company, "ada.two") == WAITS
    given_away = await imported(company, "2,Bea,Europe/Berlin,yes,ada")
    assert len(given_away["conflicts"]) == 1, "nobody else gets it before"
    await company.suite.comes(LATER)
    assert await opens(company, "ada") == UNKNOWN
    assert await opens(company, "ada.two") == WORKS
    assert (await imported(company, "2,Bea,Europe/Berlin,yes,ada"))["registered"] == 1


async def test_a_feed_that_insists_on_a_refused_login_is_told_so_and_the_old_one_stays(company: CompanyInMemory):
    await imported(company, "1,Ada,Europe/Berlin,yes,ada")
    line = "1,Ada,Europe/Berlin,yes,ada.two"
    await imported(company, line)
    answered(await says(company, "refuse", "ada.two", by="ada"), 200)
    report = await imported(company, line)
    assert (report["unchanged"], report["wrong"]) == (1, [])
    assert [each["why"] for each in report["warnings"]] == ["The person has refused the login ada.two: it is left out."]
    assert await opens(company, "ada") == WORKS


async def test_deciding_a_conflict_gives_and_takes_no_login_without_the_scope(company: CompanyInMemory):
    await imported(company, "1,Ada,Europe/Berlin,yes,ada", "2,Bea,Europe/Berlin,yes,bea")
    report = await imported(company, "2,Bea,Europe/Berlin,yes,ada")
    path = f"/conflicts/{report['conflicts'][0]['conflict']}/link"
    refused(await post(company, path, {"take_login": True}, scopes=DIRECTORY), 403, "missing-scope")
    assert await opens(company, "ada") == WORKS
    answered(await post(company, path, {"take_login": True}, scopes=BOTH), 200)
    assert await opens(company, "ada") == WAITS, "it is Bea's, and waits for her"
    assert await opens(company, "bea") == WORKS


async def test_linking_many_by_their_addresses_leaves_further_logins_to_who_has_the_scope(company: CompanyInMemory):
    columns = {"external_id": "id", "display_name": "name", "zone": "zone", "email": "mail", "login": "login"}
    shape = {"source": "new-hr", "login_source": ISSUER, "columns": columns}
    csv = "\n".join(
        (
            "id,name,zone,mail,login",
            "N1,Anna,Europe/Berlin,anna@example.com,anna.two",
            "N2,Ben,Europe/Berlin,ben@example.com,ben",
        )
    )
    answered(await post(company, "/roster", {"shape": shape, "csv": csv}, scopes=BOTH), 200)
    many = {"source": "new-hr", "confirm": 2}
    done = answered(await post(company, "/conflicts/link-by-email", many, scopes=DIRECTORY), 200)
    assert [each["external_id"] for each in done["linked"]] == ["N2"]
    assert [("hr.identities" in each["why"]) for each in done["left"]] == [True]
    rest = {"source": "new-hr", "confirm": 1}
    answered(await post(company, "/conflicts/link-by-email", rest, scopes=BOTH), 200)
    assert await opens(company, "anna.two") == WAITS
