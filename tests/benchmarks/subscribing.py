"""Events handed to a subscriber outside the suite one by one, beside a bare consumer that decodes the same records."""

from collections.abc import Sequence

from coaching_events import subscribe
from coaching_events.envelope import read
from tests.benchmarks.findings import Compared
from tests.benchmarks.known_promise import ROWS
from tests.benchmarks.measure import Effort, Run, Servers, compare
from tests.benchmarks.projecting import Closing
from tests.benchmarks.topics import filled, fresh_group, started_consumer

AT_ONCE = 500


async def subscribing(servers: Servers, effort: Effort) -> Sequence[Compared]:
    """Without any work on them; joining the group is not timed, leaving is not timed either."""
    topic, events = await filled(servers.kafka_url, effort.events), effort.events
    closing = Closing()

    async def ours() -> Run:
        subscription = subscribe(
            types=["commitment"], topics={"goals": topic}, group=fresh_group(), bootstrap=servers.kafka_url
        )
        deliveries = await subscription.__aenter__()
        await anext(deliveries)

        async def run() -> int:
            for _ in range(events - 1):
                await anext(deliveries)
            closing.later(subscription.__aexit__(None, None, None))
            return events - 1

        return run

    async def bare() -> Run:
        consumer = await started_consumer(servers.kafka_url, topic, fresh_group())

        async def run() -> int:
            done = 0
            while done < events:
                for records in (await consumer.getmany(timeout_ms=1000, max_records=AT_ONCE)).values():
                    for record in records:
                        ROWS.events[read(record.headers).type].model_validate_json(record.value or b"")
                    done += len(records)
            closing.later(consumer.stop())
            return events

        return run

    async with closing:
        what = f"hand {events:,} events to a subscriber, one by one"
        return [await compare(what, "a bare consumer", ours, bare, effort.rounds)]
