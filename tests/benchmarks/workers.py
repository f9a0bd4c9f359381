"""One topic shared by one, two and four processes of a group: what an event costs must not grow with their number."""

from collections.abc import Mapping

from tests.benchmarks.databases import Databases, databases
from tests.benchmarks.findings import Compared, Sample
from tests.benchmarks.measure import Effort, Servers
from tests.benchmarks.projector import Task
from tests.benchmarks.projectors import projectors
from tests.benchmarks.topics import filled, fresh_group

PARTITIONS = 8
COUNTS = (1, 2, 4)
MOST_CPU = 1.10


async def workers(servers: Servers, effort: Effort) -> list[Compared]:
    """In each round every number of processes in turn, each time in a group and rows that nobody has used."""
    topic = await filled(servers.kafka_url, effort.shared, PARTITIONS)
    taken: Mapping[int, list[Sample]] = {count: [] for count in COUNTS}
    async with databases(servers.mongo_url) as made:
        for number in range(effort.rounds):
            for count in COUNTS if number % 2 else reversed(COUNTS):
                taken[count].append(await _shared(servers, made, topic, effort.shared, count))
    one, *more = COUNTS
    what = f"project {effort.shared:,} events, {{}} workers"
    return [
        Compared(what.format(count), f"{one} worker", taken[count], taken[one], most_cpu=MOST_CPU) for count in more
    ]


async def _shared(servers: Servers, made: Databases, topic: str, events: int, count: int) -> Sample:
    task = Task(
        kafka_url=servers.kafka_url,
        mongo_url=servers.mongo_url,
        topic=topic,
        group=fresh_group(),
        database=made.fresh(),
        rows=1,
        bare=False,
        batch=1000,
    )
    async with projectors(task, count, PARTITIONS) as together:
        done = await together.project(events)
    await made.drop()
    return done
