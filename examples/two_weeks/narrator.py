"""Tells the play while it happens: events of the topics, mails, and events of the machines."""

import asyncio
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console
from rich.text import Text

from coaching_events import CheckInSubmitted, Delivery, MessageReceived, NudgeSent
from coaching_events.event import Event
from examples.quarter.person import Json, Person
from examples.quarter.post_office import PostOffice, text_of
from examples.quarter.stage import Stage
from examples.quarter.targets import Target
from examples.two_weeks.listening import Listener
from examples.two_weeks.script import MUNICH
from examples.two_weeks.telling import Teller

WIDTH = 110
INDENT = " " * 18
WHY = ("Why you get this", "Warum Sie diese Nachricht bekommen")
"""The beginning of the reasons in a mail, in the languages of the people."""


@dataclass
class Narrator:
    """Prints one line per event, in the order of their moments, in Munich time."""

    target: Target
    console: Console
    stage: Stage
    listener: Listener
    people: Mapping[str, Person] = field(default_factory=dict[str, Person])
    lines: int = 0
    teller: Teller = field(default_factory=Teller)

    async def tell(self) -> None:
        """Tell what has happened since the last call. All services must be idle."""
        await self.listener.heard_all(await self.stage.ends())
        news = sorted(self.listener.news, key=lambda delivery: delivery.recorded.at)
        self.listener.news.clear()
        for delivery in news:
            await self._tell_one(delivery)

    async def kill_and_restart(self) -> None:
        """Kill the worker of goals while it works, and start it again."""
        await self.tell()
        await asyncio.to_thread(self.target.suite.kill_worker, "goals")
        self.line(self.stage.now, "The process of the promises is killed (SIGKILL), and comes back.", "red")
        await asyncio.to_thread(self.target.suite.restart_worker, "goals")

    def line(self, at: datetime, sentence: str, style: str = "") -> None:
        """One line of the story, with its continuation lines indented."""
        when = f"{at.astimezone(MUNICH):%a %-d Jan %H:%M}"
        width = min(self.console.width, WIDTH)
        wrapped = textwrap.fill(sentence, width, initial_indent=f"{when:<{len(INDENT)}}", subsequent_indent=INDENT)
        text = Text(wrapped, style=style)
        text.stylize("dim", 0, len(INDENT))
        self.console.print(text)
        self.lines += 1

    async def _tell_one(self, delivery: Delivery[Event]) -> None:
        recorded, event = delivery.recorded, delivery.event
        sentence = self.teller.sentence(recorded)
        if isinstance(event, CheckInSubmitted):
            sentence = await self._check_in(event)
        if sentence is not None:
            self.line(recorded.at, sentence)
        if isinstance(event, NudgeSent) and any(entry.step for entry in event.entries):
            self._mail(recorded.at, self.teller.of(event.person), event.message)
        if isinstance(event, MessageReceived) and event.alone:
            self._mail(event.moment, self.teller.of(event.person), event.message)

    async def _check_in(self, event: CheckInSubmitted) -> str | None:
        """The text of a check-in is in no event: the partner reads it from the service."""
        partner = next(person for person in self.people.values() if person.id == event.partner)
        streams: list[Json] = await partner.get("goals", f"/partnerships/{event.partnership}/check-ins")
        shown = next(stream for stream in streams if stream["owner"] == event.owner)
        occasions = [shown["current"], *shown["past"]]
        written = next(each["submitted"] for each in occasions if each and each["occasion"] == str(event.occasion))
        need = written["need"]
        return None if need is None else f"{self.teller.of(event.owner)} checks in and needs: “{need}”"

    def _mail(self, at: datetime, name: str, message: str) -> None:
        office: PostOffice | None = self.target.post_office
        mail = None if office is None else office.mail_with_id(message)
        if mail is None:
            return
        paragraphs = text_of(mail).replace("\r", "").strip().split("\n\n")
        said = " ".join(paragraphs[1].split())
        why = next(text for text in paragraphs if text.startswith(WHY))
        reason = " ".join(why.partition("\n")[2].removeprefix("- ").split())
        self.line(at, f"{name} gets a mail, “{mail['Subject']}”: {said}", "cyan")
        self.line(at, f"Why? {reason}", "cyan")
