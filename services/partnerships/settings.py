"""The settings of the partnerships service: the delay of further logins, and the limit of deactivations."""

import json
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from coaching_readmodels.asking_limits import AskingSettings
from partnerships.partnership.draft import MOST_QUESTIONS, TermsDraft
from partnerships.partnership.figures import PairFigures
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

    default_terms: Annotated[TermsDraft, NoDecode] = Field(
        TermsDraft(),
        description="the terms of a proposal that says nothing else, as in the body of a proposal: JSON",
        examples=['{"rhythm": "FREQ=WEEKLY;BYDAY=FR", "local_time": "10:00", "reminders": 1}'],
    )

    @field_validator("default_terms", mode="before")
    @classmethod
    def _json(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        try:
            return json.loads(given)
        except ValueError:
            raise ValueError("is no JSON") from None

    @model_validator(mode="after")
    def _defaults_are_possible(self) -> Self:
        said = self.default_terms
        if said.sharing is not None or said.starting is not None:
            raise ValueError("DEFAULT_TERMS has sharing or starting: leave them out, the two people decide them")
        if len(said.questions or ()) > self.own_questions:
            raise ValueError("DEFAULT_TERMS has more questions than OWN_QUESTIONS allows: leave some out, or raise it")
        return self

    @property
    def pair_figures(self) -> PairFigures:
        """The figures of partnerships in the form of the rules."""
        return PairFigures(
            departure_days=self.departure_days, questions=self.own_questions, defaults=self.default_terms
        )

    @property
    def logins(self) -> Logins:
        """The issuers of logins, and the delay of a further login."""
        return Logins(frozenset(each.issuer for each in self.issuers), self.login_delay)
