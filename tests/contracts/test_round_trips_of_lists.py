"""Every list with something in it takes at most two round trips to the database, one after the other."""

from typing import Any

import pytest

from service_kit.process import ServiceDefinition
from tests.benchmarks.listing import MOST_TRIPS, SUITE, walked


@pytest.mark.parametrize("definition", [pytest.param(each, id=each.service.name) for each in SUITE])
async def test_each_list_takes_at_most_two_round_trips(definition: ServiceDefinition[Any], mongo_url: str) -> None:
    found = await walked(mongo_url, definition)
    assert found
    assert not [each.path for each in found if not each.items], "a list without items shows nothing: fill it"
    assert {each.path: each.trips for each in found if each.trips > MOST_TRIPS} == {}
    assert [(each.path, scan) for each in found for scan in each.scans] == []
