"""Types of request and answer bodies, and which characters their texts may have. No framework."""

from service_kit.bodies.characters import shown
from service_kit.bodies.faults import Unfit, fault_of, shape
from service_kit.bodies.types import (
    NO_NOTE,
    Body,
    Flag,
    LocalDate,
    LocalTime,
    LongText,
    Moment,
    Note,
    PlaceText,
    ShortText,
    Text,
    View,
    VisibleText,
    WholeNumber,
    example,
    id_of,
)

__all__ = [
    "NO_NOTE",
    "Body",
    "Flag",
    "LocalDate",
    "LocalTime",
    "LongText",
    "Moment",
    "Note",
    "PlaceText",
    "ShortText",
    "Text",
    "Unfit",
    "View",
    "VisibleText",
    "WholeNumber",
    "example",
    "fault_of",
    "id_of",
    "shape",
    "shown",
]
