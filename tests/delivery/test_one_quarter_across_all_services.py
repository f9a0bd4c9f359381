"""One promise on its way through four services: asked for by nobody, made, missed, reminded of gently, kept late."""

import re
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.delivery.company import Company, Json, Somebody, answered, eventually, instant
from tests.delivery.ledger import check

BERLIN = ZoneInfo("Europe/Berlin")
TERMS = {
    "rhythm": "FREQ=WEEKLY;BYDAY=TH",
    "local_time": "15:00:00",
    "check_in_grace": 1,
    "promise_grace": 1,
    "reminders": 2,
    "show_reliability": True,
}


async def test_a_promise_travels_through_all_services(company: Company):
    ada, ben = await company.hire("ada", "ben")
    days = Days(company)
    stage = company.stage

    await stage.play_until(days.at(0, 9))
    pair = await company.proposal(ada, ben, **TERMS, starting=str(days.at(0, 9).date()))
    accepted = answered(await ben.post("partnerships", f"/partnerships/{pair}/accept", {"version": 1}))
    said = await ben.get("partnerships", f"/partnerships/{pair}")
    assert (answered(said)["status"], said.headers["ETag"]) == ("formed", f'"{accepted["position"]}"')
    await ada.ask("PUT", "notifications", "/recipients/me", json={"opt_ins": ["heads-up"]})

    wednesday = {"text": "The outline of the talk", "due": {"on": str(days.at(2, 17).date())}}
    made = answered(
        await ada.post("goals", f"/partnerships/{pair}/commitments", wednesday, after=accepted["position"]), 201
    )
    promise = made["id"]
    row = await eventually("the promise's row in notifications", lambda: row_of(company, promise, 1))
    assert (row["owner"], row["partner"], row["text"]) == (ada.id, ben.id, "The outline of the talk")
    assert instant(row["due"]) == days.at(2, 17)
    await stage.settle()

    offered = answered(await ben.post("sessions", f"/partnerships/{pair}/sessions", tuesday(days)), 201)
    answered(await ada.post("sessions", f"/sessions/{offered['id']}/accept"))
    await stage.settle()
    await stage.play_until(days.at(1, 15))
    for one in (ada, ben):
        answered(await one.post("sessions", f"/sessions/{offered['id']}/report", {"present": True}))
    assert answered(await ben.get("sessions", f"/sessions/{offered['id']}"))["status"] == "held"

    await stage.settle()
    await stage.play_until(days.at(3, 10))
    await submit_check_in(ada, ben, pair, promise)

    await stage.settle()
    await stage.play_until(days.at(3, 17) - timedelta(minutes=1))
    assert answered(await ada.get("goals", f"/commitments/{promise}"))["status"] == "open"
    await stage.play_until(days.at(3, 17) + timedelta(minutes=1))
    await stage.settle()
    missed = answered(await ben.get("goals", f"/commitments/{promise}/history"))[-1]
    assert (missed["type"], instant(missed["at"])) == ("commitment-missed", days.at(3, 17))
    assert missed["data"]["by"] == "rule:grace-ended"

    await stage.play_until(days.at(9, 12))
    await stage.settle()
    await see_the_reminder(company, ada, pair, promise, missed["position"])

    answered(await ada.post("goals", f"/commitments/{promise}/keep"))
    await stage.settle()
    await stage.play_until(days.at(18, 9))
    await stage.settle()
    kept = answered(await ben.get("goals", f"/commitments/{promise}"))
    assert (kept["status"], kept["missed"], instant(kept["kept_at"])) == ("kept", True, days.at(9, 12))
    assert await nudges(ada, promise) == {0: "left", 1: "left", 2: "withdrawn"}, "a sign of life ends the ladder"
    counted = await credit(ben, pair, ada)
    assert 0.9 < counted["credit"] < 1, "kept some working days late"
    assert "5 working days after" in counted["why"]

    await check(company)


class Days:
    """The days of a scenario that begins on the next Monday, in Berlin."""

    def __init__(self, company: Company) -> None:
        today = company.today()
        self._monday = today + timedelta(days=7 - today.weekday())

    def at(self, day: int, hour: int) -> datetime:
        return datetime.combine(self._monday + timedelta(days=day), time(hour), BERLIN)


def tuesday(days: Days) -> Json:
    return {"start": days.at(1, 14).isoformat(), "minutes": 45, "title": "The talk"}


async def row_of(company: Company, stream: str, at: int) -> Any:
    row = await company.rows("notifications").find_one({"_id": stream})
    return row["value"] if row is not None and row["at"] >= at else None


async def submit_check_in(ada: Somebody, ben: Somebody, pair: str, promise: str) -> None:
    """Opened the working day before, written by its owner, seen by both."""
    streams = answered(await ada.get("goals", f"/partnerships/{pair}/check-ins"))
    mine = next(each for each in streams if each["owner"] == ada.id)
    assert mine["current"]["status"] == "opened"
    body = {"answers": {promise: "Half of it"}, "need": "An hour of quiet"}
    answered(await ada.post("goals", f"/check-ins/{mine['id']}/submit", body))
    seen = answered(await ben.get("goals", f"/check-ins/{mine['id']}"))["current"]
    assert (seen["status"], seen["submitted"]["need"], seen["submitted"]["late"]) == (
        "submitted",
        "An hour of quiet",
        False,
    )
    assert seen["submitted"]["answers"] == {promise: "Half of it"}


async def see_the_reminder(company: Company, ada: Somebody, pair: str, promise: str, cause: str) -> None:
    """In the inbox with its why and its budget, and in the mail; to the owner alone."""
    inbox = answered(await ada.get("notifications", "/inbox"))["items"]
    (message,) = [m for m in inbox if any(e["subject"] == promise and e["step"] == 1 for e in m["entries"])]
    entry = next(each for each in message["entries"] if each["subject"] == promise)
    assert (message["kind"], entry["rule"], entry["cause"]) == ("nudge", "gentle-reminder", cause)
    assert "The outline of the talk" in entry["text"]
    assert len(entry["why"]) > 20
    budget = next(each for each in message["budgets"] if each["partnership"] == pair)
    assert 1 <= budget["used"] <= budget["limit"] == 2
    assert {answer["service"] for answer in entry["actions"]} <= {"goals"}
    assert {answer["path"] for answer in entry["actions"]} >= {f"/commitments/{promise}/keep"}

    (letter,) = [each for each in company.mail if message["id"] in each["Message-ID"]]
    assert letter["To"] == f"{ada.login}@example.com"
    assert letter["Subject"] == message["subject"]
    assert "The outline of the talk" in text_of(letter)
    for what, told in (("read", "The outline of the talk"), ("stop", "reminders")):
        (link,) = re.findall(rf"http://127\.0\.0\.1:[0-9]+/{what}/\S+", text_of(letter))
        async with httpx.AsyncClient() as nobody:
            page = await nobody.get(link)
        assert (page.status_code, told in page.text) == (200, True)


async def nudges(owner: Somebody, promise: str) -> dict[int, str]:
    """What became of every step about a promise, in all weeks of its owner that had a message."""
    found: dict[int, str] = {}
    inbox = answered(await owner.get("notifications", "/inbox"))["items"]
    for week in sorted({datetime.fromisoformat(message["week"]) for message in inbox}):
        year, number, _ = week.isocalendar()
        box = answered(await owner.get("notifications", f"/mailboxes/{year}-W{number:02}"))
        found |= {each["step"]: each["status"] for each in box["entries"] if each["subject"] == promise}
    return found


async def credit(reader: Somebody, pair: str, owner: Somebody) -> Json:
    shown = answered(await reader.get("goals", f"/partnerships/{pair}/reliability/promises", owner=owner.id))
    (promise,) = shown["items"]
    return promise


def text_of(letter: Any) -> str:
    return letter.get_body(("plain",)).get_content()
