"""``python -m deploy.local``: start both servers, print their addresses as ``export`` lines, run until Ctrl-C."""

import shlex
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from deploy.local import DEFAULT_DATA, CannotStart, backing_services


def main(
    data: Annotated[Path, typer.Option(help="The folder for data and logs.")] = DEFAULT_DATA,
    keep: Annotated[bool, typer.Option(help="Keep the data of the last run.")] = False,
    docker: Annotated[bool, typer.Option(help="Use Docker if it answers.")] = True,
) -> None:
    """Kafka and MongoDB on this machine, until Ctrl-C."""
    signal.signal(signal.SIGTERM, _terminated)
    try:
        with backing_services(data, say=_say, prefer_docker=docker, keep=keep) as services:
            print(f"export KAFKA_URL={shlex.quote(services.kafka_url)}")
            print(f"export MONGO_URL={shlex.quote(services.mongo_url)}", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        pass
    except CannotStart as failure:
        sys.exit(str(failure))


def _terminated(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    typer.run(main)
