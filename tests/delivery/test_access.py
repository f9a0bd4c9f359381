"""Who gets in, on every route that there is: the routes are walked, not listed, so that a new one is met here too."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import jwt
import pytest
from starlette.routing import Route

from coaching_events.ids import PersonId, StreamId
from coaching_readmodels.logins import login_id
from notifications.links import Links
from service_kit.authentication.local_issuer import LocalIssuer
from service_kit.http import DIRECTORY, IDENTITIES, OPS
from service_kit.http.application import api
from service_kit.http.authentication import EVENTS, PARTNER
from service_kit.observability.lag_monitor import LagMonitor
from service_kit.process.documents import openapi
from tests.delivery.company import Company, Json, Somebody, answered, problem_of
from tests.delivery.routes import DEFINITIONS, Operation, of_document, operations

OPERATIONS = operations()
SCOPES = (PARTNER, DIRECTORY, IDENTITIES, OPS, EVENTS)
UNLISTED = {"/docs", "/openapi.json"}
"""What is shown without a token, and tells nothing of anybody."""

PAGES = {"/answer/{token}", "/read/{token}", "/stop/{token}", "/calendar/{secret}.ics"}
"""What a link in a mail or a calendar program opens without a token of a person: the address itself is the secret."""

LETTER = "walk|nobody_1@1"

OWN = {
    "GET /people/me",
    "GET /partnerships",
    "POST /partnerships",
    "GET /inbox",
    "GET /recipients/me",
    "PUT /recipients/me",
    "POST /inbox/read",
    "GET /goals",
    "GET /commitments",
    "GET /check-ins",
    "GET /week",
    "GET /sessions",
    "GET /people/search",
    "POST /recipients/me/confirm-address",
    "GET /people/me/logins",
    "GET /terms/defaults",
    "POST /terms/preview",
    "GET /calendar-feed",
    "POST /calendar-feed",
    "PUT /calendar-feed",
    "POST /calendar-feed/revoke",
}
"""Open to everybody known, for what is their own. Any other route tells a stranger that there is nothing, or is for
a scope."""


@dataclass(frozen=True)
class Place:
    """Two partners with one thing of every kind, a stranger to them, and ``values``: those things by parameter.

    ``values`` are ben's own where it is about one person; ``nowhere`` are ids like them that name nothing. ``streams``
    has a stream of each service.
    """

    company: Company
    ada: Somebody
    ben: Somebody
    stranger: Somebody
    inactive: Somebody
    values: Mapping[str, str]
    nowhere: Mapping[str, str]
    streams: Mapping[str, str]

    def of(self, route: Operation) -> Mapping[str, str]:
        """What the parameters of this route are asked with."""
        return {**self.values, "stream": self.streams[route.service]}


@pytest.fixture(scope="module")
async def place(company: Company) -> Place:
    ada, ben, stranger, inactive = await company.hire("ada", "ben", "sally", "ingo")
    pair = await company.pair(ada, ben, show_reliability=True)
    due = {"text": "A walk", "due": {"on": str(company.today() + timedelta(days=20))}}
    made = answered(await ben.post("goals", f"/partnerships/{pair}/commitments", due), 201)
    start = (company.stage.now + timedelta(days=20)).isoformat()
    offer = answered(await ada.post("sessions", f"/partnerships/{pair}/sessions", {"start": start, "minutes": 30}), 201)
    goal = answered(await ben.post("goals", f"/partnerships/{pair}/goals", {"title": "More walks"}), 201)
    check_ins = answered(await ben.get("goals", f"/partnerships/{pair}/check-ins"))
    await company.stage.settle()
    message = answered(await ben.get("notifications", "/inbox"))["items"][0]
    answered(await company.hr().post("partnerships", f"/people/{inactive.id}/deactivate"))
    answered(await company.hr().post("partnerships", "/calendars", {"region": "DE-BE", "year": 2026}), 201)
    columns = {"external_id": "id", "display_name": "name", "zone": "zone", "email": "mail"}
    twins = "id,name,zone,mail\n77,Tim,Europe/Berlin,tim@example.com\n78,Tim,Europe/Berlin,tim@example.com"
    body = {"shape": {"source": "twins", "columns": columns}, "csv": twins}
    report = answered(await company.hr().post("partnerships", "/roster", body))
    conflict = report["conflicts"][0]["conflict"]
    await company.stage.settle()
    year, week, _ = date.fromisoformat(message["week"]).isocalendar()
    values = {
        "partnership": pair,
        "goal": goal["id"],
        "revision": "1",
        "item": "no_such_item",
        "commitment": made["id"],
        "session": offer["id"],
        "person": ben.id,
        "version": "1",
        "check_ins": next(each["id"] for each in check_ins if each["owner"] == ben.id),
        "message": message["id"],
        "token": _links(company).message(PersonId(StreamId(ben.id)), message["id"]),
        "week": f"{year}-W{week:02}",
        "calendar": "calendar_DE-BE-2026",
        "letter": LETTER,
        "conflict": conflict,
        "login": login_id(company.issuer.issuer, ben.login),
    }
    nowhere = {name: _like(value) for name, value in values.items()}
    nowhere |= {"version": "1", "revision": "1", "week": "2019-W01", "calendar": "calendar_DE-BE-2031"}
    nowhere |= {"item": "no_such_item", "stream": _like(pair)}
    box = await company.documents("notifications").find_one({"_id": {"$regex": "^mailbox_"}})
    streams = {"partnerships": pair, "goals": made["id"], "sessions": offer["id"], "notifications": box["_id"]}
    return Place(company, ada, ben, stranger, inactive, values, nowhere, streams)


def _links(company: Company) -> Links:
    """The links of its mails: their key follows from the database."""
    links = Links()
    links.use(f"{company.suite.environment['MONGO_URL']} {company.suite.environment['DATABASE_PREFIX']}")
    return links


@pytest.fixture(autouse=True)
async def letters(place: Place) -> AsyncGenerator[None]:
    """A dead letter in each service, there for each test and gone before anybody waits for silence."""
    kept = [(place.company.database[f"{place.company.prefix}_{name}"]["dead_letters"], name) for name in DEFINITIONS]
    for collection, service in kept:
        stream, at = place.streams[service], datetime(2026, 1, 1, tzinfo=UTC)
        letter: Json = {
            "handler": "walk",
            "reason": "failed",
            "stream": stream,
            "version": 1,
            "tries": 1,
            "next_try": at,
            "since": at,
            "error": "Walked: over it",
            "headers": [],
            "raw": b"{}",
        }
        await collection.replace_one({"_id": LETTER}, letter, upsert=True)
    yield
    for collection, _ in kept:
        await collection.delete_one({"_id": LETTER})


def _like(value: str) -> str:
    kind, mark, _ = value.rpartition("_")
    return f"{kind}{mark}{'0' * 32}"


def each_route(test: Any) -> Any:
    return pytest.mark.parametrize("route", OPERATIONS, ids=str)(test)


async def test_these_are_all_the_routes_that_the_processes_have(company: Company):
    for service, definition in DEFINITIONS.items():
        client = company.clients[service]
        running = [*of_document(service, answered(await client.get("/openapi.json")))]
        assert running == [*of_document(service, openapi(definition))]  # pyright: ignore[reportArgumentType]
        app = api(definition.routers(), watch=LagMonitor("", (), ()), title=service, description="")
        assert {route.path for route in app.routes if isinstance(route, Route)} == UNLISTED
        own = {getattr(route, "path", "") for router in definition.routers() for route in router.routes}
        assert own <= {route.path for route in running}, "none of them is hidden from the document"
        pages = {getattr(route, "path", "") for router in definition.pages() for route in router.routes}
        assert pages <= PAGES
        for page in pages:
            made_up = page.format(token="x" * 100, secret="x" * 43)
            assert (await client.get(made_up)).status_code == 404
            assert (await client.post(made_up)).status_code in (404, 405)


@each_route
async def test_nobody_gets_in_without_a_good_token(place: Place, route: Operation):
    for what, token in bad_tokens(place).items():
        answer = await route.ask(place.ben, place.of(route), token)
        assert problem_of(answer) == (401, "unauthorized"), what
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@each_route
async def test_nobody_gets_in_whom_the_directory_does_not_count(place: Place, route: Operation):
    unknown = place.company.somebody("nobody-we-know")
    for somebody, why in ((unknown, "unknown-person"), (place.inactive, "inactive-person")):
        status, type = problem_of(await route.ask(somebody, place.of(route)))
        assert (status, type) in {(403, why), (403, "missing-scope")}, "the same for what exists and what does not"


@each_route
async def test_a_stranger_to_the_pair_is_told_that_there_is_nothing(place: Place, route: Operation):
    before = await place.company.written()
    answer = await route.ask(place.stranger, place.of(route))
    if route.name in OWN:
        assert not any(value in answer.text for value in ids_of(place)), "what is one's own names nobody else's"
        return
    assert problem_of(answer) in {(404, "not-found"), (403, "missing-scope")}
    assert await place.company.written() == before
    if route.parameters:
        nothing = await route.ask(place.stranger, place.nowhere)
        assert {**nothing.json(), "trace_id": ""} == {**answer.json(), "trace_id": ""}


@each_route
async def test_a_scope_opens_what_it_is_for_and_nothing_else_does(place: Place, route: Operation):
    answer = await route.ask(place.stranger, place.of(route))
    if problem_type(answer) != "missing-scope":
        return  # it is for people, and the tests above say for whom
    needed = answer.json()["scope"]
    identities = route.path.startswith(("/people/{person}/identities", "/people/{person}/logins"))
    assert needed == (OPS if route.path.startswith("/ops") else IDENTITIES if identities else DIRECTORY)
    others = replace_token(place.ben, place, *(scope for scope in SCOPES if scope != needed))
    assert problem_of(await route.ask(others, place.of(route))) == (403, "missing-scope")
    someone_else = {**place.of(route), "person": place.inactive.id}
    opened = await route.ask(replace_token(place.ben, place, needed), someone_else)
    assert opened.status_code not in (401, 403, 404, 422), opened.text


@each_route
async def test_for_a_partner_it_is_there(place: Place, route: Operation):
    """What the other tests refuse is refused for who asks, and not for how it is asked."""
    if "calendar-feed" in route.path:
        await place.ben.post("sessions", "/calendar-feed")  # one of the routes takes it away again
    answer = await route.ask(place.ben, place.of(route))
    if problem_type(answer) != "missing-scope":
        assert answer.status_code not in (401, 403, 404, 422), answer.text


async def test_what_is_somebodys_own_is_not_their_partners(place: Place):
    message, week = (f"/{name}s/{place.values[name]}" for name in ("message", "week"))
    assert problem_of(await place.ada.get("notifications", message)) == (404, "not-found")
    box = await place.ada.get("notifications", week.replace("weeks", "mailboxes"))
    assert box.status_code == 404 or place.values["message"] not in box.text
    absences = f"/people/{place.ben.id}/absences"
    body = {"first": "2026-07-06", "last": "2026-07-10"}
    assert problem_of(await place.ada.post("partnerships", absences, body)) == (404, "not-found")


def ids_of(place: Place) -> list[str]:
    shared = ("version", "revision", "item", "week", "calendar", "letter")
    return [value for name, value in place.values.items() if name not in shared]


def problem_type(answer: Any) -> str:
    return answer.json()["type"].rpartition(":")[2] if answer.status_code >= 400 else ""


def replace_token(somebody: Somebody, place: Place, *scopes: str) -> Somebody:
    return replace(somebody, token=place.company.issuer.token(somebody.login, scopes))


def bad_tokens(place: Place) -> Mapping[str, str | None]:
    login, issuer = place.ben.login, place.company.issuer
    good = issuer.token(login)
    shared = jwt.encode(
        {"iss": issuer.issuer, "aud": issuer.audience, "sub": login, "exp": 4_000_000_000},
        "a secret that everybody knows by now",
        algorithm="HS256",
        headers={"kid": issuer.kid},
    )
    return {
        "none": None,
        "nonsense": "nonsense",
        "expired": issuer.token(login, lifetime=timedelta(minutes=-1)),
        "a foreign key": LocalIssuer(issuer.issuer).token(login),
        "a foreign issuer": LocalIssuer(issuer="https://elsewhere", key=issuer.key).token(login),
        "the wrong audience": LocalIssuer(issuer.issuer, audience="payroll", key=issuer.key).token(login),
        "a symmetric key": shared,
        "changed": good[:-6] + ("AAAAAA" if not good.endswith("AAAAAA") else "BBBBBB"),
    }
