"""A history that one of the two has filled: the other can still end, answer and ease what stands in it."""

import ast
from collections.abc import AsyncGenerator, Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from coaching_events.ids import StreamId
from coaching_readmodels.asking_limits import ASKING
from coaching_time import AskingLimits
from eventlog.stores import FOR_COMMANDS, FOR_EASING, LARGEST_HISTORY
from tests.contracts.toy_http_service import problem
from tests.interface.company_in_memory import START, CompanyInMemory, answered, open_company

SERVICES = Path(__file__).parents[2] / "services"
COMMANDS = ("post", "put", "patch", "delete")
LONG = "\U0001f33b" * 2_000
"""The largest note that is taken: 8 kB."""
SHARED = [{"audience": "hr", "types": ["commitment-made"], "until": "2026-12-31T00:00:00.999Z"}]

EASES = {
    "pausePartnership",
    "narrowSharing",
    "recordAbsence",
    "askForRelease",
    "revokeFeed",
    "takeBackDeclaration",
    "proposeClosing",
    "takeBackGoalDeclaration",
    "putRecipient",
    "confirmAddress",
    "confirmLogin",
}
"""What may fill a history up to seven eighths."""
SETTLES = {
    "giveCleanSlate",
    "thankForCommitment",
    "removeAgendaItem",
    "discussAgendaItem",
    "acceptPartnership",
    "declinePartnership",
    "withdrawPartnership",
    "resumePartnership",
    "endPartnership",
    "agreeTerms",
    "rejectTerms",
    "withdrawTerms",
    "withdrawAbsence",
    "makeRequestedCommitment",
    "declineRequest",
    "withdrawRequest",
    "keepCommitment",
    "agreeProposal",
    "declineProposal",
    "withdrawProposal",
    "agreeGoal",
    "declineGoal",
    "withdrawGoal",
    "confirmClosing",
    "declineClosing",
    "withdrawClosing",
    "acceptSession",
    "declineSession",
    "withdrawSession",
    "cancelSession",
    "reportSession",
    "refuseLogin",
}
"""What may fill all of a history: each ends, answers or takes back one thing that stands."""


@pytest.fixture
async def company() -> AsyncGenerator[CompanyInMemory]:
    async with open_company("anna", "ben") as company:
        yield company


@pytest.fixture
async def pair(company: CompanyInMemory, monkeypatch: pytest.MonkeyPatch) -> str:
    """A partnership whose history Anna has filled as far as new terms may fill it, however often she may."""
    monkeypatch.setattr(ASKING, "limits", AskingLimits(rounds=1_000_000))
    pair = await company.pair("anna", "ben", sharing=SHARED)
    for version in count(2):
        answer = await propose_terms(company, pair)
        if answer.status_code != 200:
            assert problem(answer) == (413, "history-full")
            break
        answered(await said(company, "anna", f"{pair}/terms/{version}/withdraw", note=LONG), 200)
    return pair


async def propose_terms(company: CompanyInMemory, pair: str) -> Response:
    return await said(company, "anna", f"{pair}/terms", terms={"reminders": 3}, note=LONG)


async def said(company: CompanyInMemory, name: str, path: str, **body: Any) -> Response:
    return await company.ask(name, "POST", "partnerships", f"/partnerships/{path}", body)


async def size(company: CompanyInMemory, pair: str) -> int:
    (document,) = await company.suite.services["partnerships"].store.states([StreamId(pair)])
    return document.size


async def types(company: CompanyInMemory, pair: str) -> list[str]:
    history = await company.get("anna", "partnerships", f"/partnerships/{pair}/history")
    return [event["type"] for event in history]


async def test_the_other_ends_a_partnership_whose_history_is_full(company: CompanyInMemory, pair: str) -> None:
    assert FOR_COMMANDS - 20_000 < await size(company, pair) < FOR_COMMANDS + 20_000
    answered(await said(company, "ben", f"{pair}/end", note=LONG), 200)
    seen = await company.get("anna", "partnerships", f"/partnerships/{pair}")
    assert seen["status"] == "ended"


async def test_a_refusal_says_what_still_works(company: CompanyInMemory, pair: str) -> None:
    told = (await propose_terms(company, pair)).json()["detail"]
    assert told == (
        "Its history is almost full, so nothing new fits. You can still end or settle it: end, decline, "
        "reject, withdraw, cancel, resume."
    )


async def test_what_eases_leaves_room_for_what_ends(company: CompanyInMemory, pair: str) -> None:
    for milliseconds in count(998, -1):
        less = [{**SHARED[0], "until": f"2026-12-31T00:00:00.{milliseconds:03}Z"}]
        answer = await said(company, "anna", f"{pair}/narrow-sharing", sharing=less, note=LONG)
        if answer.status_code != 200:
            assert problem(answer) == (413, "history-full")
            break
    assert FOR_EASING - 20_000 < await size(company, pair) <= FOR_EASING
    assert problem(await said(company, "ben", f"{pair}/pause", note=LONG)) == (413, "history-full")
    answered(await said(company, "ben", f"{pair}/end", note=LONG), 200)
    assert FOR_EASING < await size(company, pair) <= LARGEST_HISTORY


async def test_a_pause_and_its_end_fit_where_new_terms_do_not(company: CompanyInMemory, pair: str) -> None:
    answered(await said(company, "ben", f"{pair}/pause", note=LONG), 200)
    answered(await said(company, "ben", f"{pair}/resume", note=LONG), 200)
    answered(await said(company, "anna", f"{pair}/pause", note=LONG), 200)
    assert await size(company, pair) > FOR_COMMANDS


async def test_deadlines_and_reactions_fit_where_new_terms_do_not(company: CompanyInMemory, pair: str) -> None:
    await company.suite.settles()
    answered(await said(company, "anna", f"{pair}/pause", last="2026-03-06", note=LONG), 200)
    ben = f"/people/{company.people['ben']}/deactivate"
    answered(await company.ask("hr", "POST", "partnerships", ben, scopes=("hr.directory",)), 200)
    await company.suite.comes(START + timedelta(days=40))
    assert (await types(company, pair))[-4:] == [
        "partnership-paused",
        "partnership-paused",
        "partnership-resumed",
        "partnership-ended",
    ]
    assert not await company.suite.services["partnerships"].store.dead_letters()


def test_which_commands_may_use_what_is_kept_free_is_said_for_every_route() -> None:
    told = dict(effects())
    assert len(told) > 40
    assert {route for route, effect in told.items() if effect == "eases"} == EASES
    assert {route for route, effect in told.items() if effect == "settles"} == SETTLES
    assert {*told.values()} == {"begins", "eases", "settles"}


def effects() -> Iterator[tuple[str, str]]:
    """What each route with a command says that it does, by its operation id or the name of its function."""
    for file in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.AsyncFunctionDef) and (route := _route(node)) is not None:
                yield route, _effect(node)


def _route(function: ast.AsyncFunctionDef) -> str | None:
    for decorator in function.decorator_list:
        match decorator:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="routes"), attr=method)) if method in COMMANDS:
                ids = [ast.literal_eval(each.value) for each in decorator.keywords if each.arg == "operation_id"]
                return ids[0] if ids else function.name
            case _:
                pass
    return None


def _effect(function: ast.AsyncFunctionDef) -> str:
    calls = [each for each in ast.walk(function) if isinstance(each, ast.Call)]
    told = [ast.literal_eval(each.value) for call in calls for each in call.keywords if each.arg == "effect"]
    return told[0] if told else "begins"
