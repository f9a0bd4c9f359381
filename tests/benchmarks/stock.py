"""FastStream as its documentation shows it: one handler call an event, one update of the row, one commit."""

import asyncio
from collections.abc import Mapping
from typing import Any

from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.middlewares import AckPolicy

from coaching_events import CommitmentKept, CommitmentMade, RenegotiationProposed, RenegotiationWithdrawn
from coaching_events.envelope import TYPE_PREFIX
from coaching_events.event import Event
from tests.benchmarks.known_promise import ROWS
from tests.benchmarks.measure import Run


async def stock_subscriber(kafka_url: str, topic: str, group: str, rows: Any, events: int) -> tuple[KafkaBroker, Run]:
    """A subscriber that waits for its run to begin, and the broker to stop afterwards."""
    broker = KafkaBroker(kafka_url, logger=None)
    begun, all_done, left = asyncio.Event(), asyncio.Event(), events

    async def handle(body: dict[str, Any], message: KafkaMessage) -> None:
        nonlocal left
        await begun.wait()
        event = ROWS.events[message.headers["ce_type"].removeprefix(TYPE_PREFIX)].model_validate(body)
        changed = {"at": int(message.headers["ce_sequence"]), **_changed(event)}
        await rows.update_one({"_id": message.headers["ce_subject"]}, {"$set": changed}, upsert=True)
        left -= 1
        if not left:
            all_done.set()

    broker.subscriber(topic, group_id=group, auto_offset_reset="earliest", ack_policy=AckPolicy.ACK)(handle)
    await broker.start()

    async def run() -> int:
        begun.set()
        await all_done.wait()
        return events

    return broker, run


def _changed(event: Event) -> Mapping[str, Any]:
    match event:
        case CommitmentMade():
            people = {
                "value.partnership": event.partnership,
                "value.owner": event.owner,
                "value.partner": event.partner,
            }
            return {**people, "value.due": event.due, "value.asked": False, "value.kept_at": None}
        case RenegotiationProposed():
            return {"value.asked": True}
        case RenegotiationWithdrawn():
            return {"value.asked": False}
        case CommitmentKept():
            return {"value.kept_at": event.kept_at}
        case _:
            return {}
