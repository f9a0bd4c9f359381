"""The result of an attempt to send a message over a channel."""

from dataclasses import dataclass, field
from datetime import timedelta

from notifications.mailbox.rules.delivery import Outcome


@dataclass(frozen=True, slots=True)
class Result:
    """The result of an attempt. ``reason`` is a short text without names, addresses or personal texts.

    ``refuses`` is the answer of a server that refuses the address itself, and not only this message. Before
    ``retry_after`` the server takes no other attempt.
    """

    outcome: Outcome
    reason: str | None = None
    refuses: str | None = field(default=None, compare=False)
    retry_after: timedelta | None = None
