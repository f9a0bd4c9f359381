"""What every command answers: the same again, conditions, problems, lists."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from httpx import AsyncClient, Response

from coaching_events.ids import StreamId
from eventlog.stores import ReadModel
from eventlog.stores.documents import ReadModelWrite
from tests.contracts.toy_http_service import BEN, FIG, ToyHttpService, planted, problem


def said(answer: Response) -> dict[str, str]:
    """The headers that belong to what was decided: each request has a trace of its own."""
    return {name: value for name, value in answer.headers.items() if name not in ("traceresponse", "trace-id")}


@pytest.fixture
def toy() -> ToyHttpService:
    return ToyHttpService()


@pytest.fixture
async def anna(toy: ToyHttpService) -> AsyncGenerator[AsyncClient]:
    async with toy.client() as client:
        yield client


async def test_an_accepted_command_tells_its_events_its_etag_and_where_the_new_thing_is(anna: AsyncClient):
    answer = await planted(anna)
    body = answer.json()
    assert body["position"] == f"{body['id']}@1"
    assert body["events"][0]["type"] == "planted"
    assert body["events"][0]["data"] == {"stream": body["id"], "by": "person_anna", "name": "fig", "friend": BEN}
    assert answer.headers["etag"] == f'"{body["position"]}"'
    seen = await anna.get(answer.headers["location"])
    assert seen.json() == {"id": body["id"], "name": "fig", "watered": 0}
    assert seen.headers["etag"] == answer.headers["etag"]


async def test_the_same_key_gets_the_same_answer_from_another_process_too(toy: ToyHttpService):
    async with toy.client() as here, ToyHttpService(toy.store, toy.issuer).client() as there:
        first = await here.post("/plants", json=dict(FIG), headers={"Idempotency-Key": "k"})
        plant = first.json()["id"]
        await here.post(f"/plants/{plant}/water")
        again = await there.post(
            "/plants",
            content=f'{{ "friend": "{BEN}",\n "name": "fig" }}',
            headers={"Idempotency-Key": "k", "Content-Type": "application/json; charset=utf-8"},
        )
    assert again.content == first.content
    assert (again.status_code, said(again)) == (first.status_code, said(first))


async def test_the_same_key_with_another_body_is_another_request(anna: AsyncClient):
    await anna.post("/plants", json=dict(FIG), headers={"Idempotency-Key": "k"})
    other = await anna.post("/plants", json={**FIG, "name": "fern"}, headers={"Idempotency-Key": "k"})
    assert problem(other) == (422, "another-request")


async def test_two_people_may_use_the_same_key(toy: ToyHttpService, anna: AsyncClient):
    async with toy.client("ben") as ben:
        one = await anna.post("/plants", json=dict(FIG), headers={"Idempotency-Key": "k"})
        two = await ben.post("/plants", json=dict(FIG), headers={"Idempotency-Key": "k"})
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json()["id"] != two.json()["id"]


async def test_without_a_key_every_request_is_a_new_one(anna: AsyncClient):
    assert (await planted(anna)).json()["id"] != (await planted(anna)).json()["id"]


async def test_twenty_identical_commands_at_once_have_one_effect(anna: AsyncClient):
    plant = (await planted(anna)).json()["id"]
    watering = [anna.post(f"/plants/{plant}/water", headers={"Idempotency-Key": "k"}) for _ in range(20)]
    answers = await asyncio.gather(*watering)
    assert {answer.content for answer in answers} == {answers[0].content}
    assert (await anna.get(f"/plants/{plant}")).json()["watered"] == 1


async def test_a_refusal_is_not_remembered_and_tells_its_facts(anna: AsyncClient):
    plant = (await planted(anna)).json()["id"]
    for _ in range(3):
        assert (await anna.post(f"/plants/{plant}/water")).status_code == 200
    refused = await anna.post(f"/plants/{plant}/water", headers={"Idempotency-Key": "k"})
    assert problem(refused) == (409, "wet-enough")
    assert refused.json()["facts"] == {"watered": 3}
    assert refused.json()["detail"] == "It has had enough water."


async def test_a_command_from_which_nothing_follows_answers_where_the_thing_stands(anna: AsyncClient):
    plant = (await planted(anna)).json()["id"]
    looked = await anna.post(f"/plants/{plant}/look")
    assert looked.json() == {"id": plant, "position": f"{plant}@1", "events": [], "moved": []}


@pytest.mark.parametrize("key", ["", "two words", "é", "k" * 256, "tab\there"])
async def test_a_key_that_is_not_visible_ascii_of_1_to_255_is_refused(anna: AsyncClient, key: str):
    answer = await anna.post("/plants", json=dict(FIG), headers=[(b"Idempotency-Key", key.encode())])
    assert problem(answer) == (400, "malformed-idempotency-key")


@pytest.mark.parametrize("form", ['"{}"', "{}", "*"])
async def test_if_match_takes_the_last_version_with_or_without_quotes(anna: AsyncClient, form: str):
    position = (await planted(anna)).json()["position"]
    plant = position.partition("@")[0]
    answer = await anna.post(f"/plants/{plant}/water", headers={"If-Match": form.format(position)})
    assert answer.status_code == 200


async def test_a_stale_if_match_tells_the_current_version(anna: AsyncClient):
    position = (await planted(anna)).json()["position"]
    plant = position.partition("@")[0]
    await anna.post(f"/plants/{plant}/water")
    stale = await anna.post(f"/plants/{plant}/water", headers={"If-Match": f'"{position}"'})
    assert problem(stale) == (412, "stale")
    assert stale.json()["current"] == f"{plant}@2"
    assert (await anna.get(f"/plants/{plant}")).json()["watered"] == 1


@pytest.mark.parametrize("tag", ["", "1", 'W/"plant_1@1"', '"plant_1@1", "plant_1@2"', "plant_1@0"])
async def test_an_if_match_that_is_no_etag_of_ours_is_refused(anna: AsyncClient, tag: str):
    plant = (await planted(anna)).json()["id"]
    answer = await anna.post(f"/plants/{plant}/water", headers={"If-Match": tag})
    assert problem(answer) == (400, "malformed-if-match")


async def test_if_match_star_needs_something_that_exists(anna: AsyncClient):
    answer = await anna.post("/plants", json=dict(FIG), headers={"If-Match": "*"})
    assert problem(answer) == (412, "stale")


async def test_after_waits_until_the_row_has_come(toy: ToyHttpService, anna: AsyncClient):
    weather = StreamId("weather_berlin")

    async def it_comes() -> None:
        await asyncio.sleep(0.03)
        await toy.store.write_read_models([ReadModelWrite(ReadModel(weather, 3, {"degrees": 21}), None)])

    waiting, _ = await asyncio.gather(
        anna.get(f"/weather/{weather}", headers={"After": f'plant_1@9, "{weather}@3"'}), it_comes()
    )
    assert waiting.json() == 21


async def test_after_gives_up_and_says_when_to_ask_again(anna: AsyncClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("service_kit.http.conditional_requests.WAIT_SECONDS", 0.02)
    answer = await anna.get("/weather/weather_berlin", headers={"After": "weather_berlin@3"})
    assert problem(answer) == (503, "catching-up")
    assert answer.headers["retry-after"] == "1"


@pytest.mark.parametrize("after", ["", "weather_berlin", "weather_berlin@0", "weather_berlin@3,,", "@1", "x" * 300])
async def test_a_malformed_after_is_refused(anna: AsyncClient, after: str):
    answer = await anna.get("/plants", headers={"After": after})
    assert problem(answer) == (400, "malformed-after")


async def test_a_row_with_a_gap_is_not_taken_for_one_that_does_not_exist(toy: ToyHttpService, anna: AsyncClient):
    assert problem(await anna.get("/weather/weather_oslo")) == (404, "not-found")
    await toy.store.write_read_models([ReadModelWrite(ReadModel(StreamId("weather_oslo"), 3, None, gaps=1), None)])
    assert problem(await anna.get("/weather/weather_oslo")) == (503, "catching-up")


async def test_pages_follow_one_another_while_things_are_added(anna: AsyncClient):
    there = {(await planted(anna)).json()["id"] for _ in range(7)}
    seen: list[str] = []
    after: str | None = None
    while True:
        page = (await anna.get("/plants", params={"limit": 3, **({"after": after} if after else {})})).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            break
        await planted(anna)
    assert there <= set(seen)
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"limit": 0}, (422, "invalid-request")),
        ({"limit": 201}, (422, "invalid-request")),
        ({"limit": "9" * 5000}, (422, "invalid-request")),
        ({"after": "%%%"}, (400, "malformed-cursor")),
        ({"after": "cGxhbnQ"}, (400, "malformed-cursor")),
        ({"after": "é"}, (400, "malformed-cursor")),
    ],
)
async def test_a_page_that_cannot_be_asked_for_is_refused(anna: AsyncClient, query: Any, expected: tuple[int, str]):
    assert problem(await anna.get("/plants", params=query)) == expected


async def test_the_document_tells_of_tokens_conditions_and_problems(anna: AsyncClient):
    document = (await anna.get("/openapi.json")).json()
    command = document["paths"]["/plants"]["post"]
    assert {parameter["name"] for parameter in command["parameters"]} == {"Idempotency-Key", "After"}
    later = document["paths"]["/plants/{plant}/water"]["post"]["parameters"]
    assert {parameter["name"] for parameter in later} == {"plant", "Idempotency-Key", "If-Match", "After"}
    assert {"201", "400", "401", "403", "404", "409", "412", "422", "503"} <= command["responses"].keys()
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert "HTTPValidationError" not in str(document)


async def test_the_page_about_the_api_needs_nobody_else(anna: AsyncClient):
    page = await anna.get("/docs", headers={"Authorization": ""})
    assert page.headers["content-type"].startswith("text/html")
    assert "http://" not in page.text
    assert "https://" not in page.text
