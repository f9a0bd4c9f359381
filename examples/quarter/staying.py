"""After a play: everything keeps running, domain time moves with the machine's clock, for a try by hand."""

import asyncio
import json
import shlex
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from time import perf_counter

from rich.console import Console

from examples.quarter.person import Person
from examples.quarter.roster import HR
from examples.quarter.stage import Stage
from examples.quarter.targets import Target


def write_tokens(file: Path, target: Target, people: Sequence[Person]) -> None:
    """Write a file to source in a shell: the address of each service, and a token for each of these people."""
    values = {service.upper(): address for service, address in target.suite.addresses.items()}
    values |= {person.first_name.upper(): f"Authorization: Bearer {person.token}" for person in people}
    file.write_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items()))
    file.chmod(0o600)


def write_people(file: Path, people: Sequence[Person]) -> None:
    """Write the people who may sign in at the console, with one click each, and who keeps the directory."""
    listed = [{"name": person.name, "login": person.login} for person in people]
    file.write_text(json.dumps([*listed, {"name": "HR", "login": HR, "scope": "hr.directory"}]))


def invite_to_try(
    console: Console, file: Path, target: Target, first: Person, second: Person, pair: str, page: str | None = None
) -> None:
    """Print how to ask the services as the two people. Each line works as it is. ``page`` is that of the demo."""
    one, two = first.first_name.upper(), second.first_name.upper()
    promise = '{"text": "I write down what I learnt.", "due": {"on": "2026-02-06"}}'
    if page is not None:
        console.print(f"\nOpen {page}", style="bold")
        console.print("There you sign in as each of the two, let a day pass, read the mails and see the events.")
    console.print("\nEverything runs on until Ctrl-C. Every address of an API is explained at")
    console.print(f"  {target.suite.addresses['goals']}/docs")
    console.print("Try it in another terminal:")
    for line in (
        f"source {file}",
        f'curl -s -H "${two}" "$NOTIFICATIONS/inbox?limit=1"',
        f'curl -s -H "${one}" "$GOALS/partnerships/{pair}/reliability"',
        f"curl -s -H \"${one}\" -H 'Content-Type: application/json' -d '{promise}' "
        f'"$GOALS/partnerships/{pair}/commitments"',
    ):
        console.print(f"  {line}", markup=False, soft_wrap=True)


async def stay(stage: Stage) -> None:
    """Let domain time move with the machine's clock, until Ctrl-C."""
    while True:
        await pass_a_second(stage)


async def pass_a_second(stage: Stage) -> None:
    """Let a second pass on the machine's clock, and as much domain time."""
    before, started = await stage.clock.now(), perf_counter()
    await asyncio.sleep(1)
    await stage.set(before + timedelta(milliseconds=round((perf_counter() - started) * 1000)))
