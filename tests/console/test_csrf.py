"""A change comes from a page of the console, or is refused."""

from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from console.acting.outcomes import OutcomeStore
from console.api_client import http_client
from console.app import console_app
from console.browsers.sessions import Cookie, SessionStore
from console.context import ConsoleContext
from console.live.changes import Changes
from console.serving import sign_in_of
from console.settings import ConsoleSettings
from deploy.local import BackingServices
from eventlog import fresh_id
from eventlog.clock import RealClock
from eventlog.stores.mongo import MongoClient
from service_kit.authentication import LOCAL_ISSUER

ADDRESS = "https://tandem.example.com"


@pytest.fixture
async def client(services: BackingServices, tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser at a console that is reached with TLS, in this process. No service answers it."""
    mongo, http = MongoClient(services.mongo_url), http_client()
    database = f"csrf_{fresh_id()[:8]}"
    settings = ConsoleSettings.model_validate(
        {
            "kafka_url": services.kafka_url,
            "mongo_url": services.mongo_url,
            "token_issuer": LOCAL_ISSUER,
            "token_audience": "tandem",
            "public_url": ADDRESS,
            **{f"{name}_url": "http://127.0.0.1:9" for name in ("partnerships", "goals", "sessions", "notifications")},
            "sign_in": "local",
            "local_issuer": tmp_path,
            "local_people": tmp_path / "people.json",
        }
    )
    sessions = SessionStore(mongo, database)
    context = ConsoleContext(
        settings=settings,
        http=http,
        clock=RealClock(),
        sign_in=sign_in_of(settings, sessions),
        outcomes=OutcomeStore(mongo, database),
        outcome_cookie=Cookie("tandem-outcomes", settings.is_secure),
        changes=Changes(),
    )
    transport = httpx.ASGITransport(console_app(context, sessions))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client
    await http.aclose()
    await mongo.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": ADDRESS},
        {"Sec-Fetch-Site": "cross-site", "Origin": ADDRESS},  # Chrome, started from the home screen
        {"Sec-Fetch-Site": "same-origin", "Origin": "null"},
    ],
)
async def test_a_form_of_a_page_is_accepted(client: httpx.AsyncClient, headers: dict[str, str]):
    answer = await client.post("/language", data={"language": "de", "to": "/x"}, headers=headers)
    assert (answer.status_code, answer.headers["location"]) == (303, "/x")
    assert "__Host-tandem=" in answer.headers["set-cookie"]
    assert answer.headers["set-cookie"].endswith("; HttpOnly; SameSite=Lax; Secure")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "https://other.example.com"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Origin": ADDRESS + ".evil.example"},
        {"Origin": "http://tandem.example.com"},
        {"Origin": ADDRESS + ":444"},
        {"Referer": ADDRESS + "/"},
    ],
)
@pytest.mark.parametrize("path", ["/language", "/sign-out", "/sign-in", "/act/goals/commitments", "/apix", "/nowhere"])
async def test_a_form_of_another_site_changes_nothing(client: httpx.AsyncClient, headers: dict[str, str], path: str):
    answer = await client.post(path, data={"language": "de"}, headers=headers)
    assert answer.status_code == 403
    assert "This did not come from here" in answer.text
    assert "set-cookie" not in answer.headers


async def test_what_uses_no_cookie_needs_no_protection(client: httpx.AsyncClient):
    for path, data in (("/api/goals/commitments", {}), ("/stop/a-token", {"List-Unsubscribe": "One-Click"})):
        answer = await client.post(path, data=data, headers={"Sec-Fetch-Site": "cross-site"})
        assert (answer.status_code, answer.json()["type"]) == (503, "urn:tandem:problem:service-away")


@pytest.mark.parametrize(
    "path",
    ["metrics", "health/ready", "%6detrics", "/metrics", "x/%2e%2e/metrics", "%2e/health/live", "health%2Fready"],
)
async def test_what_is_for_operators_is_not_passed_on(client: httpx.AsyncClient, path: str):
    answer = await client.get(f"/api/goals/{path}")
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:tandem:problem:not-found")


@pytest.mark.parametrize("path", ["/api/%2e%2e/language", "/api/../language", "/api//language", "/stop/../language"])
async def test_no_path_leads_around_it(client: httpx.AsyncClient, path: str):
    answer = await client.post(path, data={"language": "de"})
    assert answer.status_code in (403, 404, 503)
    assert "set-cookie" not in answer.headers


async def test_pages_let_forms_say_where_they_come_from(client: httpx.AsyncClient):
    assert (await client.get("/sign-in")).headers["referrer-policy"] == "same-origin"
