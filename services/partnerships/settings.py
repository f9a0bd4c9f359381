"""The settings of the partnerships service: the delay of further logins, and the limit of deactivations."""

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
        description="time until a further login of a person works, unless they confirm it (ISO 8601)",
        examples=["P3D"],
    )

    deactivations_share: float = Field(
        0.05,
        ge=0,
        le=1,
        description="largest share of the active people that a roster deactivates without a confirmation",
        examples=["0.05"],
    )
    deactivations_many: int = Field(
        10, ge=1, description="fewer deactivations than this need no confirmation", examples=["10"]
    )

    @property
    def logins(self) -> Logins:
        """The issuers of logins, and the delay of a further login."""
        return Logins(frozenset(each.issuer for each in self.issuers), self.login_delay)
