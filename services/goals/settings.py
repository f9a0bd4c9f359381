"""What the goals service is told besides: how openings of check-ins are spread, and how much one may ask."""

from datetime import timedelta

from pydantic import Field

from coaching_readmodels.asking_limits import AskingSettings


class GoalsSettings(AskingSettings):
    """Without one of its own, openings are spread over a quarter of an hour."""

    opening_spread: float = Field(
        900,
        ge=0,
        le=3600,
        description="seconds over which check-ins that would open at the same instant are spread; 0: not at all",
        examples=["900"],
    )

    @property
    def spread(self) -> timedelta:
        """Over how long openings are spread."""
        return timedelta(seconds=self.opening_spread)
