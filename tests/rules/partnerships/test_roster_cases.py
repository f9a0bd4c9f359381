"""Rosters that went wrong elsewhere: an open quote, an id twice, a leave taken back, a login given to somebody else."""

from datetime import timedelta
from typing import Any

import pytest

from coaching_events.ids import RuleName
from coaching_readmodels import compared
from eventlog import Refused, fresh_id
from partnerships.directory import find_all, holder
from partnerships.person.state import Active, Inactive
from partnerships.roster.columns import NotHours, RosterShape, week_of
from partnerships.roster.intake import Intake
from partnerships.roster.report import Report
from tests.contracts.partnerships_in_memory import START, PartnershipsInMemory
from tests.rules.partnerships.people import AT_ONCE

ISSUER = "https://issuer.tandem.local"
COLUMNS = {
    "external_id": "id", "display_name": "name", "email": "email", "zone": "zone", "active": "active",
    "manager": "manager",
}  # fmt: skip
HEADER = "id,name,email,zone,active,manager"
LEAVE: dict[str, Any] = {"away_from": "from", "away_until": "until"}


def shape(**more: str) -> RosterShape:
    return RosterShape.model_validate({"source": "hr", "login_source": ISSUER, "columns": {**COLUMNS, **more}})


async def take(service: PartnershipsInMemory, *lines: str, header: str = HEADER, days: int = 0, **more: Any) -> Report:
    columns = {name: more.pop(name) for name in [*more] if isinstance(more[name], str) and name not in ("mode",)}
    intake = Intake(
        service.log, shape(**columns), RuleName("rule:hr.directory"), START + timedelta(days=days), fresh_id(),
        mode=more.pop("mode", "partial"), dry=more.pop("dry", False), logins=more.pop("logins", AT_ONCE),
        may_link_logins=more.pop("may_link_logins", True),
    )  # fmt: skip
    report = await intake.take("\n".join([header, *lines, ""]), **more)
    counted = report.registered + report.changed + report.unchanged + len(report.wrong) + len(report.conflicts)
    assert counted == report.lines, report
    return report


async def named(service: PartnershipsInMemory, id: str, source: str = "hr") -> Active | Inactive | None:
    return await holder(service.log, source, id)


async def test_a_quote_that_is_never_closed_takes_no_other_line_with_it():
    service = PartnershipsInMemory()
    report = await take(
        service,
        "1,Ada One,ada@example.com,Europe/Berlin,yes,,ok", '2,Bea Two,bea@example.com,Europe/Berlin,yes,,"27in',
        "3,Cem Three,cem@example.com,Europe/Berlin,yes,,ok", "4,Dea Four,dea@example.com,Europe/Berlin,yes,,ok",
        header=f"{HEADER},notes",
    )  # fmt: skip
    assert (report.lines, report.registered, [each.line for each in report.wrong]) == (4, 3, [3])
    assert "never closed" in report.wrong[0].why


@pytest.mark.parametrize(
    "line", ["1,A,a@example.com,Europe/Berlin,yes,,more", "1,A,a@example.com", "1,A\0,a@example.com,Europe/Berlin,yes,"]
)
async def test_a_line_that_does_not_fit_is_refused_alone(line: str):
    service = PartnershipsInMemory()
    report = await take(service, line, "2,B,b@example.com,Europe/Berlin,yes,")
    assert (report.registered, [each.line for each in report.wrong]) == (1, [2])


async def test_a_spreadsheet_with_empty_columns_and_lines_at_its_end_is_read_as_it_looks():
    service = PartnershipsInMemory()
    report = await take(
        service, "1,A,a@example.com,Europe/Berlin,yes,,,,", "2,B,b@example.com,Europe/Berlin,yes,,,", ",,,,,,,,", "",
        header=f"\ufeff{HEADER},,",
    )  # fmt: skip
    assert (report.lines, report.registered, report.wrong) == (2, 2, ())


async def test_the_manager_of_a_line_that_waits_is_left_empty_and_nobody_reports_to_nobody():
    service = PartnershipsInMemory()
    await take(service, "1,Ada,ada@example.com,Europe/Berlin,yes,")
    report = await take(
        service, "9,Ada Too,ada@example.com,Europe/Berlin,yes,", "2,B,b@example.com,Europe/Berlin,yes,9"
    )
    assert ([each.line for each in report.conflicts], [each.line for each in report.warnings]) == ([2], [3])
    person = await named(service, "2")
    assert person is not None
    assert person.manager is None


async def test_two_people_may_swap_their_numbers_and_addresses_in_one_file():
    service = PartnershipsInMemory()
    await take(service, "1,One,one@example.com,Europe/Berlin,yes,", "2,Two,two@example.com,Europe/Berlin,yes,")
    report = await take(
        service, "1,One,two@example.com,Europe/Berlin,yes,", "2,Two,free@example.com,Europe/Berlin,yes,",
        "3,Three,one@example.com,Europe/Berlin,yes,",
    )  # fmt: skip
    assert (report.changed, report.registered, report.conflicts) == (2, 1, ())


async def test_a_leaver_whose_new_login_is_somebody_elses_is_deactivated_all_the_same():
    service, header = PartnershipsInMemory(), f"{HEADER},login"
    one, two = "1,One,one@example.com,Europe/Berlin,yes,,a", "2,Two,two@example.com,Europe/Berlin,yes,,b"
    await take(service, one, two, header=header, login="login")
    report = await take(service, "2,Two,two@example.com,Europe/Berlin,no,,a", header=header, login="login")
    assert (report.deactivated, report.conflicts, [each.line for each in report.warnings]) == (1, (), [2])
    assert isinstance(await named(service, "2"), Inactive)


async def test_nobody_gets_a_login_whose_holder_keeps_it_because_their_own_line_waits():
    service, header = PartnershipsInMemory(), f"{HEADER},login"
    lines = [f"{n},P{n},{n}@example.com,Europe/Berlin,yes,,{login}" for n, login in ((1, "a"), (2, "b"), (3, "c"))]
    await take(service, *lines, header=header, login="login")
    report = await take(
        service, "1,P1,1@example.com,Europe/Berlin,yes,,c", "2,P2,2@example.com,Europe/Berlin,yes,,a",
        header=header, login="login",
    )  # fmt: skip
    assert ([each.line for each in report.conflicts], report.changed) == ([2, 3], 0)
    for login, number in (("a", "1"), ("b", "2"), ("c", "3")):
        person = await named(service, login, ISSUER)
        assert person is not None
        assert person.display_name == f"P{number}"


async def test_the_same_id_twice_changes_nobody_and_both_lines_are_told():
    service = PartnershipsInMemory()
    eva = "7,Eva Seven,eva@example.com,Europe/Berlin"
    await take(service, f"{eva},yes,")
    report = await take(service, f"{eva},no,", f"{eva},yes,")
    assert [each.line for each in report.wrong] == [2, 3]
    assert isinstance(await named(service, "7"), Active)


async def test_nothing_keeps_a_leaver_active():
    service = PartnershipsInMemory()
    await take(service, "2,Fay Two,fay@example.com,Europe/Berlin,yes,", "3,Gil,gil@example.com,Europe/Berlin,yes,")
    report = await take(
        service, "2,Fay Two,fay@example.com,Europe/Berlin,no,900", "3,,no address,Europe/Nowhere,no,"
    )  # fmt: skip
    assert (report.changed, report.deactivated, report.wrong) == (2, 2, ())
    assert {each.line for each in report.warnings} == {2, 3}
    for number in ("2", "3"):
        assert isinstance(await named(service, number), Inactive)


async def test_a_manager_whose_row_is_wrong_is_left_empty_with_a_true_sentence():
    service = PartnershipsInMemory()
    report = await take(
        service, "1,Gus One,gus@example.com,Europe/Berln,yes,", "2,Hal Two,hal@example.com,Europe/Berlin,yes,1",
        "3,Ida Three,ida@example.com,Europe/Berlin,yes,2",
    )  # fmt: skip
    assert (report.registered, [each.line for each in report.wrong]) == (2, [2])
    assert [(each.line, each.why) for each in report.warnings] == [
        (3, "The number of the manager, 1, is not known: the manager is left empty.")
    ]
    hal, ida = await named(service, "2"), await named(service, "3")
    assert hal is not None
    assert ida is not None
    assert (hal.manager, ida.manager) == (None, hal.id)


async def test_what_is_only_information_is_left_out_with_a_warning():
    service = PartnershipsInMemory()
    report = await take(
        service, "1,A,a@example.com,Europe/Berlin,yes,,Klingon,Mo-Fr 9-12, Mo-Fr 13-17".replace(", Mo", "; Mo"),
        header=f"{HEADER},locale,hours", locale="locale", hours="hours",
    )  # fmt: skip
    assert (report.registered, [each.line for each in report.warnings]) == (1, [2, 2])
    person = await named(service, "1")
    assert person is not None
    assert (person.locale, person.patterns) == ("en", ())


async def test_a_night_shift_keeps_nobody_out():
    service, header = PartnershipsInMemory(), f"{HEADER},hours"
    report = await take(service, "1,A,a@example.com,Europe/Berlin,yes,,Mo-Fr 22-6", header=header, hours="hours")
    assert (report.registered, report.wrong) == (1, ())
    assert [each.why for each in report.warnings] == [
        "hours: 'Mo-Fr 22-6' has hours that do not end after they start, on the same day, at 23:59 at the latest. "
        "The hours do not change."
    ]


def test_hours_with_a_break_are_never_cut_to_their_last_part():
    with pytest.raises(NotHours, match="Write one span for each day"):
        week_of("Mo-Fr 9-12, Mo-Fr 13-17")


async def test_a_leave_that_is_shorter_or_gone_in_the_feed_is_taken_back():
    service, jon = PartnershipsInMemory(), "1,Jon One,jon@example.com,Europe/Berlin,yes,"
    header = f"{HEADER},from,until"
    for leave, last in (("2026-11-01,2027-06-30", (2027, 6, 30)), ("2026-11-01,2026-12-31", (2026, 12, 31))):
        await take(service, f"{jon},{leave}", header=header, **LEAVE)
        person = await named(service, "1")
        assert person is not None
        assert [(each.last.year, each.last.month, each.last.day) for each in person.absences] == [last]
    assert (await take(service, f"{jon},,", header=header, **LEAVE)).changed == 1
    person = await named(service, "1")
    assert person is not None
    assert person.absences == ()


async def test_a_leave_without_a_first_day_changes_no_leave_and_is_told():
    service, jon = PartnershipsInMemory(), "1,Jon One,jon@example.com,Europe/Berlin,yes,"
    header = f"{HEADER},from,until"
    await take(service, f"{jon},2026-11-01,2026-12-31", header=header, **LEAVE)
    report = await take(service, f"{jon},,2026-12-31", header=header, **LEAVE)
    assert (report.unchanged, [each.line for each in report.warnings]) == (1, [2])


async def test_a_login_may_go_to_somebody_else_and_is_retired_from_who_had_it():
    service, header = PartnershipsInMemory(), f"{HEADER},login"
    await take(service, "1,Kim Old,kim.old@example.com,Europe/Berlin,yes,,kim.old", header=header, login="login")
    report = await take(
        service, "1,Kim New,kim.new@example.com,Europe/Berlin,yes,,kim.new",
        "2,Kay Old,kay@example.com,Europe/Berlin,yes,,kim.old", header=header, login="login",
    )  # fmt: skip
    assert (report.registered, report.changed, report.conflicts) == (1, 1, ())
    old, new = await named(service, "kim.old", ISSUER), await named(service, "kim.new", ISSUER)
    assert old is not None
    assert new is not None
    assert (old.display_name, new.display_name) == ("Kay Old", "Kim New")


async def test_two_people_may_swap_their_logins_in_one_file():
    service, header = PartnershipsInMemory(), f"{HEADER},login"
    one, two = "1,One,one@example.com,Europe/Berlin,yes,", "2,Two,two@example.com,Europe/Berlin,yes,"
    await take(service, f"{one},a", f"{two},b", header=header, login="login")
    report = await take(service, f"{one},b", f"{two},a", header=header, login="login")
    assert (report.changed, report.conflicts, report.wrong) == (2, (), ())
    a, b = await named(service, "a", ISSUER), await named(service, "b", ISSUER)
    assert a is not None
    assert b is not None
    assert (a.display_name, b.display_name) == ("Two", "One")


@pytest.mark.parametrize(
    "written", ["İPEK@EXAMPLE.COM", "ipek@EXAMPLE.com", "ipek\u200b@example.com", "ｉｐｅｋ@example.com"]
)
async def test_an_address_in_other_letters_is_the_same_address(written: str):
    service = PartnershipsInMemory()
    report = await take(
        service, "1,Ipek One,ipek@example.com,Europe/Istanbul,yes,", f"2,Ipek Two,{written},Europe/Istanbul,yes,"
    )
    assert (report.registered, [each.line for each in report.conflicts]) == (1, [3])


@pytest.mark.parametrize(
    "address", ["jürgen@example.com", "<max@example.com>", "max", "max@example", "a b@example.com", "aexample.com"]
)
async def test_an_address_that_mail_does_not_reach_is_refused_with_a_sentence(address: str):
    report = await take(PartnershipsInMemory(), f"1,Somebody,{address},Europe/Berlin,yes,")
    assert (report.registered, [each.line for each in report.wrong]) == (0, [2])
    assert report.wrong[0].why.startswith("email: ")
    assert not {*report.wrong[0].why} & {"^", "\\", "["}


async def test_who_is_missing_in_a_complete_roster_is_deactivated():
    service = PartnershipsInMemory()
    lines = [f"{number},P,{number}@example.com,Europe/Berlin,yes," for number in range(1, 6)]
    await take(service, *lines)
    trial = await take(service, *lines[1:], mode="complete", dry=True)
    assert (trial.dry_run, trial.deactivated, len(trial.missing)) == (True, 1, 1)
    assert isinstance(await named(service, "1"), Active)
    report = await take(service, *lines[1:], mode="complete")
    assert (report.unchanged, report.missing) == (4, trial.missing)
    assert isinstance(await named(service, "1"), Inactive)
    with pytest.raises(Refused, match="each line must be readable"):
        await take(service, *lines[1:4], "broken", mode="complete")


async def test_a_complete_roster_that_would_deactivate_many_waits_for_a_confirmation():
    service = PartnershipsInMemory()
    lines = [f"{number},P,{number}@example.com,Europe/Berlin,yes," for number in range(1, 31)]
    await take(service, *lines)
    with pytest.raises(Refused) as refusal:
        await take(service, *lines[:15], mode="complete")
    assert refusal.value.extensions == {"deactivations": 15, "active": 30}
    assert len(await find_all(service.log, "status", {"active"})) == 30
    assert len((await take(service, *lines[:15], mode="complete", confirmed=15)).missing) == 15


async def test_a_dry_run_says_what_would_follow_and_writes_nothing():
    service = PartnershipsInMemory()
    line = "1,A,a@example.com,Europe/Berlin,yes,"
    trial = await take(service, line, "2,B,b@example.com,Nowhere,yes,", dry=True)
    assert (trial.registered, len(trial.wrong)) == (1, 1)
    assert await named(service, "1") is None
    assert (await take(service, line)).registered == 1


def test_texts_are_compared_as_people_read_them():
    assert compared("Kim.Old") == compared(" kim.old") == compared("ｋｉｍ.old") == compared("kim\u00ad.old\u2060")
    assert compared("straße") == compared("STRASSE")
    assert compared("kim") != compared("kem")
