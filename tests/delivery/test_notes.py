"""What one says to the other with a command is kept and shown to both, and no typed text is lost in silence."""

from datetime import date, timedelta
from typing import Any

import pytest

from tests.delivery.company import FAR, Company, Json, Somebody, answered, problem_of
from tests.delivery.routes import Operation, operations

COMMANDS = [each for each in operations() if each.method in ("POST", "PUT")]
NO_NOTES = ("/ops/", "/roster", "/people", "/calendars", "/inbox", "/messages", "/recipients", "/conflicts")
"""Where nobody speaks to a partner."""


@pytest.fixture(scope="module")
async def curious(company: Company) -> Somebody:
    """A person who sends what no command knows."""
    (person,) = await company.hire("curious")
    return person


@pytest.mark.parametrize("operation", COMMANDS, ids=str)
async def test_a_field_that_a_command_does_not_know_is_refused(curious: Somebody, operation: Operation):
    values = dict.fromkeys(operation.parameters, "1")
    path = operation.path.format_map(values | _ids(operation))
    answer = await curious.ask(
        "POST" if operation.method == "POST" else "PUT", operation.service, path, json={"nope": 1}
    )
    assert problem_of(answer)[:2] == (422, "invalid-request"), answer.text


ALONE = ("/private-notes", "/private-agenda", "/reflection", "/calendar-feed", "/calendar-feed/revoke")
"""What a person does alone: nothing of it reaches the partner."""
READS_OR_IS_A_NOTE = ("/preview", "/answer")
"""A preview writes nothing. An answer to a check-in is a text to the partner itself."""


def speaks(operation: Operation) -> bool:
    return not operation.path.startswith(NO_NOTES) and not operation.path.endswith(ALONE + READS_OR_IS_A_NOTE)


@pytest.mark.parametrize("operation", [each for each in COMMANDS if speaks(each)], ids=str)
def test_every_command_of_a_partner_takes_a_note(operation: Operation):
    assert "note" in operation.fields, f"{operation} loses what somebody says with it"


async def test_a_note_is_in_the_answer_in_the_view_and_in_the_history_for_both(company: Company):
    ada, ben = await company.hire("ada", "ben")
    said = iter(f"word {number}" for number in range(100))
    partnership = await company.pair(ada, ben)
    due = {"on": str(company.today() + FAR)}
    promise = await _says(ada, "goals", f"/partnerships/{partnership}/commitments", next(said), text="A walk", due=due)
    for who, command, body in (
        (ada, "release", {}),
        (ada, "withdraw", {}),
        (ada, "renegotiate", {"due": {"on": str(company.today() + FAR + timedelta(days=7))}}),
        (ben, "decline", {}),
        (ada, "release", {}),
        (ben, "decline", {}),
        (ada, "keep", {}),
        (ada, "take-back", {}),
        (ada, "release", {}),
        (ben, "agree", {}),
    ):
        await _says(who, "goals", f"/commitments/{promise}/{command}", next(said), **body)
    await _are_shown(ada, ben, "goals", f"/commitments/{promise}", 11)

    start = (company.stage.now + timedelta(days=3)).isoformat()
    at = f"/partnerships/{partnership}/sessions"
    session = await _says(ada, "sessions", at, next(said), start=start, minutes=30)
    for who, command, body in (
        (ben, "propose-time", {"start": start, "minutes": 45}),
        (ada, "accept", {}),
        (ben, "cancel", {}),
    ):
        await _says(who, "sessions", f"/sessions/{session}/{command}", next(said), **body)
    await _are_shown(ben, ada, "sessions", f"/sessions/{session}", 4)

    for who, command, body in (
        (ada, "terms", {"terms": {"reminders": 3}}),
        (ada, "terms/2/withdraw", {}),
        (ben, "pause", {}),
        (ben, "resume", {}),
        (ada, "end", {}),
    ):
        await _says(who, "partnerships", f"/partnerships/{partnership}/{command}", next(said), **body)
    await _are_shown(ada, ben, "partnerships", f"/partnerships/{partnership}", 5)


async def test_a_date_without_work_is_moved_and_the_answer_says_where_to_and_why(company: Company):
    ada, ben = await company.hire("ada", "ben")
    at = f"/partnerships/{await company.pair(ada, ben)}"
    soon = company.today() + FAR
    sunday = soon + timedelta(days=6 - soon.weekday())
    next_sunday = sunday + timedelta(days=7)
    due = {"due": {"on": str(sunday)}}
    promise = await ada.post("goals", f"{at}/commitments", {"text": "A walk", **due})
    answers = [
        promise,
        await ben.post("goals", f"{at}/requests", {"text": "A call", **due}),
        await ada.post("goals", f"/commitments/{promise.json()['id']}/renegotiate", {"due": {"on": str(next_sunday)}}),
    ]

    def moved(asked: date) -> Json:
        return {"asked": str(asked), "to": str(asked + timedelta(days=1)), "because": "no-working-hours"}

    assert [answer.json()["moved"] for answer in answers] == [[moved(sunday)], [moved(sunday)], [moved(next_sunday)]]
    monday = {"text": "Another walk", "due": {"on": str(sunday + timedelta(days=1))}}
    assert (await ada.post("goals", f"{at}/commitments", monday)).json()["moved"] == []


async def test_a_refusal_keeps_its_facts_apart_from_the_status_of_http(company: Company):
    ada, ben = await company.hire("ada", "ben")
    partnership = await company.pair(ada, ben)
    walk = {"text": "A walk", "due": {"on": str(company.today() + FAR)}}
    made = answered(await ada.post("goals", f"/partnerships/{partnership}/commitments", walk), 201)
    answered(await ada.post("goals", f"/commitments/{made['id']}/keep"))
    again = await ada.post("goals", f"/commitments/{made['id']}/keep")
    assert again.status_code == again.json()["status"] == 409
    assert again.json()["facts"] == {"status": "kept"}


async def _says(who: Somebody, service: str, path: str, note: str, **body: Any) -> str:
    accepted = (await who.post(service, path, {**body, "note": note})).raise_for_status().json()
    assert note in [event["data"].get("note") for event in accepted["events"]], path
    stream: str = accepted["id"]
    return stream


async def _are_shown(one: Somebody, other: Somebody, service: str, path: str, number: int) -> None:
    for who in (one, other):
        view: Json = answered(await who.ask("GET", service, path))
        told = answered(await who.ask("GET", service, f"{path}/history"))
        in_history = [event["data"]["note"] for event in told if "note" in event["data"]]
        assert [each["note"] for each in view["notes"]] == in_history
        assert len(in_history) == number


def _ids(operation: Operation) -> Json:
    return {name: f"{name.replace('_', '-')}_1" for name in operation.parameters if name not in ("version", "letter")}
