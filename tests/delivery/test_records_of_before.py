"""Records that were written up to version 0.2.0 lie in a topic: a running suite and a new subscriber read them."""

import asyncio
from typing import Any, cast

from aiokafka import AIOKafkaProducer

from coaching_events import CheckInSuspended, CommitmentSuspended, Event, subscribe
from coaching_events.ids import kind_of
from coaching_events.topics import TOPICS
from eventlog import fresh_id
from tests.contracts.records_of_before import RECORDS
from tests.delivery.company import Company, answered, eventually


async def test_records_of_before_make_rows_and_reach_a_subscriber(company: Company):
    one, other = await company.hire("olga", "otto")
    partnership, mark = await company.pair(one, other), fresh_id()
    names = {
        "check-ins_anna-ben-anna": f"check-ins_{mark}",
        "commitment_walk": f"commitment_{mark}",
        "partnership_anna-ben": partnership,
        "person_anna": one.id,
        "person_ben": other.id,
    }
    records = [each.with_names(names) for each in RECORDS if kind_of(each.stream) in ("check-ins", "commitment")]
    async with AIOKafkaProducer(bootstrap_servers=company.services.kafka_url, acks="all") as producer:
        for each in records:
            await producer.send_and_wait(  # pyright: ignore[reportUnknownMemberType]
                TOPICS["goals"], each.value.encode(), key=partnership.encode(), headers=each.raw
            )

    async def model_at(stream: str, version: int) -> Any:
        row = await company.rows("notifications").find_one({"_id": stream})
        return row["value"] if row is not None and row["at"] == version else None

    check_ins, promise = f"check-ins_{mark}", f"commitment_{mark}"
    model = await eventually("the read model of the check-ins", lambda: model_at(check_ins, 9))
    assert model["speaks_of"] == [promise], "they were written as speaks_of_commitments"
    assert await eventually("the read model of the promise", lambda: model_at(promise, 3))

    heard: dict[str, list[Event]] = {each.stream: [] for each in records}
    async with (
        asyncio.timeout(60),
        subscribe(
            types=["check-ins", "commitment"], group=f"before-{mark}", bootstrap=company.services.kafka_url, stop_on=()
        ) as deliveries,
    ):
        async for delivery in deliveries:
            if delivery.stream in heard:
                heard[delivery.stream].append(delivery.event)
            if sum(map(len, heard.values())) == len(records):
                break
    told = heard[check_ins]
    assert [each.type for each in told] == [each.headers["ce_type"] for each in records if "check-ins" in each.stream]
    absence = f"{one.id}@2"
    assert cast(CheckInSuspended, told[7]).based_on == absence
    assert cast(CommitmentSuspended, heard[promise][1]).based_on == absence
    look = answered(await company.somebody("operations", "ops").get("notifications", "/ops/idle"))
    assert look["dead_letters"] == {}
