"""The settings of the goals service: the spread of check-in openings, and the limits of open requests."""

from datetime import timedelta

from pydantic import Field

from coaching_readmodels.asking_limits import AskingSettings


class GoalsSettings(AskingSettings):
    """By default, openings are spread over 15 minutes."""

    opening_spread: float = Field(
        900,
        ge=0,
        le=3600,
        description="seconds over which check-ins with the same opening are spread; 0: no spread",
        examples=["900"],
    )

    @property
    def spread(self) -> timedelta:
        """The time over which openings are spread."""
        return timedelta(seconds=self.opening_spread)
