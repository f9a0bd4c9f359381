"""Rosters: what is read of a file, and what becomes of it."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from coaching_events.ids import RuleName
from eventlog import Ids, Refused, fresh_id
from partnerships.directory import find_all, holder, person_id
from partnerships.person.state import Active, Inactive
from partnerships.roster import rows
from partnerships.roster.columns import NotHours, RosterShape, week_of
from partnerships.roster.intake import CAP, Intake
from partnerships.roster.report import Report
from partnerships.roster.rows import Row, Wrong, read_roster
from tests.contracts.partnerships_in_memory import COLUMNS, ROSTER, SHAPE, START, PartnershipsInMemory
from tests.rules.partnerships.people import AT_ONCE

DIRECTORY = RuleName("rule:hr.directory")
SIMPLE: dict[str, Any] = {
    "source": "hr",
    "columns": {
        "external_id": "id",
        "display_name": "name",
        "email": "mail",
        "zone": "zone",
        "active": "active",
        "manager": "boss",
    },
}
HEADER = "id,name,mail,zone,active,boss"


def simple(*lines: str) -> str:
    return "\n".join([HEADER, *lines])


def row(
    number: int, *, name: str = "Somebody", zone: str = "Europe/Berlin", active: str = "yes", boss: str = ""
) -> str:
    return f"{number},{name},{number}@example.com,{zone},{active},{boss}"


def read(text: str, **other: Any) -> list[Row | Wrong]:
    sheet = read_roster(text, RosterShape.model_validate({**SIMPLE, **other}))
    assert len(sheet.rows) + len(sheet.wrong) == sheet.lines
    return sorted([*sheet.rows, *sheet.wrong], key=lambda each: each.line)


def why(text: str, **other: Any) -> list[tuple[int, str]]:
    """What is said of each line that is not taken in as it stands, or of which something is left out."""
    told: list[tuple[int, str]] = []
    for each in read(text, **other):
        told += [(each.line, str(each.why))] if isinstance(each, Wrong) else []
        told += [(each.line, str(said)) for said in (*each.faults, *each.warnings)] if isinstance(each, Row) else []
    return told


async def take(
    service: PartnershipsInMemory, text: str, shape: Any = SIMPLE, *, confirmed: int | None = None, days: int = 0
) -> Report:
    intake = Intake(
        service.log,
        RosterShape.model_validate(shape),
        DIRECTORY,
        START + timedelta(days=days),
        fresh_id(),
        logins=AT_ONCE,
        may_link_logins=True,
    )
    return await intake.take(text, confirmed=confirmed)


# Reading


@pytest.mark.parametrize(
    ("text", "days", "start", "end"),
    [
        ("Mo-Fr 9-17", "01234", "09:00:00", "17:00:00"),
        ("Sun-Thu 08:30-16:00", "60123", "08:30:00", "16:00:00"),
        ("Mo,Di,Do 9-15", "013", "09:00:00", "15:00:00"),
        ("monday - wednesday 9 - 17", "012", "09:00:00", "17:00:00"),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, days: str, start: str, end: str):
    assert week_of(text) == {day: {"start": start, "end": end} for day in days}


def test_days_may_have_different_hours():
    week = week_of("Mon-Wed 9-17, Thu 9-13; Sat 10-12")
    assert (sorted(week), week["3"]["end"], week["5"]["start"]) == (["0", "1", "2", "3", "5"], "13:00:00", "10:00:00")


NO_HOURS = ["38.5 h", "Mo-Xx 9-17", "9-17", "Mo-Fr", "Mo-Fr 9-17 remote", "-Fr 9-17"]
NOT_OF_ONE_DAY = ["Mo-Fr 22-6", "Mo-Su 0-24", "Mo 9-9", "Mo-Fr 9:75-17"]


@pytest.mark.parametrize("text", [*NO_HOURS, *NOT_OF_ONE_DAY])
def test_what_does_not_say_when_somebody_works_is_no_working_time(text: str):
    with pytest.raises(NotHours):
        week_of(text)


def test_the_example_is_right():
    sheet = read_roster(ROSTER, SHAPE)
    assert not sheet.wrong
    by_id = {each.external_id: each for each in sheet.rows}
    assert not [said for each in sheet.rows for said in (*each.faults, *each.warnings)]
    assert len(by_id) >= 24
    assert by_id["1021"].leave == (date(2026, 1, 5), date(2026, 6, 30))
    assert by_id["1028"].active is False
    noa = by_id["1023"].details
    assert noa is not None
    assert (noa.zone, noa.region, sorted(noa.hours or ())) == ("Asia/Jerusalem", "IL", ["0", "1", "2", "3", "6"])


def test_a_wrong_row_is_named_by_its_line_with_a_sentence():
    text = simple(
        row(1), row(2, zone="Europe/Berln"), "3,Short", row(4, name=""), row(5, active="maybe"), row(1), "", row(6)
    )
    assert why(text) == [
        (3, "zone: 'Europe/Berln' is no time zone: write a name of the IANA database, as in Europe/Berlin."),
        (4, "The line has 2 fields where the first line has 6. Look for a missing or surplus separator."),
        (5, "name is empty."),
        (6, "active: 'maybe' is neither yes nor no: define it in values.active."),
        (7, "1 is already in line 2."),
    ]


def test_a_cell_over_several_lines_makes_each_of_them_wrong_and_no_other():
    text = simple('1,"Some\nbody",1@example.com,Europe/Berlin,yes,', row(2, zone="Nowhere"), row(3))
    assert [line for line, _ in why(text)] == [2, 3, 4]
    assert [each.line for each in read(text) if isinstance(each, Row) and each.details] == [5]


def test_a_file_without_its_columns_is_refused_as_a_whole():
    with pytest.raises(Refused, match="boss"):
        read("id,name,mail,zone,active\n")
    with pytest.raises(Refused, match="delimiter"):
        read(simple(row(1)), delimiter=";")
    with pytest.raises(Refused, match="more than once"):
        read(f"{HEADER},id\n")


def test_a_file_whose_first_line_cannot_be_read_is_refused_as_a_whole():
    with pytest.raises(Refused, match="names of the columns") as refusal:
        read(f'"{HEADER}\n{row(1)}')
    assert refusal.value.type == "unreadable-roster"


def test_a_roster_of_too_many_rows_is_refused_as_a_whole(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(rows, "MOST_ROWS", 2)
    assert len(read(simple(row(1), row(2)))) == 2
    with pytest.raises(Refused, match="in parts") as refusal:
        read(simple(row(1), row(2), row(3)))
    assert refusal.value.type == "too-many-rows"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (row(1).removeprefix("1"), "id is empty: it is the id of the person."),
        (f"{'1' * 201}{row(1)}", "id has more than 200 characters, or one that is no text."),
        (f"1\x07{row(1)}", "id has more than 200 characters, or one that is no text."),
        (row(1, boss="b" * 301), "boss has more than 300 characters."),
    ],
)
def test_a_line_that_does_not_say_who_it_is_about_or_says_too_much_is_refused_alone(line: str, sentence: str):
    assert why(simple(line, row(2))) == [(2, sentence)]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (row(1, name="n" * 201), f"name: '{'n' * 60}' has more than 200 characters."),
        (
            row(1, name="Some\x07body"),
            "name: 'Some\\x07body' has a control character (U+0007) at place 5: leave it out.",
        ),
        (
            row(1, zone="Berlin"),
            "zone: 'Berlin' is no time zone: write a name of the IANA database, as in Europe/Berlin.",
        ),
        (
            "1,Anna,anna,Europe/Berlin,yes,",
            "mail: 'anna' is no valid mail address: An email address must have an @-sign.",
        ),
    ],
)
def test_what_keeps_a_person_from_being_reached_refuses_their_row_with_a_reason_in_words(line: str, sentence: str):
    assert why(simple(line)) == [(2, sentence)]


def test_what_is_only_information_is_told_in_words_and_stays_as_it_is():
    more = {"locale": "language", "region": "region", "unit": "unit", "active_from": "from", "active_until": "until"}
    columns = {**SIMPLE["columns"], **more}
    text = f"{HEADER},language,region,unit,from,until\n{row(1)},Deutsch,Bayern,{'u' * 201},1.4.2026,2026-04-30"
    assert why(text, columns=columns) == [
        (2, "from: '1.4.2026' is no date. Write it as in 2026-12-31."),
        (2, "language: 'Deutsch' is no language. Write its code, as in de or pt-BR. It does not change."),
        (
            2,
            "region: 'Bayern' is no region. Write a country or one of its parts, as in DE or DE-BY. "
            "It does not change.",
        ),
        (2, f"unit: '{'u' * 60}' has more than 200 characters. It does not change."),
    ]
    [read_row] = read(text, columns=columns)
    assert isinstance(read_row, Row)
    assert read_row.details is not None
    assert (read_row.details.active_until, read_row.details.region) == (date(2026, 4, 30), None)


def test_a_date_is_read_in_the_format_of_the_export():
    columns = {**SIMPLE["columns"], "away_from": "from", "away_until": "until"}
    text = f"{HEADER},from,until\n{row(1)},03/09/2026,\n{row(2)},2026-03-09,\n{row(3)},03/09/2026,03/01/2026"
    rows = read(text, columns=columns, date_format="%m/%d/%Y")
    assert isinstance(rows[0], Row)
    assert rows[0].leave == (date(2026, 3, 9), date(2199, 12, 31))
    assert why(text, columns=columns, date_format="%m/%d/%Y") == [
        (3, "from: '2026-03-09' is no date. Write it as in 12/31/2026."),
        (4, "until: the leave ends on 2026-03-01, before it begins on 2026-03-09. It is left out."),
    ]
    assert [each.speaks_of_leave for each in rows if isinstance(each, Row)] == [True, False, False]


def test_logins_need_a_source():
    with pytest.raises(ValidationError, match="login_source"):
        RosterShape.model_validate({**SIMPLE, "columns": {**SIMPLE["columns"], "login": "user"}})


# Taking in


async def test_the_example_is_taken_in_and_again_changes_nothing():
    service = PartnershipsInMemory()
    first = await take(service, ROSTER, COLUMNS)
    assert (first.registered, first.changed, first.unchanged) == (27, 0, 1)
    assert (first.wrong, first.conflicts) == ((), ())
    assert {"calendar_DE-BY-2025", "calendar_DE-BY-2026", "calendar_DE-BY-2027"} <= {*first.calendars}
    events = await _events(service)
    again = await take(service, ROSTER, COLUMNS, days=30)
    assert (again.registered, again.changed, again.unchanged, again.calendars) == (0, 0, 28, ())
    assert await _events(service) == events
    harriet = await holder(service.log, "https://issuer.tandem.local", "harriet")
    assert isinstance(harriet, Active)
    assert harriet.absences[0].last == date(2026, 6, 30)
    assert harriet.manager == person_id(Ids(), "people-export", "1019")


async def test_what_is_wrong_with_one_row_keeps_nobody_else_out():
    service = PartnershipsInMemory()
    report = await take(service, simple(row(1), row(2, zone="X"), row(3, boss="99"), row(4, boss="1")))
    assert report.registered == 3
    assert [each.line for each in report.wrong] == [3]
    assert [each.line for each in report.warnings] == [4]


async def test_what_changed_is_changed_and_what_has_no_column_stays():
    service = PartnershipsInMemory()
    await take(service, ROSTER, COLUMNS)
    columns = {name: COLUMNS["columns"][name] for name in ("external_id", "display_name", "zone")}
    shape = {"source": "people-export", "columns": {**columns, "zone": "PartnershipsInMemory"}, "delimiter": ";"}
    text = "Employee No.;First Name;Last Name;PartnershipsInMemory\n1002;Anna;Bauer-Lang;Europe/Berlin\n"
    report = await take(service, text, shape)
    assert (report.registered, report.changed, report.unchanged) == (0, 1, 0)
    anna = await holder(service.log, "people-export", "1002")
    assert anna is not None
    assert (anna.display_name, anna.email) == ("Anna Bauer-Lang", "anna.bauer@example.com")


async def test_an_unknown_id_with_a_known_email_waits_for_a_person():
    service = PartnershipsInMemory()
    await take(service, simple(row(1)))
    report = await take(service, simple("7,Somebody,1@EXAMPLE.com,Europe/Berlin,yes,"))
    assert (report.registered, report.wrong) == (0, ())
    assert [(each.line, each.person) for each in report.conflicts] == [(2, person_id(Ids(), "hr", "1"))]
    twins = simple("8,One,same@example.com,Europe/Berlin,yes,", "9,Other,same@example.com,Europe/Berlin,yes,")
    both = await take(service, twins)
    assert (both.registered, [each.line for each in both.conflicts]) == (1, [3])


async def test_many_deactivations_change_nothing_until_their_number_is_confirmed():
    service = PartnershipsInMemory()
    await take(service, simple(*(row(number) for number in range(1, 101))))
    nine = simple(*(row(number, active="no") for number in range(1, 10)))
    assert (await take(service, nine)).changed == 9
    ten = simple(row(500), *(row(number, active="no") for number in range(10, 20)))
    with pytest.raises(Refused) as refusal:
        await take(service, ten)
    assert refusal.value.type == "confirm-deactivations"
    assert refusal.value.extensions == {"deactivations": 10, "active": 91}
    assert await holder(service.log, "hr", "500") is None
    confirmed = await take(service, ten, confirmed=10)
    assert (confirmed.registered, confirmed.changed) == (1, 10)
    gone = await holder(service.log, "hr", "10")
    assert isinstance(gone, Inactive)


async def test_the_company_says_how_many_deactivations_need_a_confirmation(monkeypatch: pytest.MonkeyPatch):
    service = PartnershipsInMemory()
    await take(service, simple(*(row(number) for number in range(1, 101))))
    three = simple(*(row(number, active="no") for number in range(1, 4)))
    monkeypatch.setattr(CAP, "many", 3)
    assert (await take(service, simple(*(row(number, active="no") for number in range(98, 101))))).changed == 3
    monkeypatch.setattr(CAP, "share", 0.02)
    with pytest.raises(Refused, match="3 of 97 active people would be deactivated"):
        await take(service, three)


async def test_ten_of_many_need_no_confirmation():
    service = PartnershipsInMemory()
    await take(service, simple(*(row(number) for number in range(1, 301))))
    ten = simple(*(row(number, active="no") for number in range(1, 11)))
    assert (await take(service, ten)).changed == 10


async def test_a_region_that_nobody_knows_is_wrong_in_its_rows():
    service = PartnershipsInMemory()
    shape = {**SIMPLE, "columns": {**SIMPLE["columns"], "region": "region"}}
    report = await take(service, f"{HEADER},region\n{row(1)},QQ\n{row(2)},DE-BY\n{row(3)},\n", shape)
    assert (report.registered, report.wrong) == (3, ())
    assert [each.line for each in report.warnings] == [2]
    assert "public holidays of QQ" in report.warnings[0].why


async def test_two_imports_at_once_register_everybody_once():
    service = PartnershipsInMemory()
    reports = await asyncio.gather(take(service, ROSTER, COLUMNS), take(service, ROSTER, COLUMNS))
    assert all(report.wrong == () for report in reports)
    events = await _events(service)
    assert [kinds.count("person-registered") for kinds in events] == [1] * 27


async def _events(service: PartnershipsInMemory) -> Sequence[list[str]]:
    people = await find_all(service.log, "status", {"active", "inactive"})
    return [[entry.type for entry in await service.store.history(person.id)] for person in people]
