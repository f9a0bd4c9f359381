"""Who asks too often is told when to ask again, and nobody else notices."""

import asyncio
from dataclasses import replace

import pytest
from httpx import AsyncClient, Response

from service_kit.http.middleware.rate_limits import Rate, RateLimits
from service_kit.server.limits import RequestSlots
from tests.contracts.toy_http_service import ToyHttpService, problem


@pytest.fixture
def toy() -> ToyHttpService:
    """With a clock that stands."""
    toy = ToyHttpService()
    limits = RateLimits(people=Rate(0.5, 3), systems=Rate(0.5, 5), now=lambda: 0.0)
    toy.app.state.app_context = replace(toy.app.state.app_context, limits=limits)
    return toy


async def statuses(client: AsyncClient, times: int, address: str = "/plants") -> list[int]:
    return [(await client.get(address)).status_code for _ in range(times)]


async def test_one_too_many_is_429_with_the_time_to_wait(toy: ToyHttpService):
    async with toy.client() as anna, toy.client("ben") as ben:
        assert await statuses(anna, 3) == [200, 200, 200]
        refused = await anna.get("/plants")
        assert problem(refused) == (429, "too-many-requests")
        assert refused.headers["Retry-After"] == "2"
        assert await statuses(ben, 3) == [200, 200, 200], "it is hers alone"


async def test_it_counts_whatever_is_asked_for_and_whatever_becomes_of_it(toy: ToyHttpService):
    async with toy.client() as anna:
        assert await statuses(anna, 4, "/plants/plant_none") == [404, 404, 404, 429]


async def test_those_who_run_the_services_may_ask_more_often(toy: ToyHttpService):
    async with toy.client("operations", "ops") as ops:
        assert await statuses(ops, 6, "/ops/dead-letters") == [200] * 5 + [429]


async def test_health_and_metrics_are_never_refused(toy: ToyHttpService):
    async with toy.client() as anna:
        assert await statuses(anna, 9, "/health/live") == [200] * 9


async def test_more_at_once_than_a_process_can_is_503_with_retry_after():
    toy = ToyHttpService(slots=RequestSlots(most=3))
    async with toy.client() as anna:
        assert (await anna.get("/plants")).status_code == 200, "her token is known from here on"
        answers: list[Response] = await asyncio.gather(*(anna.get("/plants") for _ in range(8)))
        busy = [answer for answer in answers if answer.status_code == 503]
        assert len(busy) == 5
        assert problem(busy[0]) == (503, "too-busy")
        assert int(busy[0].headers["Retry-After"]) >= 1
        assert (await anna.get("/plants")).status_code == 200
