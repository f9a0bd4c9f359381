"""The settings of the partnerships service: the delay of further logins, and the limit of deactivations."""

from datetime import timedelta

from pydantic import Field

from coaching_readmodels.asking_limits import AskingSettings
from partnerships.partnership.figures import PairFigures
from partnerships.partnership.terms import MOST_QUESTIONS
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

    departure_days: int = Field(
        30,
        ge=1,
        le=366,
        description="days until a partnership ends because one of the two has left the directory",
        examples=["30"],
    )
    own_questions: int = Field(
        3, ge=0, le=MOST_QUESTIONS, description="the most questions of a pair's own for check-ins", examples=["3"]
    )

    @property
    def pair_figures(self) -> PairFigures:
        """The figures of partnerships in the form of the rules."""
        return PairFigures(departure_days=self.departure_days, questions=self.own_questions)

    @property
    def logins(self) -> Logins:
        """The issuers of logins, and the delay of a further login."""
        return Logins(frozenset(each.issuer for each in self.issuers), self.login_delay)
