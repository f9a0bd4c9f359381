"""The stream of an open page: what is said, when, and what happened between the making of a page and its stream."""

import asyncio
import time

import pytest

from console.live import changes as live
from console.live.changes import Changes, stream
from tests.console.browser import Browser
from tests.console.conftest import LocalConsole
from tests.delivery.company import Company, answered


def test_what_happened_since_a_page_was_made_is_known(monkeypatch: pytest.MonkeyPatch):
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    changes = Changes()
    assert changes.may_have_changed(["partnership_1"], now), "the topics are not followed yet"
    changes.begin()
    now += 10
    changes.tell("partnership_1")
    made = now + 5
    assert changes.may_have_changed(["partnership_1"], now)
    assert not changes.may_have_changed(["partnership_2"], now)
    assert not changes.may_have_changed(["partnership_1"], made)
    now += live.REMEMBERED + 10
    assert changes.may_have_changed(["partnership_2"], made), "longer ago than what is remembered"
    changes.tell("partnership_2")
    assert not changes.may_have_changed(["partnership_1"], now - 5)


async def test_a_gap_in_what_is_heard_is_a_change():
    changes = Changes()
    changes.begin()
    with changes.listening(["person_1", "partnership_1"]) as listener:
        said = stream(listener)
        assert await anext(said) == "retry: 2000\n\n"
        changes.begin()
        assert (await anext(said)).startswith("event: changed\n")
        changes.end()


async def first_lines(browser: Browser, since: str) -> list[str]:
    """What a stream says until it says that something has changed, or for two seconds."""
    said: list[str] = []
    try:
        async with asyncio.timeout(2), browser.http.stream("GET", f"/live?since={since}") as lines:
            async for line in lines.aiter_lines():
                said.append(line)
                if line.startswith("data: "):
                    break
    except TimeoutError:
        pass
    return [line for line in said if line]


async def made_at(browser: Browser) -> str:
    """When this week was made, as its page says."""
    return (await browser.open("/")).one("//main").get("data-live")


async def test_a_page_hears_what_happened_before_its_stream_was_open(company: Company, console: LocalConsole):
    anna, ben = await company.hire("anna", "ben")
    pair = await company.pair(anna, ben)
    browser = await console.sign_in(anna)
    async with asyncio.timeout(60):  # until the console has heard of the partnership
        while await first_lines(browser, since := await made_at(browser)) != ["retry: 2000"]:
            pass
    asked = {"text": "Look at it.", "due": {"on": str(company.today())}}
    answered(await ben.post("goals", f"/partnerships/{pair}/requests", asked), 201)
    await company.stage.settle()
    assert "event: changed" in await first_lines(browser, since)
