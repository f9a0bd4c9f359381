"""The pages of those who keep the directory: rosters, people, conflicts and calendars."""

from tests.console.conftest import LocalConsole
from tests.delivery.company import Company, answered

ROSTER = "id;first;last;zone\n{one};Ada;Berg;Europe/Berlin\n{two};Ned;Odd;Nowhere/Town"


async def test_a_roster_is_tried_and_then_imported_and_a_person_of_it_is_away(company: Company, console: LocalConsole):
    hr = company.somebody("hr-desk", "hr.directory")
    browser = await console.sign_in(hr, "hr.directory")
    source = f"{company.prefix}-desk"
    typed = {
        "csv": [ROSTER.format(one="a1", two="a2"), ""],
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
