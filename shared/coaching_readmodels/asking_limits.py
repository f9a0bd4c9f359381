"""How much one person may ask of others, as this process was told: settings of partnerships, goals and sessions."""

from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import Field

from coaching_time import MOST_ROUNDS, AskingLimits
from service_kit.process import Settings


class AskingSettings(Settings):
    """The settings of every service, and these limits."""

    open_proposals: int = Field(
        10,
        ge=1,
        le=1000,
        description="partnerships that one person may have proposed and nobody answered",
        examples=["10"],
    )
    open_sessions: int = Field(
        5,
        ge=1,
        le=1000,
        description="sessions that one may have offered to one partner without an answer",
        examples=["5"],
    )
    open_requests: int = Field(
        5,
        ge=1,
        le=1000,
        description="promises that one may have asked of one partner without an answer",
        examples=["5"],
    )
    rounds_a_day: int = Field(
        5,
        ge=1,
        le=MOST_ROUNDS,
        examples=["5"],
        description="how often a day one may take back what one asked a partner, and ask again",
    )
    propose_again_hours: float = Field(
        24,
        ge=0,
        le=8760,
        description="hours after which a partnership may be proposed again by who took it back",
        examples=["24"],
    )

    @property
    def asking_limits(self) -> AskingLimits:
        """The same as rules take them."""
        return AskingLimits(
            proposals=self.open_proposals,
            sessions=self.open_sessions,
            requests=self.open_requests,
            rounds=self.rounds_a_day,
            after=timedelta(hours=self.propose_again_hours),
        )


@dataclass
class Asking:
    """The limits of this process; until it is told others, the usual ones."""

    limits: AskingLimits = field(default_factory=AskingLimits)

    def use(self, settings: AskingSettings) -> None:
        """Take those of the settings."""
        self.limits = settings.asking_limits


ASKING = Asking()
"""Those of this process."""
