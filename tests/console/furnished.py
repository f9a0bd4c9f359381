"""A pair with something on every page of the console, and the addresses of these pages."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from console.pages import PAGES
from tests.delivery.company import Company, Somebody, answered

HOSTILE: Final = "<script>alert(1)</script> \"'>&amp; <img src=x onerror=alert(2)> שלום 🙂 " + "long" * 60


async def furnished(company: Company, anna: Somebody, ben: Somebody) -> Mapping[str, str]:
    """Pattern of a page → one that Anna may open, also with the scope of the directory. All texts are hostile."""
    (somebody,) = await company.hire("carla")
    await morning(company)
    pair = await company.pair(anna, ben, starting=str(company.today()), show_reliability=True)
    address, due = f"/partnerships/{pair}", {"on": str(company.today() + timedelta(days=3))}
    start = (company.stage.now + timedelta(days=1)).isoformat()
    asked = {"text": HOSTILE, "due": due}
    promise = answered(await anna.post("goals", f"{address}/commitments", asked), 201)["id"]
    for each, what in ((ben, "commitments"), (ben, "requests"), (anna, "requests")):
        answered(await each.post("goals", f"{address}/{what}", asked), 201)
    goal = answered(await ben.post("goals", f"{address}/goals", {"title": "<b>" + "goal" * 20}), 201)["id"]
    meeting = {"start": start, "minutes": 30, "title": "<i>us</i>"}
    session = answered(await ben.post("sessions", f"{address}/sessions", meeting), 201)["id"]
    await company.stage.settle()
    await company.stage.play_until(company.stage.now + timedelta(hours=1))
    await company.stage.settle()
    message = answered(await anna.get("notifications", "/inbox"))["items"][0]["id"]
    check_ins = answered(await anna.get("goals", f"{address}/occasions"))["items"][0]["check_ins"]
    (answer, *_), (read, *_) = (links(company, anna, what) for what in ("answer", "read"))
    berlin = {"region": "DE-BE", "year": 2027}
    answered(await company.hr().post("partnerships", "/calendars", berlin), 201)
    ids = {
        "/hr/people/{id}": somebody.id,
        "/hr/calendars/{id}": "calendar_DE-BE-2027",
        "/partnerships/{id}": pair,
        "/promises/{id}": promise,
        "/goals/{id}": goal,
        "/sessions/{id}": session,
        "/check-ins/{id}": check_ins,
        "/inbox/{id}": message,
        "/answer/{token}": answer,
        "/read/{token}": read,
        "/propose/{person}": somebody.id,
    }
    found: dict[str, str] = {}
    for pattern in PAGES:
        named = next((each for each in ids if pattern == each or pattern.startswith(f"{each}/")), None)
        found[pattern] = re.sub(r"\{\w+\}", ids[named], pattern) if named else pattern
    assert not [each for each in found.values() if "{" in each], "a page without an address in this test"
    return found


async def morning(company: Company) -> None:
    """Let time pass until people work: mails wait for that."""
    now = company.stage.now
    while now.weekday() > 4 or not 8 <= now.hour < 13:
        now = now.replace(minute=0) + timedelta(hours=1)
    await company.stage.play_until(now)


def links(company: Company, somebody: Somebody, what: str) -> list[str]:
    """The tokens of the links of one kind in the mails of a person, the newest mail first."""
    letters = [each for each in company.mail if somebody.login in str(each["To"])]
    texts = [body.get_content() for each in reversed(letters) if (body := each.get_body(("plain",)))]
    return [token for text in texts for token in re.findall(rf"/{what}/([A-Za-z0-9_-]+)", text)]
