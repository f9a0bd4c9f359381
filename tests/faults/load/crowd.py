"""People, what they send, and what was answered to them."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from httpx import Response

from coaching_events.ids import StreamId, parse
from tests.faults.load.doors import Doors
from tests.faults.oracle.evidence import Answer, Told

Json = dict[str, Any]
Now = Callable[[], Awaitable[datetime]]

SENT_AGAIN = 0.05
"""The share of commands that are sent once more with the same key after they were answered."""
LOOKED_AT = 0.1
"""The share of commands whose outcome is read again at once."""


@dataclass
class Crowd:
    """Everybody, and the record of what they were answered. ``strange`` are answers that nobody should get.

    ``sealed`` are the words of reflections, which belong to nobody but the two.
    """

    doors: Doors
    rng: Random
    seed: int
    answers: list[Answer] = field(default_factory=list[Answer])
    refused: Counter[str] = field(default_factory=Counter[str])
    strange: list[str] = field(default_factory=list[str])
    sealed: list[str] = field(default_factory=list[str])
    _sent: int = 0

    def next_key(self) -> str:
        """A key that nobody has used."""
        self._sent += 1
        return f"drill-{self.seed}-{self._sent}"

    def next_sealed(self) -> str:
        """A line that stands nowhere else."""
        self.sealed.append(f"I was heard, in the words number {self.seed}-{len(self.sealed)}.")
        return self.sealed[-1]


@dataclass
class Person:
    """Somebody with a token. ``id`` is known once the directory has them."""

    crowd: Crowd
    login: str
    token: str
    id: str = ""

    async def get(self, service: str, path: str) -> Any:
        """Read something that is there."""
        answer = await self._ask(service, "GET", path, {}, None)
        if answer.status_code != 200:
            self.crowd.strange.append(f"GET {path} answered {answer.status_code}: {answer.text[:200]}")
            return {}
        return answer.json()

    async def does(
        self,
        service: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        method: str = "POST",
        after: str | None = None,
    ) -> Json | None:
        """Send a command until it is answered: what was answered, or None if a rule refused."""
        crowd, key = self.crowd, self.crowd.next_key()
        headers = {"Idempotency-Key": key, **({"After": after} if after else {})}
        answer = await self._ask(service, method, path, headers, body or {})
        told = self._kept(service, key, answer)
        if told is not None and crowd.rng.random() < SENT_AGAIN:
            self._kept(service, key, await self._ask(service, method, path, headers, body or {}))
        if told is not None and crowd.rng.random() < LOOKED_AT:
            await self._sees(service, told)
        return told

    async def _ask(
        self, service: str, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Any] | None
    ) -> Response:
        told = {"Authorization": f"Bearer {self.token}", **headers}
        return await self.crowd.doors.ask(service, method, path, told, body)

    def _kept(self, service: str, key: str, answer: Response) -> Json | None:
        crowd, told = self.crowd, answer.json()
        if answer.status_code in (200, 201):
            events = tuple(
                Told(
                    position=each["position"],
                    type=each["type"],
                    at=datetime.fromisoformat(each["at"]),
                    data=each["data"],
                )
                for each in told["events"]
            )
            stream = StreamId(told["id"])
            crowd.answers.append(Answer(service=service, by=self.login, key=key, stream=stream, events=events))
            return told
        if answer.status_code == 409:
            crowd.refused[told["type"].rpartition(":")[2]] += 1
        else:
            crowd.strange.append(f"{answer.request.method} {answer.request.url.path} answered {answer.text[:300]}")
        return None

    async def _sees(self, service: str, told: Json) -> None:
        """Whoever was answered finds it when they look, on whichever instance."""
        stream, version = parse(told["position"])
        kind = stream.partition("_")[0]
        page = {"commitment": "commitments", "session": "sessions", "partnership": "partnerships"}.get(kind)
        if page is None:
            return
        seen = await self.get(service, f"/{page}/{stream}")
        if seen and parse(seen["position"])[1] < version:
            self.crowd.strange.append(f"{told['position']} was answered, and then {seen['position']} was shown")
