"""The page of a demo that goes on: sign in as each of the two, let a day pass, read the mails, see the events."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from examples.quarter.person import Person
from examples.quarter.post_office import shown
from examples.quarter.stage import Stage
from examples.quarter.staying import pass_a_second
from examples.quarter.targets import Target
from examples.two_weeks.listening import Listener
from examples.two_weeks.script import MUNICH
from examples.two_weeks.telling import Teller
from service_kit.server import Server, listening

HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"}
STYLE = """body{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
pre{white-space:pre-wrap;background:#8881;padding:1rem}button{font:inherit;padding:.4rem 1rem}li{margin:.2rem 0}
:root{color-scheme:light dark}"""
EVENTS = 60
"""The latest events that the page shows."""
MAILS = 15
"""The same for mails."""


@dataclass
class FrontPage:
    """What goes on after the play. Domain time moves with the machine's clock, or by a day with the button."""

    target: Target
    stage: Stage
    listener: Listener
    teller: Teller
    two: Sequence[Person]
    events: deque[str] = field(default_factory=lambda: deque(maxlen=EVENTS))
    _moving: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def stay(self) -> None:
        """Let time pass until Ctrl-C."""
        while True:
            async with self._moving:
                await pass_a_second(self.stage)
            self._hear()

    async def one_working_day_later(self) -> None:
        """Let every deadline come until the same time on the next working day."""
        async with self._moving:
            await self.stage.settle()
            await self.stage.play_until(_next_working_day(self.stage.now))
            await self.stage.settle()
        self._hear()

    def _hear(self) -> None:
        for delivery in sorted(self.listener.news, key=lambda each: each.recorded.at):
            heard = delivery.recorded
            sentence = self.teller.sentence(heard) or heard.event.type
            self.events.appendleft(f"{heard.at.astimezone(MUNICH):%a %-d %b %H:%M} {sentence}")
        self.listener.news.clear()

    @asynccontextmanager
    async def served(self) -> AsyncGenerator[str]:
        """The address of the page, for the length of an ``async with`` block."""
        routes = [
            Route("/", self._show, methods=("GET",)),
            Route("/later", self._later, methods=("POST",)),
            Route("/mails/{number:int}", self._mail, methods=("GET",)),
        ]
        server, door = Server(Starlette(routes=routes)), listening("127.0.0.1", 0, "demo")
        serving = asyncio.create_task(server.serve([door]))
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving

    async def _show(self, request: Request) -> Response:
        console = self.target.console or ""
        people = " · ".join(
            f'<a href="{console}/sign-in?as={quote(person.login)}" target="_blank">{escape(person.name)}</a>'
            for person in self.two
        )
        mails = () if self.target.post_office is None else self.target.post_office.mails
        letters = "".join(
            f'<li><a href="/mails/{number}">{escape(mail["Subject"])}</a>, to {escape(mail["To"])}</li>'
            for number, mail in [*enumerate(mails)][: -MAILS - 1 : -1]
        )
        happened = "".join(f"<li>{escape(each)}</li>" for each in self.events)
        return _page(
            f"""<h1>Tandem, for a try</h1>
<p>It is {self.stage.now.astimezone(MUNICH):%A %-d %B %Y, %H:%M} in Munich. Time passes here as on your clock.</p>
<form method="post" action="/later"><button>One working day later</button></form>
<h2>Open the pages as one of the two</h2><p>{people} (use a private window for the second one)</p>
<h2>Mails</h2><ul>{letters}</ul>
<h2>Events as they pass by</h2><ul>{happened}</ul>""",
            refresh=True,
        )

    async def _later(self, request: Request) -> Response:
        await self.one_working_day_later()
        return RedirectResponse("/", 303)

    async def _mail(self, request: Request) -> Response:
        mails = () if self.target.post_office is None else self.target.post_office.mails
        number: int = request.path_params["number"]
        if number >= len(mails):
            return RedirectResponse("/", 303)
        text = escape(shown(mails[number]))
        for word in {each for each in text.split() if each.startswith("http")}:
            text = text.replace(word, f'<a href="{word}">{word}</a>')
        return _page(f'<p><a href="/">Back</a></p><pre>{text}</pre>')


def _next_working_day(now: datetime) -> datetime:
    local = now.astimezone(MUNICH) + timedelta(days=1)
    while local.weekday() > 4:
        local += timedelta(days=1)
    return local.astimezone(now.tzinfo)


def _page(body: str, *, refresh: bool = False) -> Response:
    again = '<meta http-equiv="refresh" content="3">' if refresh else ""
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8">{again}<title>Tandem</title>'
    return HTMLResponse(f"{head}<style>{STYLE}</style></head><body>{body}</body></html>", headers=HEADERS)
