"""One trace from a request in one service to the mail of another, also when somebody else publishes the event."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer

from eventlog.consumers.consumer import Record
from tests.delivery.collector import Collector, collector
from tests.delivery.company import FAR, Company, Json, Somebody, answered, eventually

NOBODY = "127.0.0.1:9"
"""An address at which no broker listens."""


@pytest.fixture(scope="module")
async def traced(company: Company) -> AsyncGenerator[Collector]:
    """Goals and notifications send their spans, for as long as these tests run."""
    processes = [("goals", "serve"), ("goals", "work"), ("notifications", "work")]
    with collector() as kept:
        own = {"OTEL_EXPORTER_OTLP_ENDPOINT": kept.url, "OTEL_BSP_SCHEDULE_DELAY": "100"}
        for service, role in processes:
            await company.replace(service, role, own)
        yield kept
        for service, role in processes:
            await company.replace(service, role)
    await company.stage.settle()


@pytest.fixture(scope="module")
async def pair(company: Company) -> tuple[Somebody, str]:
    """Somebody who asks for a promise, and the partnership with who is asked and wants mail."""
    monday = company.stage.now + timedelta(days=7 - company.stage.now.weekday())
    await company.stage.set(monday.replace(hour=10))  # mail is sent within working hours
    await company.stage.settle()
    one, other = await company.hire("tracy", "travis")
    return one, await company.pair(one, other)


async def ask_for_a_promise(company: Company, pair: tuple[Somebody, str], trace: str) -> str:
    """The position of the event, of a request that belongs to a trace."""
    one, partnership = pair
    headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    body = {"text": "The slides", "due": {"on": str(company.today() + FAR)}}
    answer = await one.ask("POST", "goals", f"/partnerships/{partnership}/requests", json=body, headers=headers)
    position: str = answered(answer, 201)["position"]
    assert answer.headers["trace-id"] == trace
    return position


async def trace_of_record(company: Company, position: str) -> str:
    """What stands in the record of an event, when it has come."""
    topic = "coaching.goals.v1"
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=company.services.kafka_url, auto_offset_reset="earliest"
    ) as reader:
        async for record in cast("AsyncIterator[Record]", reader):
            headers = dict(record.headers)
            if headers.get("ce_id") == position.encode():  # tests of records that are none share the topic
                return (headers["ce_traceparent"] or b"").decode()[3:35]
    raise AssertionError("the topic has an end")


async def decided_because_of(company: Company, position: str) -> Json:
    """What notifications wrote when it heard of an event."""

    async def found() -> Any:
        mailbox = await company.documents("notifications").find_one({"history.cause": position})
        return mailbox and next(entry for entry in mailbox["history"] if entry.get("cause") == position)

    return await eventually(f"{position} has been reacted to", found)


async def are_there(kept: Collector, trace: str, *expected: tuple[str, str]) -> None:
    """These spans of a trace come, each as service and name."""

    async def there() -> bool:
        return set(expected) <= {*kept.within(trace)}

    await eventually(f"{expected} among {kept.within(trace)}", there)


async def test_a_request_its_record_the_inbox_and_the_mail_are_one_trace(
    company: Company, traced: Collector, pair: tuple[Somebody, str]
):
    trace = "0af7651916cd43dd8448eb211c80319c"
    position = await ask_for_a_promise(company, pair, trace)
    assert await trace_of_record(company, position) == trace
    assert (await decided_because_of(company, position))["traceparent"][3:35] == trace
    await are_there(
        traced,
        trace,
        ("goals", "POST /partnerships/{partnership}/requests"),
        ("goals", "decide commitment"),
        ("goals", "send coaching.goals.v1"),
        ("notifications", "react when_request_or_proposal_made_then_tell_the_partner"),
        ("notifications", "send coaching.notifications.v1"),
        ("notifications", "send mail"),
    )

    async def linked() -> bool:
        return ("notifications", "process coaching.goals.v1") in traced.linking(trace)

    await eventually("the batch links to it", linked)


async def test_an_event_that_the_sweeper_publishes_after_a_kill_goes_on_with_its_trace(
    company: Company, traced: Collector, pair: tuple[Somebody, str]
):
    trace = "1bf7651916cd43dd8448eb211c80319c"
    await company.replace("goals", "serve", {"KAFKA_URL": NOBODY})
    try:
        position = await ask_for_a_promise(company, pair, trace)
        await company.kill_serve("goals")
        assert await asyncio.wait_for(trace_of_record(company, position), 30) == trace
        assert (await decided_because_of(company, position))["traceparent"][3:35] == trace
        await are_there(traced, trace, ("goals", "send coaching.goals.v1"), ("notifications", "send mail"))
    finally:
        await company.replace("goals", "serve")
