"""What all requests of a process share."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from console.acting.outcomes import OutcomeStore
from console.browsers.sessions import Cookie
from console.live.changes import Changes
from console.settings import ConsoleSettings
from console.sign_in import SignIn
from eventlog import Clock


@dataclass(frozen=True)
class ConsoleContext:
    """The parts of a running console."""

    settings: ConsoleSettings
    http: httpx2.AsyncClient
    clock: Clock
    sign_in: SignIn
    outcomes: OutcomeStore
    outcome_cookie: Cookie
    changes: Changes

    @property
    def addresses(self) -> Mapping[str, str]:
        """The address of each service."""
        return self.settings.addresses
