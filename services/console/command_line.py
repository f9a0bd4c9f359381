"""``python -m console serve``."""

import argparse
from collections.abc import Sequence
from typing import NoReturn

from console.settings import ConsoleSettings
from service_kit.process import ended_by_refusals


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command and exit: 0 stopped in good order, 1 failed, 2 wrong arguments or settings."""
    parser = argparse.ArgumentParser(prog="python -m console")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="show the pages, until SIGTERM")
    parser.parse_args(arguments)
    with ended_by_refusals():
        from console.serving import serve

        raise SystemExit(serve(ConsoleSettings.from_environment()))
