"""A service of toys as a process: ``python -m tests.delivery.toy_service work``. TOYS_TOPIC is its topic.

With TOYS_HANG its projections, or its reactions, never finish a batch, as if a driver had lost an answer for ever. With
TOYS_AHEAD its clock is so many seconds ahead.
"""

import asyncio
import os
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import eventlog
from eventlog import clock


async def hang(self: object, records: Iterable[Any]) -> None:
    await asyncio.Event().wait()


def main() -> None:
    machine, ahead = clock.wall_now, timedelta(seconds=float(os.environ.get("TOYS_AHEAD", 0)))
    eventlog.wall_now = clock.wall_now = lambda: machine() + ahead
    # Imported only now, so that all of it goes by this clock.
    from eventlog.consumers import Projections, Reactions
    from service_kit.process import command_line as cli
    from tests.delivery.toys import toys

    match os.environ.get("TOYS_HANG"):
        case "projections":
            Projections.take = hang
        case "reactions":
            Reactions.take = hang
        case _:
            pass
    cli.main(toys(os.environ["TOYS_TOPIC"]))


if __name__ == "__main__":
    main()
