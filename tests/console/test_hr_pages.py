"""The pages of those who keep the directory: rosters, people, conflicts and calendars."""

import asyncio
import json
from datetime import timedelta

import pytest

from tests.console.browser import Page
from tests.console.conftest import LocalConsole
from tests.delivery.company import Company, answered

ROSTER = "id;first;last;zone\n{one};Ada;Berg;Europe/Berlin\n{two};Ned;Odd;Nowhere/Town"


async def test_a_roster_is_tried_and_then_imported_and_a_person_of_it_is_away(company: Company, console: LocalConsole):
    hr = company.somebody("hr-desk", "hr.directory")
    browser = await console.sign_in(hr, "hr.directory")
    source = f"{company.prefix}-desk"
    typed = {
        "csv": ROSTER.format(one="a1", two="a2"),
        "shape.source": source,
        "shape.delimiter": ";",
        "shape.columns.external_id": "id",
        "shape.columns.display_name[]": ["first", "last"],
        "shape.columns.zone": "zone",
    }
    page = await browser.send(await browser.open("/hr/roster"), "roster", typed)
    assert (page.status, page.path.partition("?")[0]) == (200, "/hr/roster")
    report = page.one("//section[@aria-labelledby='report']").text_content()
    assert "What would happen" in report
    assert "1 new person" in report
    assert "Line 3" in report
    where = {"source": source, "external_id": "a1"}
    assert answered(await hr.get("partnerships", "/people", **where))["items"] == []
    page.one("//button[@form='roster' and @name='dry_run:flag' and @value='false']")
    page = await browser.send(page, "roster", {"dry_run:flag": "false"})
    assert "What happened" in page.text
    (ada,) = answered(await hr.get("partnerships", "/people", **where))["items"]
    assert ada["display_name"] == "Ada Berg"
    found = await browser.open(f"/hr?source={source}&external_id=a1")
    (address,) = found.all("//article//a/@href")
    away = {"first": str(company.today()), "last": str(company.today())}
    page = await browser.send(await browser.open(address), "absence", away)
    (withdraw,) = page.all("//form[contains(@action, '/absences/withdraw')]/@id")
    page = await browser.send(page, withdraw)
    assert "There is none." in page.text
    page = await browser.send(page, "deactivate")
    page = await browser.send(page, "reactivate")
    assert "Works here." in page.text


async def test_the_days_of_a_calendar_are_written(company: Company, console: LocalConsole):
    browser = await console.sign_in(company.somebody("hr-desk", "hr.directory"), "hr.directory")
    page = await browser.send(await browser.open("/hr/calendars"), "calendar", {"region": "DE-HH", "year:int": "2031"})
    assert page.path.startswith("/hr/calendars/calendar_DE-HH-2031"), page.text
    number = len(page.all("//input[@type='date']")) - 1
    new = {f"days.{number}.day": "2031-07-01", f"days.{number}.name": "A day of our own"}
    page = await browser.send(page, "days", new)
    assert "Done." in page.text
    assert page.all("//input[@value='A day of our own']")


async def test_nobody_else_finds_these_pages(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    browser = await console.sign_in(anna)
    for path in ("/hr", "/hr/roster", "/hr/conflicts", "/hr/calendars", f"/hr/people/{anna.id}"):
        assert (await browser.open(path)).status == 404


HR = "hr.directory"
TABLE = "Nr;Vorname;Nachname;Zone\r\n1;Jürgen;Müßig;Europe/Berlin\r\n"
COLUMNS = {"external_id": "id", "display_name": "name", "zone": "zone", "email": "mail"}


def shape_of(source: str) -> bytes:
    """A description of the columns, as a file."""
    columns = {"external_id": "Nr", "display_name": ["Vorname", "Nachname"], "zone": "Zone"}
    return json.dumps({"source": source, "delimiter": ";", "columns": columns}).encode("utf-8-sig")


def alert(page: Page) -> str:
    """What is wrong, at the top of a page."""
    return page.all("//main/p[@role='alert']")[0].text_content().strip()


def fault(page: Page, name: str) -> str:
    """What is wrong with a field."""
    field = page.one(f"//*[@name={name!r} and @aria-invalid]")
    return page.one(f"//small[@id={field.get('aria-describedby')!r}]").text_content()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
async def test_a_roster_and_its_description_come_as_files(company: Company, console: LocalConsole, encoding: str):
    hr = company.somebody("hr-desk", HR)
    browser = await console.sign_in(hr, HR)
    source = f"{company.prefix}-{encoding}"
    files = {"csv": TABLE.encode(encoding), "shape:json": shape_of(source)}
    page = await browser.upload(await browser.open("/hr/roster"), "roster", {}, files)
    assert "Nothing has changed yet." in page.text
    assert "1 new person" in page.text
    page = await browser.upload(page, "roster", {"dry_run:flag": "false"}, {})
    assert "What happened" in page.text, "the file need not be chosen again"
    (person,) = answered(await hr.get("partnerships", "/people", source=source, external_id="1"))["items"]
    assert person["display_name"] == "Jürgen Müßig"


async def test_what_is_wrong_with_the_files_stands_at_their_fields(company: Company, console: LocalConsole):
    browser = await console.sign_in(company.somebody("hr-desk", HR), HR)
    shape = shape_of(f"{company.prefix}-wrong")
    empty = await browser.open("/hr/roster")
    workbook = {"csv": b"PK\x03\x04\0\0", "shape:json": shape}
    page = await browser.upload(empty, "roster", {"shape.source": "kept"}, workbook)
    assert fault(page, "csv") == "This file is no text. Save the table as CSV, and send that file."
    assert page.one("//input[@name='shape.source']").get("value") == "kept"
    page = await browser.upload(empty, "roster", {"csv": TABLE}, {"shape:json": b"{no"})
    assert fault(page, "shape:json").startswith("This field cannot be read.")
    assert page.form("roster").fields["csv"].strip() == TABLE.replace("\r\n", "\n").strip()
    page = await browser.upload(empty, "roster", {}, {})
    assert fault(page, "csv") == "is missing"
    assert "body." not in page.text
    page = await browser.upload(empty, "roster", {"csv": TABLE, "shape.source": "x"}, {})
    assert "At least the number and the name are needed." in page.text
    page = await browser.upload(empty, "roster", {}, {"csv": b"only words", "shape:json": shape})
    assert alert(page).startswith("The first line has no column Nachname, Nr, Vorname, Zone.")


async def test_a_file_over_the_limit_gets_a_page(company: Company, console: LocalConsole):
    browser = await console.sign_in(company.somebody("hr-desk", HR), HR)
    files = {"csv": b"x" * 300_000, "shape:json": shape_of("people")}
    page = await browser.upload(await browser.open("/hr/roster"), "roster", {}, files)
    assert "Import it in parts" in page.text
    assert len(page.form("roster").fields["csv"].strip()) == 300_000
    for size in (1_100_000, 5_000_000):
        files = {"csv": b"x" * size}
        page = await browser.upload(await browser.open("/hr/roster"), "roster", {}, files)
        assert (page.status, page.one("//h1").text) == (413, "That was too much")
    await browser.http.post("/language", data={"language": "de"})
    page = await browser.upload(await browser.open("/hr/roster"), "roster", {}, files)
    assert "Gehen Sie im Browser zurück: Ihr Text steht noch im Formular." in page.text


async def test_typed_columns_take_the_place_of_those_in_the_description(company: Company, console: LocalConsole):
    browser = await console.sign_in(company.somebody("hr-desk", HR), HR)
    source = f"{company.prefix}-both"
    page = await browser.open("/hr/roster")
    typed = {"csv": TABLE, "shape.columns.display_name[]": "Nachname"}
    page = await browser.upload(page, "roster", typed, {"shape:json": shape_of(source)})
    await browser.upload(page, "roster", {"dry_run:flag": "false"}, {})
    page = await browser.open(f"/hr?source={source}&external_id=1")
    assert page.one("//article//a").text_content() == "Müßig Müßig"


async def test_many_deactivations_are_confirmed_with_their_number(company: Company, console: LocalConsole):
    hr = company.somebody("hr-desk", HR)
    browser = await console.sign_in(hr, HR)
    source = f"{company.prefix}-gone"
    lines = ["id,name,zone", *(f"{number},Person {number},Europe/Berlin" for number in range(30))]
    shape = {"source": source, "columns": {"external_id": "id", "display_name": "name", "zone": "zone"}}
    answered(await hr.post("partnerships", "/roster", {"shape": shape, "csv": "\n".join(lines)}))
    typed = {"csv": "\n".join(lines[:3]), "mode": "complete"}
    files = {"shape:json": json.dumps(shape).encode()}
    page = await browser.upload(await browser.open("/hr/roster"), "roster", typed, files)
    assert "28 people are deactivated" in page.text
    page = await browser.upload(page, "roster", {"dry_run:flag": "false"}, {})
    assert alert(page).startswith("28 of ")
    for wrong in ("27", "many", ""):
        sent = {"dry_run:flag": "false", "confirm_deactivations:int": wrong}
        page = await browser.upload(page, "roster", sent, {})
        assert "What happened" not in page.text
        assert page.one("//input[@name='confirm_deactivations:int']").get("value") == wrong
        assert page.one("//select[@name='mode']/option[@selected]").get("value") == "complete"
    sent = {"dry_run:flag": "false", "confirm_deactivations:int": "28"}
    page = await browser.upload(page, "roster", sent, {})
    assert "What happened" in page.text
    (last,) = answered(await hr.get("partnerships", "/people", source=source, external_id="29"))["items"]
    assert last["status"] == "inactive"


async def test_two_decide_conflicts_at_once(company: Company, console: LocalConsole):
    hr = company.somebody("hr-desk", HR)
    browser = await console.sign_in(hr, HR)
    old, new = f"{company.prefix}-old", f"{company.prefix}-new"
    lines = [f"{n},<b>Nam</b> {n},Europe/Berlin,{n}-{old}@example.com" for n in range(5)]
    for source in (old, new):
        body = {"shape": {"source": source, "columns": COLUMNS}, "csv": "\n".join(["id,name,zone,mail", *lines])}
        answered(await hr.post("partnerships", "/roster", body))
    asked = f"/hr/conflicts?source={new}"
    page = stale = await browser.open(asked)
    assert not page.all("//main//b")
    waiting = [form.removeprefix("link-") for form in page.all("//form/@id") if form.startswith("link-")]
    assert len(waiting) == 5
    page = await browser.send(page, f"link-{waiting[0]}")
    page = await browser.send(page, f"create-{waiting[1]}")
    assert "Done." in page.text
    for form in (f"create-{waiting[0]}", f"link-{waiting[1]}"):
        assert "is already decided" in alert(await browser.send(stale, form))
    decided = await asyncio.gather(*(browser.send(stale, f"{way}-{waiting[2]}") for way in ("link", "create")))
    assert sorted("Done." in each.text for each in decided) == [False, True]
    (many,) = [form for form in page.all("//form/@id") if form.startswith("by-email-")]
    page = await browser.send(await browser.open(asked), many, {"confirm:int": "9"})
    assert "are 2 in number now" in alert(page)
    assert page.one("//input[@name='confirm:int']").get("value") == "9"
    page = await browser.send(page, many, {"confirm:int": "2"})
    assert "2 lines were linked." in page.text
    assert "There is nothing to decide." in page.text


async def test_what_was_searched_or_typed_wrongly_stays(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    browser = await console.sign_in(company.somebody("hr-desk", HR), HR)
    for query in ("source=people", "external_id=people", "email=people"):
        page = await browser.open(f"/hr?{query}")
        assert "or a whole e-mail address" in page.one("//main//p[@role='alert']").text_content()
        assert page.all("//input[@value='people']")
    page = await browser.open(f"/hr/people/{anna.id}")
    first, last = str(company.today()), str(company.today() - timedelta(days=1))
    page = await browser.send(page, "absence", {"first": first, "last": last})
    assert alert(page) == "The last day away lies before the first."
    assert page.all("//form[@id='absence']//input[@type='date']/@value") == [first, last]
    await browser.http.post("/language", data={"language": "de"})
    page = await browser.send(page, "absence", {"first": "2031-02-30"})
    assert alert(page).startswith("Es ist noch nichts geschehen")
    assert "Datum" in fault(page, "first")


async def test_what_is_wrong_with_a_day_stands_at_that_day(company: Company, console: LocalConsole):
    browser = await console.sign_in(company.somebody("hr-desk", HR), HR)
    page = await browser.send(await browser.open("/hr/calendars"), "calendar", {"region": "DE-BE", "year:int": "2032"})
    last = len(page.all("//input[@type='date']")) - 1
    gone = {"days.0.day": "", "days.0.name": ""}
    page = await browser.send(page, "days", {**gone, f"days.{last}.day": "2032-13-45", f"days.{last}.name": "Mine"})
    assert "month" in fault(page, f"days.{last}.day"), "not at another day, though a day before it is gone"
    page = await browser.send(page, "days", {f"days.{last}.day": "2031-05-05"})
    assert alert(page) == "5 May 2031 is not in 2032: every year has its own calendar."
    assert page.one(f"//input[@name='days.{last}.name']").get("value") == "Mine"
    page = await browser.send(page, "days", {f"days.{last}.day": "2032-05-05", "working_days:lines": "2032-01-03\nx"})
    assert "date" in fault(page, "working_days:lines")
    page = await browser.send(page, "days", {"working_days:lines": "2032-01-03", "weekend[]": ["5"]})
    assert "Done." in page.text
    assert page.all("//form[@id='days']//input[@checked]/@value") == ["5"]
    page = await browser.send(page, "days", {"working_days:lines": "", "weekend[]": []})
    assert page.one("//textarea").text_content().strip() == "", "what was removed does not stay"
    assert not page.all("//form[@id='days']//input[@checked]")
    page = await browser.send(page, "days", {"weekend[]": [*"0123456"]})
    assert "One day of the week has work." in page.text


async def test_two_write_a_calendar_at_once(company: Company, console: LocalConsole):
    hr = company.somebody("hr-desk", HR)
    browser = await console.sign_in(hr, HR)
    page = await browser.send(await browser.open("/hr/calendars"), "calendar", {"region": "DE-HE", "year:int": "2032"})
    last = len(page.all("//input[@type='date']")) - 1
    same = await browser.open(page.path)
    one = {f"days.{last}.day": "2032-07-01", f"days.{last}.name": "Of the one", "days.0.day": "", "days.0.name": ""}
    assert "Done." in (await browser.send(page, "days", one)).text
    again = await browser.send(page, "days", {"days.1.name": "Typed after going back"})
    assert alert(again).startswith("This form was sent before, with something else in it.")
    assert again.one("//input[@name='days.1.name']").get("value") == "Typed after going back"
    other = {f"days.{last}.day": "2032-07-02", f"days.{last}.name": "Of the other"}
    page = await browser.send(same, "days", other)
    assert alert(page).startswith("This changed while you were writing.")
    assert "Of the one" in page.one("//form[@id='days']/details").text_content()
    assert page.one(f"//input[@name='days.{last}.name']").get("value") == "Of the other"
    page = await browser.send(page, "days")
    names = [day["name"] for day in answered(await hr.get("partnerships", "/calendars/calendar_DE-HE-2032"))["days"]]
    assert "Of the other" in names
    assert "Of the one" not in names


async def test_a_region_that_is_not_known_gets_a_calendar_of_its_own(company: Company, console: LocalConsole):
    browser = await console.sign_in(company.somebody("hr-desk", HR), HR)
    page = await browser.send(await browser.open("/hr/calendars"), "calendar", {"region": "XX", "year:int": "2031"})
    (link,) = page.all("//form[@id='calendar']/preceding-sibling::p/a/@href")
    page = await browser.open(link)
    page = await browser.send(page, "days", {"days.1.day": "2031-04-04", "days.1.name": "Ours", "weekend[]": ["4"]})
    assert "Done." in page.text
    assert page.all("//input[@type='date']/@value")[0] == "2031-04-04"
    assert (await browser.open("/hr/calendars/calendar_x-2031")).status == 404


async def test_logins_are_added_and_removed_by_who_may(company: Company, console: LocalConsole):
    (anna,) = await company.hire("anna")
    hr = company.somebody("hr-desk", HR, "hr.identities")
    browser = await console.sign_in(hr, HR)
    assert not (await browser.open(f"/hr/people/{anna.id}")).all("//section[@aria-labelledby='identities']")
    browser = await console.sign_in(hr, HR, "hr.identities")
    page = await browser.open(f"/hr/people/{anna.id}")
    page = await browser.send(page, "link", {"source": "with space", "external_id": f"{anna.login}-too"})
    assert fault(page, "source")
    assert page.one("//input[@name='external_id' and @id]").get("value") == f"{anna.login}-too"
    page = await browser.send(page, "link", {"source": company.issuer.issuer})
    assert f"{anna.login}-too at " in page.text
    (form,) = page.all(f"//input[@value='{anna.login}-too']/ancestor::form/@id")
    page = await browser.send(page, form)
    assert f"{anna.login}-too at " not in page.text
    (ben,) = await company.hire("ben")
    page = await browser.send(page, "link", {"source": company.issuer.issuer, "external_id": ben.login})
    assert page.one("//input[@name='external_id' and @id]").get("value") == ben.login
    assert alert(page)
