"""What the partnerships service is told besides: how long a further login waits, how many a roster may deactivate."""

from datetime import timedelta

from pydantic import Field

from coaching_readmodels.asking_limits import AskingSettings
from partnerships.person.logins import DEFAULT_DELAY, Logins


class PartnershipSettings(AskingSettings):
    """The delay is in the events, so the other services need no setting for it."""

    login_delay: timedelta = Field(
        DEFAULT_DELAY,
        ge=timedelta(0),
        le=timedelta(days=60),
        description="how long a further login of a person opens nothing, unless they confirm it (ISO 8601)",
        examples=["P3D"],
    )

    deactivations_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="the share of the active people of which a roster deactivates no more without a confirmation",
        examples=["0.05"],
    )
    deactivations_many: int = Field(
        10, ge=1, description="fewer deactivations than these need no confirmation", examples=["10"]
    )

    @property
    def logins(self) -> Logins:
        """What a login is here, and how long a further one waits."""
        return Logins(frozenset(each.issuer for each in self.issuers), self.login_delay)
