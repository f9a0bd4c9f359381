"""Republish: send a topic what it lacks, for a service that moves to another topic or has lost one.

Every document notes up to which version each topic has it, so a new topic lacks everything.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from eventlog.clock import wall_in
from eventlog.ids import backed_off, jitter
from eventlog.outbox.relay import PATIENCE, OutboxRelay

BATCH = 200
AT_ONCE = 20
"""Documents that are published at the same time: so many histories are in memory at most."""
FRUITLESS = 5
"""Scans in a row that find something missing and send nothing: then an operator must look."""
LONGEST_PAUSE = 5.0
"""Seconds of pause after a batch of which nothing could be sent."""


@dataclass
class RepublishProgress:
    """How far it has come. ``left`` are the documents that the last scan could not publish."""

    topic: str
    events: int = 0
    runs: int = 0
    left: int = 0

    def __str__(self) -> str:
        return f"{self.topic}: {self.events} events sent, in {self.runs} runs"


async def republish(relay: OutboxRelay, tell: Callable[[RepublishProgress], None]) -> RepublishProgress:
    """Send the relay's topic what it lacks, until a whole scan of the documents finds nothing or can send nothing.

    What was written within the last seconds is left to its writer and the sweepers. ``tell`` is called after each
    batch. Raises StoreUnavailable; the next call goes on with the rest.
    """
    done, fruitless = RepublishProgress(relay.topic), 0
    while fruitless < FRUITLESS:
        sent_before = done.runs
        done.left = await _scan(relay, done, tell)
        if not done.left and done.runs == sent_before:
            break
        fruitless = 0 if done.runs > sent_before else fruitless + 1
    return done


async def _scan(relay: OutboxRelay, done: RepublishProgress, tell: Callable[[RepublishProgress], None]) -> int:
    """Look at every document once; how many could not be published."""
    after, left, empty_handed = None, 0, 0
    while found := await relay.store.behind(wall_in(-PATIENCE), after=after, limit=BATCH):
        after = found[-1].stream
        sent = [events for events in await relay.publish_all(found, AT_ONCE) if events]
        done.runs += len(sent)
        done.events += sum(sent)
        left += len(found) - len(sent)
        tell(done)
        empty_handed = 0 if sent else empty_handed + 1
        if empty_handed:
            await asyncio.sleep(jitter(backed_off(0.1, empty_handed, LONGEST_PAUSE)))
    await relay.drain()
    return left
