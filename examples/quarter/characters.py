"""Characters: how a person handles promises, check-ins and meetings. Chance follows from names, not from dice."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

Fate = Literal["on time", "a little late", "asks for another date", "asks to let it go", "only when reminded", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Character:
    """Shares are between 0 and 1; ``looks_on`` are the weekdays (Monday is 0) on which they open the application."""

    called: str
    promises: float = 0.7
    asks: float = 0.3
    on_time: float = 0.75
    late: float = 0.1
    renegotiates: float = 0.08
    lets_go: float = 0.02
    forgets: float = 0.04
    checks_in: float = 0.95
    meets: float = 0.35
    shows_up: float = 0.97
    answers: float = 0.9
    looks_on: tuple[int, ...] = (0, 3)

    def fate(self, promise: str) -> Fate:
        """The outcome of a promise. It never changes."""
        drawn = chance("fate", promise)
        shares: tuple[tuple[float, Fate], ...] = (
            (self.on_time, "on time"),
            (self.late, "a little late"),
            (self.renegotiates, "asks for another date"),
            (self.lets_go, "asks to let it go"),
            (self.forgets, "never"),
        )
        for share, fate in shares:
            if drawn < share:
                return fate
            drawn -= share
        return "only when reminded"

    def does(self, share: float, *about: str) -> bool:
        """Whether they do an act with this frequency."""
        return chance(self.called, *about) < share


def chance(*about: str) -> float:
    """A number from 0 to 1 that follows from its subject, so that every run tells the same story."""
    digest = sha256("\x1f".join(about).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


STEADY = Character(called="steady", on_time=0.9, late=0.05, renegotiates=0.05, lets_go=0, forgets=0)
EAGER = Character(called="eager", promises=1.0, asks=0.5, on_time=0.55, late=0.2, renegotiates=0.2, forgets=0.02)
OVERBOOKED = Character(
    called="overbooked", on_time=0.35, late=0.2, renegotiates=0.15, lets_go=0.1, forgets=0.1, checks_in=0.7,
    shows_up=0.8, looks_on=(0, 3),
)  # fmt: skip
QUIET = Character(called="quiet", promises=0.35, asks=0.1, checks_in=0.85, meets=0.25, answers=0.8, looks_on=(1, 3))
CAREFUL = Character(called="careful", promises=0.5, on_time=0.8, renegotiates=0.18, late=0.02, lets_go=0, forgets=0)
NEW_TO_IT = Character(called="new to it", on_time=0.5, late=0.2, renegotiates=0.05, forgets=0.05, checks_in=0.75)
DRIFTING = Character(
    called="drifting", promises=0.4, on_time=0.3, late=0.1, forgets=0.3, checks_in=0.4, meets=0.15, shows_up=0.6,
    answers=0.7, looks_on=(3,),
)  # fmt: skip
