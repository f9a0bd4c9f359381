"""Amounts as they stand in events: decimals, written as texts so that no digit is lost."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, PlainSerializer, WithJsonSchema

AMOUNT = r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"
"""The form of an amount: at most 12 digits before the point and 6 after it."""


def written_amount(amount: Decimal) -> str:
    """The text of an amount, for example ``12.5``: never with an exponent."""
    return format(amount, "f")


def _plain(given: Decimal) -> Decimal:
    return abs(given) if given.is_zero() else given


Amount = Annotated[
    Decimal,
    Field(max_digits=18, decimal_places=6, allow_inf_nan=False),
    AfterValidator(_plain),
    PlainSerializer(written_amount, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": AMOUNT, "examples": ["38.5"]}),
]
"""A decimal number with at most 12 digits before the point and 6 after it."""
