"""A repeated command is answered from the history: by any process, also after one died while it was answering."""

import asyncio

import pytest

from tests.delivery.company import FAR, SECOND, Company, Insistent, Json, Somebody, answered, at_once, problem_of

TWENTY = range(20)
GOALS = ("goals", SECOND)


@pytest.fixture(scope="module")
async def pair(company: Company) -> tuple[Somebody, Somebody, str]:
    """Two partners, and their partnership."""
    one, other = await company.hire("carla", "dan")
    return one, other, await company.pair(one, other)


Pair = tuple[Somebody, Somebody, str]


def walk(company: Company, text: str = "A walk") -> Json:
    return {"text": text, "due": {"on": str(company.today() + FAR)}}


async def promises(of: Somebody, partnership: str) -> list[Json]:
    shown = answered(await of.get("goals", f"/partnerships/{partnership}/commitments", limit=200))
    assert shown["next"] is None
    return shown["items"]


async def test_two_partners_may_use_the_same_key(company: Company, pair: Pair):
    one, other, partnership = pair
    body = walk(company, "The same words")
    made = [
        answered(await who.post("goals", f"/partnerships/{partnership}/commitments", body, key="monday"), 201)
        for who in (one, other)
    ]
    assert made[0]["id"] != made[1]["id"]
    owners = {p["owner"] for p in await promises(one, partnership) if p["text"] == "The same words"}
    assert owners == {one.id, other.id}


async def test_twenty_identical_commands_at_once_have_one_effect(company: Company, pair: Pair):
    one, _, partnership = pair
    path, body = f"/partnerships/{partnership}/commitments", walk(company, "Twenty times the same")
    answers = await at_once(one.post(GOALS[n % 2], path, body, key="twenty") for n in TWENTY)
    assert {(answer.status_code, answer.text, answer.headers["ETag"]) for answer in answers} == {
        (201, answers[0].text, answers[0].headers["ETag"])
    }
    assert sum(p["text"] == "Twenty times the same" for p in await promises(one, partnership)) == 1


async def test_of_twenty_rival_commands_one_is_taken(company: Company, pair: Pair):
    one, other, partnership = pair
    made = answered(await one.post("goals", f"/partnerships/{partnership}/commitments", walk(company)), 201)
    path = f"/commitments/{made['id']}/keep"
    answers = await at_once(one.post(GOALS[n % 2], path, key=f"rival-{n}") for n in TWENTY)
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 19]
    assert {problem_of(answer)[1] for answer in answers if answer.status_code == 409} <= {"not-possible-now"}
    history = answered(await other.get("goals", f"/commitments/{made['id']}/history"))
    assert [each["type"] for each in history] == ["commitment-made", "commitment-kept"]


async def test_of_twenty_rival_proposals_one_is_taken(company: Company):
    one, other = await company.hire("erin", "finn")
    answers = await at_once(
        who.post("partnerships", "/partnerships", {"other": whom.id}, key=f"{n}")
        for n in TWENTY
        for who, whom in [(one, other) if n % 2 else (other, one)]
    )
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 19]
    assert len(answered(await one.get("partnerships", "/partnerships"))["items"]) == 1


async def test_the_same_key_with_another_request_is_refused(company: Company, pair: Pair):
    one, _, partnership = pair
    path = f"/partnerships/{partnership}/commitments"
    first = answered(await one.post("goals", path, walk(company, "First"), key="again"), 201)
    for service in GOALS:
        other_words = await one.post(service, path, walk(company, "Second"), key="again")
        assert problem_of(other_words) == (422, "another-request")
        assert answered(await one.post(service, path, walk(company, "First"), key="again"), 201) == first
    assert not any(p["text"] == "Second" for p in await promises(one, partnership))


async def test_a_command_whose_process_was_killed_is_repeated_without_a_second_effect(company: Company, pair: Pair):
    one, _, partnership = pair
    path, keys = f"/partnerships/{partnership}/commitments", [f"killed-{n}" for n in range(40)]

    async def send(key: str, to: str) -> Json:
        return answered(await one.post(to, path, walk(company, key), key=key), 201)

    sent = [asyncio.create_task(send(key, "goals")) for key in keys]
    await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
    await company.kill_serve("goals")
    before = dict(zip(keys, await asyncio.gather(*sent, return_exceptions=True), strict=True))
    assert any(isinstance(each, Exception) for each in before.values()), "some were cut off"

    elsewhere = {key: await send(key, SECOND) for key in keys}
    await company.restart_serve("goals")
    again = {
        key: answered(await Insistent()(lambda key=key: one.post("goals", path, walk(company, key), key=key)), 201)
        for key in keys
    }
    assert (
        elsewhere
        == again
        == {key: elsewhere[key] if isinstance(was, Exception) else was for key, was in before.items()}
    )
    texts = sorted(p["text"] for p in await promises(one, partnership) if p["text"].startswith("killed-"))
    assert texts == sorted(keys)
