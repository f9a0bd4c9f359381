"""A company for the load: people whom the roster names, and couples whose partnerships are formed."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from service_kit.authentication.local_issuer import LocalIssuer
from tests.faults.load.couple import Couple
from tests.faults.load.crowd import Crowd, Now, Person
from tests.faults.load.meeting import rhythm

LIFETIME = timedelta(hours=6)
ZONES = ("Europe/Berlin", "Europe/Berlin", "Europe/Lisbon", "Europe/Athens")
STRANGERS = 2
"""People a couple who have no partner at first."""


async def settle_in(
    crowd: Crowd, issuer: LocalIssuer, couples: int, settled: Callable[[], Awaitable[None]], now: Now, soon: timedelta
) -> list[Couple]:
    """Register everybody and form the couples; ``settled`` waits until every service has heard of it.

    Check-ins are daily, so that some open and fall due within an hour or two of any morning.
    """
    logins = [f"p{number}" for number in range(couples * (2 + STRANGERS))]
    people = await register(crowd, issuer, logins)
    await settled()
    found = [
        await _couple(crowd, people[place : place + 2], people[2 * couples :], now, soon)
        for place in range(0, 2 * couples, 2)
    ]
    await settled()
    for couple in found:
        streams = await couple.one.get("goals", f"{couple.here}/check-ins")
        couple.check_ins = {stream["owner"]: stream["id"] for stream in streams}
    return found


async def register(crowd: Crowd, issuer: LocalIssuer, logins: Sequence[str]) -> list[Person]:
    """Put people into the directory by the roster, each in some zone."""
    lines = [f"{login},{login.title()},{crowd.rng.choice(ZONES)},{login}@example.com" for login in logins]
    columns = {"external_id": "id", "login": "id", "display_name": "name", "zone": "zone", "email": "mail"}
    body: dict[str, Any] = {
        "shape": {"source": "drill", "login_source": issuer.issuer, "columns": columns},
        "csv": "\n".join(["id,name,zone,mail", *lines]),
    }
    told = {"Authorization": f"Bearer {issuer.token('hr', ['hr.directory'], LIFETIME)}"}
    answer = await crowd.doors.ask("partnerships", "POST", "/roster", told, body)
    if answer.status_code != 200 or answer.json()["registered"] != len(logins):
        raise RuntimeError(f"the roster was answered {answer.text[:500]}")
    people = [Person(crowd, login, issuer.token(login, (), LIFETIME)) for login in logins]
    for person in people:
        person.id = (await person.get("partnerships", "/people/me"))["id"]
    return people


async def _couple(crowd: Crowd, two: list[Person], strangers: list[Person], now: Now, soon: timedelta) -> Couple:
    one, other = two
    rng = Random(f"{crowd.seed} {one.login}")
    local_time = f"{9 + rng.randrange(2):02}:{rng.randrange(10, 60):02}"
    terms = {
        "rhythm": "FREQ=DAILY",
        "local_time": local_time,
        "check_in_grace": 0,
        "promise_grace": 0,
        "reminders": rng.randint(1, 3),
        "meetings": rhythm(rng),
    }
    asked = await one.does("partnerships", "/partnerships", {"other": other.id, "terms": terms})
    assert asked is not None, crowd.refused
    await other.does("partnerships", f"/partnerships/{asked['id']}/accept", {"version": 1})
    mine = strangers[int(one.login[1:]) :: len(strangers) // STRANGERS][:STRANGERS]
    return Couple(one=one, other=other, partnership=asked["id"], rng=rng, now=now, soon=soon, strangers=list(mine))
