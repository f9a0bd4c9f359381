"""One performance: import the roster, play the quarter, tell it, count it, and audit it."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule

from examples.quarter.audit import Audit, compare, listen
from examples.quarter.cast import PAIRS
from examples.quarter.gather import gather
from examples.quarter.opening import invite, opened
from examples.quarter.person import Json
from examples.quarter.play import FIRST_DAY, WEEK, Couple, Interlude, Play
from examples.quarter.post_office import shown
from examples.quarter.stage import Stage
from examples.quarter.staying import invite_to_try, stay, write_tokens
from examples.quarter.story import fingerprint, story
from examples.quarter.table import Line, table
from examples.quarter.targets import Target

EXAMPLES = Path(__file__).parents[1]
LIFETIME = timedelta(hours=12)


async def perform(
    target: Target, console: Console, folder: Path, *, ready: float, weeks: int, pairs: int, kill: bool, keep: bool
) -> int:
    """Play and print the result: 0 without a difference, otherwise 1."""
    times = {"backing services and eight processes ready": ready}
    async with opened(target) as stage:
        with _timed(times, "roster"):
            people, report = await invite(target, stage)
        _tell_roster(console, report)
        couples = [Couple(pair, people[pair.proposer], people[pair.other]) for pair in PAIRS[:pairs]]
        with _timed(times, f"{weeks} weeks of {len(couples)} partnerships"):
            await _play(target, console, stage, couples, weeks, kill=kill)
        with _timed(times, "story and table"):
            lines = await gather(couples)
            told = next(line for line in lines if line.couple.pair.told)
            console.print(Rule(f"The quarter of {told.couple.proposer.name} and {told.couple.other.name}"))
            for sentence in story(told, people.values()):
                console.print(sentence, markup=False)
            _show_a_mail(target, console, told)
            console.print(Rule())
            console.print(table(lines))
            told_so = fingerprint(lines, people.values())
            console.print(f"The stories of all pairs have the fingerprint {told_so}.")
        with _timed(times, "audit"):
            audit = await listen(target.kafka_url, await stage.ends())
            await compare(audit, couples, list(people.values()))
        _tell_audit(console, audit)
        for what, seconds in times.items():
            console.print(f"  {seconds:6.1f} s  {what}")
        console.print(f"  {stage.waited:6.1f} s  of that: waiting for silence, {stage.steps} times", style="dim")
        if keep:
            couple, file = told.couple, folder / "try.env"
            write_tokens(file, target, [couple.proposer, couple.other])
            invite_to_try(console, file, target, couple.proposer, couple.other, couple.partnership)
            await stay(stage)
    return 1 if audit.differences else 0


def _tell_roster(console: Console, report: Json) -> None:
    console.print(
        f"Roster: {report['registered']} people registered, {len(report['calendars'])} calendars published, "
        f"{len(report['wrong'])} wrong lines."
    )
    for wrong in report["wrong"]:
        console.print(f"  line {wrong['line']}: {wrong['why']}", style="yellow", markup=False)


async def _play(
    target: Target, console: Console, stage: Stage, couples: Sequence[Couple], weeks: int, *, kill: bool
) -> None:
    bar = Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} days"),
        TimeElapsedColumn(),
        console=console,
        transient=not console.is_terminal,
    )
    with bar:
        task = bar.add_task("Playing", total=weeks * 7)

        def progress(day: date, number: int) -> None:
            bar.update(task, completed=number, description=f"{day:%a %d %b %Y}")

        play = Play(stage, couples, progress, weeks=weeks)
        if kill:
            noon = datetime.combine(FIRST_DAY + (weeks // 2) * WEEK + timedelta(days=2), time(15), UTC)
            play.interludes.append(Interlude(noon, lambda: _kill_and_restart(target, bar.console)))
        await play.run()


async def _kill_and_restart(target: Target, console: Console) -> None:
    console.print("SIGKILL for the worker of goals, in the middle of its work …", style="red")
    await asyncio.to_thread(target.suite.kill_worker, "goals")
    await asyncio.to_thread(target.suite.restart_worker, "goals")
    console.print("… and it is back: it goes on where the killed one was.", style="green")


def _show_a_mail(target: Target, console: Console, told: Line) -> None:
    if target.post_office is None:
        return
    console.print(Rule(f"One of {len(target.post_office.mails)} mails, as it arrived at a local mail server"))
    for about in ("in the way", "promise", "check-in"):
        mail = target.post_office.mail_to(told.couple.other.name, about)
        if mail is not None:
            console.print(shown(mail), markup=False)
            return


def _tell_audit(console: Console, audit: Audit) -> None:
    console.print(Rule("Audit by an independent subscriber"))
    console.print(
        f"Read {audit.records:,} records of {len(audit.streams):,} streams from the four topics "
        f"({audit.repeated} came twice), folded them again, and compared with the services' answers:"
    )
    for what, number in audit.compared.items():
        console.print(f"  {number:6,} × {what}")
    for difference in audit.differences:
        console.print(f"  DIFFERENT {difference}", style="bold red", markup=False)
    verdict = f"{len(audit.differences)} differences." if audit.differences else "No difference."
    console.print(verdict, style="bold red" if audit.differences else "bold green")


@contextmanager
def _timed(times: dict[str, float], what: str) -> Generator[None]:
    started = perf_counter()
    yield
    times[what] = perf_counter() - started
