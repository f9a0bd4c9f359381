"""Valid details of a person: bounded texts, existing places and hours. Requests and roster rows use the same."""

from collections.abc import Mapping
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from coaching_events.events.person import Hours, Weekday
from coaching_events.ids import PersonId
from coaching_time import zone_exists
from service_kit.bodies import Body, LocalDate, LocalTime, ShortText, Unfit, example, shape

_VISIBLE = shape(r"^[!-{}~]+$", "should be letters, digits and signs of ASCII, without spaces and without |")
Source = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_VISIBLE)]
"""The system that names people: a directory, a roster, an issuer of tokens. Visible ASCII without ``|``."""

_LINE, _SIGN = r"[^\x00-\x1f\x7f]*", r"[^\s\x00-\x1f\x7f\x85]"
_SIGNS_IN_A_LINE = shape(f"^{_LINE}{_SIGN}{_LINE}$", "should be one line that is not only space")
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=_SIGNS_IN_A_LINE)]
"""The id of a person in a source."""

_PLACES = shape(
    r"^[A-Z]{2}(-[A-Z0-9]{1,10}){0,2}$", "is no region: write a country, as in DE, or a part of one, as in DE-BY"
)
Region = Annotated[str, StringConstraints(pattern=_PLACES)]
"""The region of the public holidays: a country or one of its parts, ``DE`` or ``DE-BY`` (ISO 3166)."""


def _mailable(given: str) -> str:
    """The address as mail servers accept it. Raises ValueError with the fault. No DNS lookup."""
    try:
        return validate_email(given, check_deliverability=False, strict=True, test_environment=True).normalized.lower()
    except EmailNotValidError as wrong:
        raise Unfit("is no valid mail address: {error}", error=str(wrong).rstrip(".")) from None


Email = Annotated[
    str, StringConstraints(max_length=254), AfterValidator(_mailable), Field(json_schema_extra={"format": "email"})
]
"""A mail address in small letters."""


def plain_local_part(address: str) -> bool:
    """Whether every mail server accepts it: other letters than ASCII before the @ need SMTPUTF8 (RFC 6531)."""
    return address.rpartition("@")[0].isascii()


_TAGS = shape(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", "is no language: write one as in de or pt-BR")
Locale = Annotated[str, StringConstraints(pattern=_TAGS)]
"""A language, with its region if that matters: ``de``, ``pt-BR`` (BCP 47)."""

Person = Annotated[
    PersonId, StringConstraints(pattern=shape(r"^person_[0-9a-f]{32}$", "is no id of a person in the directory"))
]


def _existing(zone: str) -> str:
    if not zone_exists(zone):
        raise ValueError("is no time zone: write a name of the IANA database, as in Europe/Berlin")
    return zone


Zone = Annotated[
    str, StringConstraints(max_length=64), AfterValidator(_existing), Field(json_schema_extra={"format": "time-zone"})
]
"""The name of a time zone in the IANA database. Only zones of places are valid."""


class WorkHours(Body):
    """The working hours of a day, in the person's zone. The end is later than the start."""

    start: LocalTime
    end: LocalTime

    @model_validator(mode="after")
    def _end_after_start(self) -> "WorkHours":
        if self.start >= self.end:
            raise ValueError("working hours end after they start, on the same day")
        return self


class Details(Body, json_schema_extra=example(display_name="Ben Ortiz", zone="Europe/Vienna")):
    """Changes to a record. A field that is absent does not change; null clears it.

    ``hours`` names the weekdays with work (Monday is ``"0"``). ``hours_from`` and ``region_from`` are the local dates
    from
    which they apply (default: the day of the change).
    """

    display_name: ShortText | None = None
    email: Email | None = None
    zone: Zone = Field(default="UTC", description="IANA name, as in Europe/Berlin")
    locale: Locale = "en"
    hours: Annotated[Mapping[Weekday, WorkHours], Field(min_length=1)] | None = None
    hours_from: LocalDate | None = None
    region: Region | None = None
    region_from: LocalDate | None = None
    manager: Person | None = Field(default=None, description="For information only; it gives no rights")
    unit: ShortText | None = Field(default=None, description="Where they work in the company, for information only")
    active_from: LocalDate | None = Field(default=None, description="Their first day, in their zone")
    active_until: LocalDate | None = Field(default=None, description="Their last day, in their zone")

    def says(self, field: str) -> bool:
        """Whether the field is present."""
        return field in self.model_fields_set

    @property
    def week(self) -> Mapping[Weekday, Hours] | None:
        """The working hours in the form of the events."""
        if self.hours is None:
            return None
        return {day: Hours(start=self.hours[day].start, end=self.hours[day].end) for day in sorted(self.hours)}


class NewDetails(Details):
    """The required details of a new person: at least their name and their zone.

    Hours and region apply from the beginning of time, unless a date is given.
    """

    display_name: ShortText  # pyright: ignore[reportIncompatibleVariableOverride, reportGeneralTypeIssues]
    zone: Zone  # pyright: ignore[reportGeneralTypeIssues]
