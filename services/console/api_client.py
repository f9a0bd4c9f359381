"""The APIs of the services, asked with the token of the person. A page asks several at the same time."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, cast

import httpx2
import structlog

log = structlog.stdlib.get_logger(__name__)

READ_SECONDS: Final = 2.0
"""A page waits this long for a service. What comes later is shown as absent."""
WRITE_SECONDS: Final = 15.0

Json: TypeAlias = Mapping[str, Any]
"""An answer as the service gave it. The console shows it, and decides nothing by it."""
MOST: Final = 200
"""Items of a list that a page asks for."""


@dataclass(frozen=True, slots=True)
class Away:
    """A service that did not answer in time. Templates test for it with ``is away``."""

    service: str

    def __bool__(self) -> bool:
        return False


class NotSignedIn(Exception):
    """The services do not accept the token of the session any more."""


class NotThere(Exception):
    """There is no such thing for this person."""


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    """A service refused a request of a page. ``problem`` are its problem details (RFC 9457)."""

    status: int
    problem: Json

    @property
    def reason(self) -> str | None:
        """Why, for people: without the names that the API has for the parts of a request."""
        faults: Sequence[Json] = self.problem.get("errors") or ()
        return "; ".join(each["what"] for each in faults) or self.problem.get("detail")


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a command. ``status`` 0: none came, and nobody knows whether the service did it."""

    status: int
    body: Json = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class ApiClient:
    """The services, for one request of one person."""

    http: httpx2.AsyncClient
    addresses: Mapping[str, str]
    token: str
    language: str
    after: str | None = None
    """The position of what the person has just done. A service answers when it knows it."""

    async def get(self, service: str, path: str, **parameters: Any) -> Any:
        """What a service answers; Away if it does not. Raises NotThere, NotSignedIn and Refused."""
        asked = {name: value for name, value in parameters.items() if value is not None}
        return await self._ask(service, path, "GET", params=asked)

    async def find(self, service: str, path: str) -> Any:
        """The same for what there may be none of: then it is None."""
        try:
            return await self.get(service, path)
        except NotThere:
            return None

    async def search(self, service: str, path: str, **parameters: Any) -> Any:
        """The same for a search with what a person typed. If the service refuses it, the refusal is the answer."""
        try:
            return await self.get(service, path, **parameters)
        except Refused as refused:
            return refused

    async def preview(self, service: str, path: str, body: Json) -> Any:
        """The same for a question with a body, which changes nothing. ``refused`` says why there is no answer."""
        try:
            return await self._ask(service, path, "POST", json=body)
        except Refused as refused:
            return {"refused": refused.reason}

    async def _ask(self, service: str, path: str, method: str, **content: Any) -> Any:
        try:
            async with asyncio.timeout(READ_SECONDS):
                url = self.addresses[service] + path
                answer = await self.http.request(method, url, headers=self._headers(), **content)
        except (TimeoutError, httpx2.HTTPError) as away:
            log.warning("a service does not answer a page", of=service, error=type(away).__name__)
            return Away(service)
        return self._read(service, answer)

    async def all(self, **calls: "Any") -> dict[str, Any]:
        """Several calls at the same time."""
        answers = await asyncio.gather(*calls.values())
        return dict(zip(calls, answers, strict=True))

    async def send(
        self, method: str, service: str, path: str, body: Json | None, *, key: str, if_match: str | None
    ) -> Answer:
        """A command. The same key again is the same command, however often it is sent."""
        headers = {**self._headers(), "Idempotency-Key": key}
        if if_match:
            headers["If-Match"] = f'"{if_match}"'
        url = self.addresses[service] + path
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                answer = await self.http.request(method, url, json=body, headers=headers)
        except (TimeoutError, httpx2.HTTPError) as away:
            log.warning("a service does not answer a command", of=service, error=type(away).__name__)
            return Answer(0)
        if answer.status_code == 401:
            raise NotSignedIn
        return Answer(answer.status_code, _json(answer))

    def _headers(self) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": self.language}
        return {**headers, "After": self.after} if self.after else headers

    def _read(self, service: str, answer: httpx2.Response) -> Any:
        match answer.status_code:
            case 200:
                return _with_position(answer)
            case 401:
                raise NotSignedIn
            case 404:
                raise NotThere
            case 429 | 500 | 502 | 503 | 504:
                return Away(service)
            case status:
                raise Refused(status, _json(answer))


def listed(answer: Any) -> Sequence[Json]:
    """The items of a list; none of them if the service is away."""
    return () if isinstance(answer, Away) else cast("Sequence[Json]", answer["items"])


def http_client() -> httpx2.AsyncClient:
    """The connections of a process to the services. A proxy of the environment is not used."""
    limits = httpx2.Limits(max_connections=400, max_keepalive_connections=100)
    return httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(WRITE_SECONDS), trust_env=False)


def _with_position(answer: httpx2.Response) -> Any:
    """The body. An object without a ``position`` has that of the ETag, which a form can send as If-Match."""
    tag = answer.headers.get("etag")
    is_object = answer.content.startswith(b"{")
    return {"position": tag.strip('"'), **answer.json()} if tag and is_object else answer.json()


def _json(answer: httpx2.Response) -> Json:
    try:
        body: Any = answer.json()
    except ValueError:
        return {}
    return cast("Json", body) if isinstance(body, dict) else {}
