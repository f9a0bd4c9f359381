"""The console: time and size of its pages with nine partnerships and a thousand promises, their calls, and streams."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final, cast

import httpx
from playwright.async_api import async_playwright

from deploy.local import BackingServices
from eventlog import fresh_id
from examples.quarter.suite import SERVICES
from service_kit.authentication.local_issuer import LocalIssuer
from tests.benchmarks.findings import Counted
from tests.benchmarks.measure import Effort, Servers
from tests.console.chromium import FOUND
from tests.delivery.company import Company, Somebody, answered
from tests.delivery.opening import opened

PARTNERS: Final = tuple(f"partner{number}" for number in range(9))
STREAMS: Final = 200
ASKED: Final = 40
"""How often each page and each call is timed."""
MOST_CALLS: Final = 6
"""Five for the page, and one for the person."""
SMALL_ENOUGH: Final = 60.0
"""Kilobytes of a page."""
SLOWER: Final = 2.0
"""How many times the slowest of its calls *This week* may take."""
SEEN: Final = 20
"""How often somebody does something that an open page shows."""
AT_ONCE: Final = 1000.0
"""Milliseconds until it does."""
OF_THE_WEEK: Final = (
    ("goals", "/week"),
    ("sessions", "/sessions?status=proposed&status=scheduled&limit=200"),
    ("partnerships", "/partnerships?status=proposed&status=formed&limit=200"),
    ("notifications", "/inbox?unread=true&limit=10"),
    ("partnerships", "/people/me"),
)


async def pages(servers: Servers, effort: Effort) -> list[Counted]:
    """The pages of a person with nine partners, beside the calls of the week page; then many open streams."""
    folder = servers.logs / f"console_{fresh_id()[:6]}"
    folder.mkdir(parents=True)
    issuer, people = LocalIssuer.of(folder / "issuer"), folder / "people.json"
    console = {"SIGN_IN": "local", "LOCAL_ISSUER": str(folder / "issuer"), "LOCAL_PEOPLE": str(people)}
    backing = cast(BackingServices, servers)  # only the addresses of the two servers are used
    prefix = f"pages_{fresh_id()[:6]}"
    logs = folder / "logs"
    async with opened(backing, issuer, prefix, logs, {}, together=True, console=console) as company:
        anna, pairs, promise = await _filled(company, min(1_000, effort.listed // 100))
        async with AsyncExitStack() as closing:
            browser = await _signed_in(company, people, anna, closing)
            addresses = {"week": "/", "partnership": f"/partnerships/{pairs[0]}", "promise": f"/promises/{promise}"}
            addresses |= {"inbox": "/inbox", "settings": "/settings", "propose": "/propose", "help": "/help"}
            sizes = {name: len((await _page(browser, path)).content) / 1000 for name, path in addresses.items()}
            calls = {name: float(await _calls(company, browser, path)) for name, path in addresses.items()}
            times = {name: await _timed(partial(_page, browser, path)) for name, path in addresses.items()}
            slowest = max([median(await _timed(partial(_called, anna, call))) for call in OF_THE_WEEK])
            slower = median(times["week"]) / slowest
            at_once = median(await _timed(partial(_called, anna, *OF_THE_WEEK)))
            shown = ", ".join(f"{name} {median(each):.0f}" for name, each in times.items())
            return [
                Counted("pages: calls of the services", max(calls.values()), "at most, with that for the person",
                        MOST_CALLS, calls),
                Counted("pages: kilobytes", round(max(sizes.values()), 1), "at most", SMALL_ENOUGH, sizes),
                Counted("pages: milliseconds, median", round(max(map(median, times.values()))), f"at most ({shown})"),
                Counted("this week beside the slowest of its calls", round(slower, 2),
                        f"times longer ({slowest:.0f} ms, asked alone)", SLOWER),
                Counted("this week beside the same calls, asked at once", round(median(times["week"]) / at_once, 2),
                        f"times longer ({at_once:.0f} ms)"),
                *await _seen(company, browser, anna, await company.pair(anna, *await company.hire("one"))),
                *await _streams(company, browser, anna, pairs[0]),
            ]  # fmt: skip


async def _filled(company: Company, promises: int) -> tuple[Somebody, Sequence[str], str]:
    """A person with nine partners, and so many promises from both sides. Returns one of the promises, too."""
    anna, *partners = await company.hire("anna", *PARTNERS)
    pairs = [await company.pair(anna, partner) for partner in partners]
    made = ""
    for number in range(promises):
        owner = anna if number % 2 else partners[number % 9]
        due = str(company.today() + timedelta(days=1 + number % 60))
        body = {"text": f"Promise {number}", "due": {"on": due}}
        answer = await owner.post("goals", f"/partnerships/{pairs[number % 9]}/commitments", body)
        made = answered(answer, 201)["id"]
    await company.stage.settle()
    return anna, pairs, made


async def _signed_in(company: Company, people: Path, person: Somebody, closing: AsyncExitStack) -> httpx.AsyncClient:
    await asyncio.to_thread(people.write_text, json.dumps([{"name": person.login, "login": person.login}]))
    assert company.suite.front is not None
    url = company.suite.front.url
    limits = httpx.Limits(max_connections=STREAMS + 20)
    browser = httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=60, limits=limits, follow_redirects=True)
    await closing.enter_async_context(browser)
    answered_with = await browser.post("/sign-in", data={"login": person.login, "to": "/help"})
    assert answered_with.status_code == 200, answered_with.text
    return browser


async def _page(browser: httpx.AsyncClient, path: str) -> httpx.Response:
    answer = await browser.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer


async def _timed(ask: Callable[[], Awaitable[object]]) -> list[float]:
    """Milliseconds of each answer."""
    taken: list[float] = []
    for _ in range(ASKED):
        started = perf_counter()
        await ask()
        taken.append((perf_counter() - started) * 1000)
    return taken


async def _called(person: Somebody, *calls: tuple[str, str]) -> None:
    """Calls of services, at the same time."""
    for answer in await asyncio.gather(*(person.get(service, path) for service, path in calls)):
        answered(answer)


async def _calls(company: Company, browser: httpx.AsyncClient, path: str) -> int:
    """How many requests the services count for a page."""
    before = await _counted(company)
    await _page(browser, path)
    return round(await _counted(company) - before)


async def _counted(company: Company) -> float:
    texts = [(await company.clients[service].get("/metrics")).text for service in SERVICES]
    return sum(sum(_values(text, "tandem_http_seconds_count")) for text in texts)


def _values(text: str, name: str) -> list[float]:
    return [float(each) for each in re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)]


async def _of_process(browser: httpx.AsyncClient) -> Mapping[str, float]:
    """Megabytes and CPU seconds of the console."""
    text = (await browser.get("/metrics")).text
    return {
        "megabytes": _values(text, "process_resident_memory_bytes")[0] / 1e6,
        "cpu": _values(text, "process_cpu_seconds_total")[0],
    }


async def _seen(company: Company, browser: httpx.AsyncClient, person: Somebody, pair: str) -> list[Counted]:
    """How long after the answer to a command the open page of a real browser shows what it did."""
    if FOUND is None:
        return []
    times: list[float] = []
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=FOUND, args=["--no-sandbox"]) as window,
    ):
        page = await window.new_page(base_url=str(browser.base_url))
        await page.goto(f"/partnerships/{pair}")
        await page.get_by_role("button", name=person.login).click()
        await page.locator("#goals").wait_for()
        for number in range(SEEN):  # each is due before the others: the page unfolds the first ones alone
            text, due = f"Seen at once {number}", {"on": str(company.today() + timedelta(days=SEEN - number))}
            body = {"text": text, "due": due}
            answered(await person.post("goals", f"/partnerships/{pair}/commitments", body), 201)
            started = perf_counter()
            await page.get_by_text(text).first.wait_for()
            times.append((perf_counter() - started) * 1000)
    worst = f"milliseconds, median (at most {max(times):.0f})"
    return [Counted("an open page shows what somebody did", round(median(times)), worst, AT_ONCE)]


async def _streams(company: Company, browser: httpx.AsyncClient, person: Somebody, pair: str) -> list[Counted]:
    """Memory and CPU of one process with many open streams, while something happens ten times."""
    before, heard = await _of_process(browser), 0
    open_ones, all_heard = asyncio.Semaphore(0), asyncio.Event()

    async def listen() -> None:
        nonlocal heard
        async with browser.stream("GET", "/live") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("retry"):
                    open_ones.release()
                heard += line.startswith("data")
                if heard >= STREAMS:
                    all_heard.set()

    listening = [asyncio.create_task(listen()) for _ in range(STREAMS)]
    for _ in listening:
        await open_ones.acquire()
    opened_ones, started = await _of_process(browser), perf_counter()
    for number in range(10):
        body = {"text": f"Seen {number}", "due": {"on": str(company.today() + timedelta(days=9))}}
        answered(await person.post("goals", f"/partnerships/{pair}/commitments", body), 201)
    async with asyncio.timeout(30):
        await all_heard.wait()
    after, seconds = await _of_process(browser), perf_counter() - started
    for each in listening:
        each.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    grown = round((opened_ones["megabytes"] - before["megabytes"]) / STREAMS * 1000)
    return [
        Counted(f"{STREAMS} open streams: megabytes of the process", round(after["megabytes"]),
                f"({grown} kB for each stream)"),
        Counted(f"{STREAMS} open streams: CPU for ten events", round((after["cpu"] - opened_ones["cpu"]) * 1000),
                f"milliseconds in {seconds:.1f} s, {heard} lines"),
    ]  # fmt: skip
