"""How many requests a process answers side by side. A request takes its place when it is whole, and not before."""

from dataclasses import dataclass

from service_kit.server.health import NotReady

MOST_AT_ONCE = 500
"""Requests that are answered side by side; with more, and their bodies, a process would only become slower."""


@dataclass
class RequestSlots:
    """The places of one process."""

    most: int = MOST_AT_ONCE
    taken: int = 0

    def take(self) -> bool:
        """Take a place; False if there is none."""
        if self.taken >= self.most:
            return False
        self.taken += 1
        return True

    def give_back(self) -> None:
        """Let another request have it."""
        self.taken -= 1

    async def check(self) -> None:
        """Raise NotReady while every place is taken: a balancer then sends requests to another process."""
        if self.taken >= self.most:
            raise NotReady(f"all {self.most} places for requests are taken")
