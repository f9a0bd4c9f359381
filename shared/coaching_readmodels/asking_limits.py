"""The limits on open questions and the figures of time of this process: settings of partnerships, goals, sessions."""

from dataclasses import dataclass, field
from datetime import timedelta

from pydantic import Field

from coaching_time import FIGURES, MOST_ROUNDS, AskingLimits
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
    open_goals: int = Field(
        5, ge=1, le=1000, description="the most open proposals of goals of one person to one partner", examples=["5"]
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

    propose_after_decline_days: int = Field(
        90,
        ge=0,
        le=3650,
        description="days after a declined partnership until the same person can propose it again",
        examples=["90"],
    )
    ask_again_days: int = Field(
        7,
        ge=1,
        le=90,
        description="days until a question or a suspension without a known end is decided again",
        examples=["7"],
    )
    outage_minutes: int = Field(
        30,
        ge=1,
        le=1440,
        description="minutes that a deadline may be handled late and still count against a person",
        examples=["30"],
    )

    @property
    def asking_limits(self) -> AskingLimits:
        """The same in the form of the rules."""
        return AskingLimits(
            proposals=self.open_proposals,
            sessions=self.open_sessions,
            requests=self.open_requests,
            goals=self.open_goals,
            rounds=self.rounds_a_day,
            after=timedelta(hours=self.propose_again_hours),
            after_decline=timedelta(days=self.propose_after_decline_days),
        )


@dataclass
class Asking:
    """The limits of this process. Without settings they are the usual ones."""

    limits: AskingLimits = field(default_factory=AskingLimits)

    def use(self, settings: AskingSettings) -> None:
        """Take the limits and the figures of time of the settings."""
        self.limits = settings.asking_limits
        FIGURES.ask_again_days = settings.ask_again_days
        FIGURES.outage = timedelta(minutes=settings.outage_minutes)


ASKING = Asking()
"""The limits of this process."""
