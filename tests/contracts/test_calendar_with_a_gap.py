"""A calendar of which an event cannot be read: what was published before holds, and nobody waits or loses a holiday."""

from dataclasses import replace
from datetime import date

from coaching_events.events.calendar import CalendarPublished, Holiday
from coaching_events.events.person import HolidayRegion, PersonRegistered
from coaching_readmodels.calendar import calendar_id
from notifications.mailbox.reference_data import MailboxReferenceData
from tests.contracts.notified import ANNA, Notified

BAVARIA = calendar_id("DE-BY", 2026)
EPIPHANY, MONDAY = date(2026, 1, 6), date(2026, 2, 2)


def published(*days: date) -> CalendarPublished:
    named = tuple(Holiday(day=day, name="A holiday") for day in days)
    return CalendarPublished(by=ANNA, region="DE-BY", year=2026, days=named)


async def holidays(suite: Notified) -> frozenset[date]:
    return MailboxReferenceData(await suite.service_context.log.reference_source.read([ANNA])).time(ANNA).holidays


async def test_the_last_days_that_could_be_read_hold_until_the_gap_closes():
    suite = Notified()
    registered = PersonRegistered(
        by=ANNA,
        display_name="Anna",
        email="anna@example.com",
        zone="Europe/Berlin",
        locale="en",
        source="hr",
        external_id="anna",
        regions=(HolidayRegion(holds_from=date(2026, 1, 1), region="DE-BY"),),
    )
    await suite.hears(ANNA, registered)
    await suite.hears(BAVARIA, published(EPIPHANY))
    good = suite._record(BAVARIA, published(EPIPHANY, MONDAY), suite.clock.at)  # pyright: ignore[reportPrivateUsage]
    await suite.service_context.projections.take([replace(good, value=(good.value or b"")[:-7])])
    (row,) = (await suite.store.read_models([BAVARIA])).values()
    assert row.gaps
    assert await holidays(suite) == {EPIPHANY}
    await suite.service_context.projections.take([good])
    again = Notified(store=suite.store)  # another process, which holds no calendar yet
    assert await holidays(again) == {EPIPHANY, MONDAY}
