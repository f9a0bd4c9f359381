"""Schemathesis sends every route what its document allows and what it does not: each answer is as the document says."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from socket import IPPROTO_TCP, socket
from typing import Any, cast

import pytest
import schemathesis
import uvicorn
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from hypothesis.strategies import dates, datetimes, just, sampled_from
from schemathesis import BaseSchema, GenerationMode, HookContext, engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import ScenarioRecorder

from coaching_events.ids import StreamId
from coaching_readmodels.logins import login_id
from service_kit.bodies.types import EARLIEST, LATEST
from service_kit.http.paging import cursor
from service_kit.observability.lag_monitor import LagMonitor
from service_kit.operations.idle import idle_routes
from tests.contracts.store_samples import letter
from tests.faults.in_memory import DEFINITIONS, OneService
from tests.interface.company_in_memory import CompanyInMemory, Json, answered, open_company

EXAMPLES = 10
"""Requests for each route that are made up by chance, besides those that go to the bounds of each schema."""

MIDNIGHT = datetime.min.time()
A_MOMENT = "2026-03-02T09:00:00.000Z commitment_0"
PLACES = {
    "/calendars": "calendar_0",
    "/conflicts": "conflict_0",
    "/partnerships": "partnership_0",
    "/people": "person_0",
    "/ops/dead-letters": "2026-03-02T12:00:00+00:00 0",
    "/inbox": "2026-03-02T09:00:00.000+00:00 2026-03-02 000000",
}
"""Where a page of a list may begin; without one here, at a moment."""

FORMATS = {
    "cursor": just("YWZ0ZXI6"),
    "date": dates(EARLIEST, LATEST).map(str),
    "date-time": datetimes(datetime.combine(EARLIEST, MIDNIGHT), datetime.combine(LATEST, MIDNIGHT)).map(
        lambda instant: f"{instant.isoformat()}Z"
    ),
    "email": sampled_from(["ben.ortiz@example.com", "kavya@example.com"]),
    "position": just("elsewhere_0123456789abcdef@3"),
    "rrule": sampled_from(["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2", "FREQ=MONTHLY;BYDAY=-1FR"]),
    "time-zone": sampled_from(["America/Los_Angeles", "Asia/Kolkata", "Europe/Berlin"]),
}
"""Texts of the formats in the documents: of our own, and of those of which few texts have the pattern that is asked."""

for name, texts in FORMATS.items():
    schemathesis.openapi.format(name, texts)


def sense(ids: Mapping[str, str]) -> Callable[[HookContext, Any], Any]:
    """Lets good requests be about things that exist, and keep to what no document can say.

    ``ids`` has one of each kind, by the names of parameters.
    """
    requests = count()

    def map_case(_: HookContext, case: Any) -> Any:
        if case.meta.generation.mode is GenerationMode.POSITIVE:
            case.path_parameters.update({name: id for name, id in ids.items() if name in case.path_parameters})
            if "Idempotency-Key" in case.headers:
                case.headers["Idempotency-Key"] = f"request-{next(requests)}"  # each is another request
            case.query = sensible_query(case.path, case.query)
            if isinstance(body := case.body, dict):
                case.body = body | sensible_fields(case.path, cast(Json, body), ids)
        return case

    return map_case


def sensible_query(path: str, given: Json) -> Json:
    if "after" in given:  # it is a place in this list
        given = {**given, "after": cursor(PLACES.get(path, A_MOMENT))}
    match path:
        case "/people/search":  # by one of the two
            return {"email": given["email"]} if "email" in given else {"name": "mar"}
        case "/people" if "source" in given or "external_id" in given:  # by both or neither
            return {**given, "source": "people-export", "external_id": "1010"}
        case _:
            return given


def sensible_fields(path: str, given: Json, ids: Mapping[str, str]) -> Json:
    """The fields of a body that are to be different."""
    if path == "/roster":  # a column of logins needs to say whose
        shape = given["shape"]
        return {"shape": {**shape, "login_source": shape.get("login_source") or "https://login.example.com"}}
    if path in ("/check-ins/{check_ins}/submit", "/check-ins/{check_ins}/revise"):  # it speaks of promises of the two
        about = {"answers": {ids["commitment"]: "Half done"}, "speaks_of": [ids["commitment"], ids["goal"]]}
        return {"we_talked": True} | {name: about[name] for name in about if given.get(name)}
    if given.get("due") is not None:  # a date or a moment, and a promise serves a goal of the two
        return {"due": {"on": "2026-03-13"}} | ({"goal": ids["goal"]} if given.get("goal") else {})
    if path == "/goals/{goal}/progress":  # a value is of a measure, and something is said
        return {"measure": 1, "value": "38.5"}
    if given.get("hours"):  # they end after they start
        return {"hours": {day: {"start": "09:00:00", "end": "17:00:00"} for day in given["hours"]}}
    return {}


class AllRead(LagMonitor):
    async def look(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        return {}, {}


@asynccontextmanager
async def served(name: str) -> AsyncGenerator[BaseSchema]:
    """The document of a service, which is behind it over real HTTP."""
    async with open_company("anna", "martina") as company:
        service = company.suite.services[name]
        ids = await one_of_each(company, service)
        service.app.include_router(idle_routes(AllRead("", (), ())))
        token = company.suite.issuer.token(
            "anna", ("partner", "hr.directory", "hr.identities", "ops"), timedelta(hours=1)
        )
        async with over_http(service.app) as address:
            config = configuration(address, token)
            document = schemathesis.openapi.from_dict(service.app.openapi(), config=config)
            document.hook(sense(ids))  # pyright: ignore[reportUnknownMemberType] (its types are not complete)
            yield document


@asynccontextmanager
async def over_http(app: FastAPI) -> AsyncGenerator[str]:
    """Where the application answers."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    with socket(proto=IPPROTO_TCP) as door:  # of another one asyncio would not say TCP_NODELAY
        door.bind(("127.0.0.1", 0))
        door.listen()
        running = asyncio.ensure_future(server.serve([door]))
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        await running


def configuration(address: str, token: str) -> SchemathesisConfig:
    return SchemathesisConfig.from_dict(  # pyright: ignore[reportUnknownMemberType]
        {
            "base-url": address,
            "suppress-health-check": ["too_slow"],
            "request-timeout": 60,
            "auth": {"openapi": {"token": {"bearer": token}}},
            # No schema says that a text has no NUL, and that a joiner or a tag has to stand where it does its work.
            "generation": {"deterministic": True, "max-examples": EXAMPLES, "allow-x00": False, "codec": "latin-1"},
            # 412 is to an If-Match what 409 is to a rule.
            "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "412"]}},
            "phases": {
                "examples": {"enabled": False},  # coverage sends them too
                "fuzzing": {"error-feedback": {"enabled": False}, "extra-data-sources": {"responses": False}},
                "stateful": {"enabled": False},
            },
        }
    )


async def one_of_each(company: CompanyInMemory, service: OneService) -> Mapping[str, str]:
    """Ids of things that exist, by the names of parameters; the stream and the dead letter are of this service."""
    partnership = await company.pair("anna", "martina")
    columns = {name: name for name in ("external_id", "display_name", "zone", "email")}
    roster = {
        "shape": {"source": "people-export", "columns": columns},
        "csv": f"{','.join(columns)}\n1010,Tina,Europe/Berlin,martina@example.com",
    }
    report = answered(await company.ask("hr", "POST", "partnerships", "/roster", roster, scopes=("hr.directory",)), 200)
    ids = {
        "partnership": partnership,
        "person": company.people["martina"],
        "conflict": report["conflicts"][0]["conflict"],
        "calendar": "calendar_DE-BY-2026",
        "login": login_id(company.suite.issuer.issuer, "anna"),
        "goal": await company.goal("martina", partnership),
        "revision": "1",
        "commitment": await company.promise("anna", partnership, "Slides", "2026-03-06T15:00:00Z"),
        "check_ins": (await company.get("anna", "goals", f"/partnerships/{partnership}/check-ins"))[0]["id"],
        "session": await company.session("martina", partnership, "2026-03-09T09:00:00Z"),
        "message": (await company.get("anna", "notifications", "/inbox"))["items"][0]["id"],
        "week": "2026-W10",
    }
    kinds = [aggregate.kind for aggregate in service.service.aggregates]
    (stream, *_) = [each.stream for kind in kinds for each in await service.store.find(kind, {}, limit=1)]
    aside = letter(9, stream=StreamId(partnership), reason="failed", handler=f"{service.service.name}.projections")
    await service.store.put_dead_letters([aside])
    return {**ids, "stream": stream, "letter": aside.id}


def findings(document: BaseSchema) -> Iterator[str]:
    """What Schemathesis finds, each with the answer and the request; fails if a route was left out."""
    asked = set[str]()
    for event in engine.from_schema(document).execute():
        match event:
            case ScenarioFinished(recorder=recorder):
                asked.add(recorder.label)
                yield from told(recorder)
            case NonFatalError() | FatalError():
                yield str(event)
            case _:
                pass
    paths: Mapping[str, Mapping[str, Any]] = document.raw_schema["paths"]
    assert asked == {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


def told(recorder: ScenarioRecorder) -> Iterator[str]:
    for case, checks in recorder.checks.items():
        answer = recorder.interactions[case].response
        for check in checks:
            if (found := check.failure_info) is not None:
                what = f"{recorder.label}: {check.name}: {found.failure.message}"
                yield f"{what}\n{found.code_sample}\n{'' if answer is None else answer.text}"


@pytest.mark.parametrize("name", [each.service.name for each in DEFINITIONS])
def test_every_answer_is_as_the_document_says(name: str):
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(served(name)) as document:
        found = [*findings(document)]
    assert not found, "\n\n".join(found)
