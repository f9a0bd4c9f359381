"""The drills by name, each with the setting that it needs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from tests.faults.drills.backing import both, broker, database
from tests.faults.drills.disk import disk
from tests.faults.drills.duplicates import duplicates
from tests.faults.drills.failover import failover
from tests.faults.drills.failpoints import failpoints
from tests.faults.drills.kill import kill
from tests.faults.drills.poison import poison
from tests.faults.drills.restarts import clock, interleaved, rolling, scale, slow, unsure
from tests.faults.drills.rollout import rollout
from tests.faults.drills.stuck import stuck
from tests.faults.scene import Scene, Setting


@dataclass(frozen=True)
class Drill:
    """``run`` breaks things for so many seconds; ``seconds`` is how long if nobody says."""

    name: str
    what: str
    run: Callable[[Scene, float], Awaitable[None]]
    setting: Setting = field(default_factory=Setting)
    seconds: float = 90.0


TWO_DOORS = Setting(serves=2)
"""Where processes that answer die so often that a second one of each has to go on answering."""
ROLLING = Setting(serves=2, keep_alive=False)
"""Each service has a second instance to go to; no connection is kept, as behind a balancer that drains."""
FEW = Setting(workers=1, couples=1)
"""Where days go by, and few deadlines are to be met on the way."""
FAILOVER = Setting(serves=2, test_commands=True)

DRILLS: Mapping[str, Drill] = {
    each.name: each
    for each in (
        Drill("kill", "SIGKILL for any process every one to three seconds", kill, seconds=300.0),
        Drill("broker", "the broker is killed and comes back, once after a minute", broker, seconds=180.0),
        Drill("database", "the database is killed and comes back", database),
        Drill("both", "broker and database are killed together", both),
        Drill("disk", "the disk of broker and database is full", disk, Setting(small_disk=True)),
        Drill("failover", "the database steps down, and fails as its fail points say", failover, FAILOVER),
        Drill("failpoints", "a process dies between each two steps of its work", failpoints, TWO_DOORS),
        Drill("unsure", "answers of database and broker are lost, though all was done", unsure, TWO_DOORS),
        Drill("rolling", "every process restarted in good order, one after another", rolling, ROLLING),
        Drill("rollout", "the next version, with rows and states of its own, out and back", rollout, ROLLING),
        Drill("scale", "workers from one to four and back to one", scale, Setting(workers=1)),
        Drill("clock", "the clock of one worker of each service is five seconds off", clock, Setting(real=True)),
        Drill("slow", "one worker of each service is slow", slow),
        Drill("interleaved", "topics are heard far apart, and streams mixed at random", interleaved),
        Drill("poison", "one record in a hundred is no event, in eleven ways", poison),
        Drill("stuck", "notifications cannot fold one promise, until it is mended", stuck, FEW, 60.0),
        Drill("duplicates", "every topic is sent twice, and every group loses its offsets", duplicates),
    )
}
