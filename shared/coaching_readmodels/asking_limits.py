"""The limits on open questions of one person in this process: settings of partnerships, goals and sessions."""

from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import Field

from coaching_time import MOST_ROUNDS, AskingLimits
from service_kit.process import Settings


class AskingSettings(Settings):
    """The settings of every service, and these limits."""

    open_proposals: int = Field(
        10, ge=1, le=1000, description="the most open proposals of partnerships of one person", examples=["10"]
    )
    open_sessions: int = Field(
        5, ge=1, le=1000, description="the most open session offers of one person to one partner", examples=["5"]
    )
    open_requests: int = Field(
        5, ge=1, le=1000, description="the most open requests for promises of one person to one partner", examples=["5"]
    )
    rounds_a_day: int = Field(
        5,
        ge=1,
        le=MOST_ROUNDS,
        examples=["5"],
        description="the most withdrawals of questions to a partner within a day, before a new question is refused",
    )
    propose_again_hours: float = Field(
        24,
        ge=0,
        le=8760,
        description="hours after a withdrawn proposal until the same person can propose the partnership again",
        examples=["24"],
    )

    @property
    def asking_limits(self) -> AskingLimits:
        """The same in the form of the rules."""
        return AskingLimits(
            proposals=self.open_proposals,
            sessions=self.open_sessions,
            requests=self.open_requests,
            rounds=self.rounds_a_day,
            after=timedelta(hours=self.propose_again_hours),
        )


@dataclass
class Asking:
    """The limits of this process. Without settings they are the usual ones."""

    limits: AskingLimits = field(default_factory=AskingLimits)

    def use(self, settings: AskingSettings) -> None:
        """Take the limits of the settings."""
        self.limits = settings.asking_limits


ASKING = Asking()
"""The limits of this process."""
