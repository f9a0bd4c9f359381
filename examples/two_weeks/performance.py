"""One performance: import the roster, play two weeks and tell them as they happen, count, and audit."""

from pathlib import Path

from rich.console import Console

from examples.collecting import Examples
from examples.quarter.audit import Audit, compare
from examples.quarter.cast import Pair
from examples.quarter.characters import STEADY
from examples.quarter.opening import invite, opened
from examples.quarter.play import Couple
from examples.quarter.staying import invite_to_try, write_people, write_tokens
from examples.quarter.targets import Target
from examples.two_weeks.front_page import FrontPage
from examples.two_weeks.listening import listening
from examples.two_weeks.narrator import Narrator
from examples.two_weeks.script import CAST, Script
from examples.two_weeks.summary import table


async def perform(target: Target, console: Console, folder: Path, *, stays: bool) -> int:
    """Play, tell and audit: 0 if every service agrees with the topics, otherwise 1."""
    async with opened(target) as stage, listening(target.kafka_url) as listener:
        people, report = await invite(target, stage, locale="en")
        if target.people is not None:
            write_people(target.people, [people[one] for one in CAST])
        narrator = Narrator(target, console, stage, listener, people)
        narrator.line(stage.now, f"{report['registered']} people come in from the export of an HR system.")
        script = Script(stage, people, narrator.kill_and_restart, narrator.tell)
        await script.play()
        await narrator.tell()
        examples = Examples()
        for stream, heard in listener.audit.streams.items():
            for event in heard.events:
                examples.offer(stream, event)
        console.print(table(script.pairs, listener.audit.streams))
        couples = [
            Couple(_pair(one.external_id, other.external_id), one, other, partnership)
            for partnership, (one, other) in script.pairs.items()
        ]
        await compare(listener.audit, couples, list(people.values()))
        _tell_audit(console, listener.audit)
        if stays:
            first, file = couples[0], folder / "try.env"
            write_tokens(file, target, [people[one] for one in CAST])
            two = (people[first.proposer.external_id], people[first.other.external_id])
            front = FrontPage(target, stage, listener, narrator.teller, two)
            async with front.served() as address:
                invite_to_try(console, file, target, *two, first.partnership, address)
                await front.stay()
        console.print("KEEP=1 make demo leaves it running. make quarter plays thirteen pairs for thirteen weeks.")
    return 1 if listener.audit.differences else 0


def _pair(proposer: str, other: str) -> Pair:
    return Pair(proposer=proposer, other=other, of_proposer=STEADY, of_other=STEADY, purpose="")


def _tell_audit(console: Console, audit: Audit) -> None:
    verdict = f"{len(audit.differences)} differences" if audit.differences else "no difference"
    console.print(
        f"Audit: a subscriber read {audit.records:,} events of {len(audit.streams)} things from Kafka, folded them "
        f"again, and compared {audit.compared.total()} facts with what the services answer: {verdict}.",
        style="bold red" if audit.differences else "bold green",
    )
    for difference in audit.differences:
        console.print(f"  DIFFERENT {difference}", style="bold red", markup=False)
