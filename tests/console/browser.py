"""A browser without a window: it keeps cookies, follows redirects, and fills in the forms of a page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from lxml import html

parsed: Any = html.document_fromstring  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


@dataclass(frozen=True)
class Page:
    """An answer, and its document."""

    answer: httpx.Response

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def path(self) -> str:
        """Where the browser is, with the query."""
        return self.answer.url.raw_path.decode()

    @property
    def document(self) -> Any:
        return parsed(self.answer.text)

    @property
    def text(self) -> str:
        """What a person reads, with single spaces."""
        body = self.document.find("body")
        for unread in body.xpath(".//script | .//template"):
            unread.drop_tree()
        return " ".join(body.text_content().split())

    @property
    def title(self) -> str:
        return self.document.findtext("head/title")

    def all(self, path: str) -> Sequence[Any]:
        """The elements at an XPath."""
        return self.document.xpath(path)

    def one(self, path: str) -> Any:
        """The only element at an XPath."""
        (found,) = self.all(path)
        return found

    def form(self, which: str) -> Any:
        """A form, by its id, or by its address."""
        return self.one(f"//form[@id={which!r} or @action={which!r}]")


@dataclass
class Browser:
    """``http`` has the cookies. Requests say that they come from a page of the console, as browsers do."""

    http: httpx.AsyncClient

    @staticmethod
    def at(address: str, **more: Any) -> "Browser":
        """A new browser, without cookies. ``async with browser.http`` closes it."""
        headers = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
        return Browser(httpx.AsyncClient(base_url=address, headers=headers, follow_redirects=True, timeout=30, **more))

    async def open(self, path: str) -> Page:
        """Go to a page."""
        return await self._led(await self.http.get(path))

    async def send(self, page: Page, form: str, typed: Mapping[str, str | Sequence[str]] | None = None) -> Page:
        """Send a form of a page. ``typed`` fills fields in or, with an empty list, leaves them out."""
        found = page.form(form)
        fields: dict[str, str | Sequence[str]] = {}
        for name, value in found.form_values():
            fields[name] = [*fields.get(name, ()), value]
        unknown = set(typed or ()) - {each.get("name") for each in found.xpath(".//*[@name]")}
        assert not unknown, f"{form} has no field {unknown}"
        return await self.post(page.answer.url.join(found.get("action")), {**fields, **(typed or {})})

    async def upload(self, page: Page, form: str, typed: Mapping[str, str], files: Mapping[str, bytes]) -> Page:
        """Send a form with files, in the order of its fields. Its other fields for files are empty."""
        parts: list[bytes] = []
        found = page.form(form)
        for each in found.xpath(".//*[@name]"):
            name, head, text = each.get("name"), "", (each.value or "").encode()
            if each.get("type") == "file":
                head, text = f'; filename="{"file" if name in files else ""}"', files.get(name, b"")
            elif name in typed:
                text = typed[name].encode()
            parts.append(f'--part\r\nContent-Disposition: form-data; name="{name}"{head}\r\n\r\n'.encode() + text)
        content = b"\r\n".join([*parts, b"--part--\r\n"])
        headers = {"Content-Type": "multipart/form-data; boundary=part"}
        address = page.answer.url.join(found.get("action"))
        return await self._led(await self.http.post(address, content=content, headers=headers))

    async def post(self, address: str | httpx.URL, fields: Mapping[str, str | Sequence[str]]) -> Page:
        """Send fields."""
        return await self._led(await self.http.post(address, data=dict(fields)))

    async def _led(self, answer: httpx.Response) -> Page:
        """The page, or the one where it leads by itself."""
        page = Page(answer)
        leads = (
            page.all("//meta[@http-equiv='refresh']/@content")
            if "html" in answer.headers.get("content-type", "")
            else ()
        )
        if not leads:
            return page
        return await self.open(str(answer.url.join(leads[0].partition("url=")[2])))
