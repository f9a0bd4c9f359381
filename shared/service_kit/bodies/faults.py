"""What is wrong with a value, in pydantic's and our own texts, as they follow the name of a field."""

from collections.abc import Mapping
from typing import Any, Final, Protocol, runtime_checkable

from service_kit.languages import ENGLISH, Phrase, Value

STANDARD: Final[Mapping[str, str]] = {
    "bool_parsing": "should be a valid boolean, unable to interpret input",
    "bool_type": "should be a valid boolean",
    "date_from_datetime_inexact": "Datetimes provided to dates should have zero time - e.g. be exact dates",
    "date_from_datetime_parsing": "should be a valid date or datetime, {error}",
    "date_parsing": "should be a valid date in the format YYYY-MM-DD, {error}",
    "date_type": "should be a valid date",
    "datetime_from_date_parsing": "should be a valid datetime or date, {error}",
    "datetime_object_invalid": "Invalid datetime object, got {error}",
    "datetime_parsing": "should be a valid datetime, {error}",
    "datetime_type": "should be a valid datetime",
    "dict_type": "should be a valid dictionary",
    "enum": "should be {expected}",
    "finite_number": "should be a finite number",
    "float_parsing": "should be a valid number, unable to parse string as a number",
    "float_type": "should be a valid number",
    "greater_than": "should be greater than {gt}",
    "greater_than_equal": "should be greater than or equal to {ge}",
    "int_from_float": "should be a valid integer, got a number with a fractional part",
    "int_parsing": "should be a valid integer, unable to parse string as an integer",
    "int_parsing_size": "Unable to parse input string as an integer, exceeded maximum size",
    "int_type": "should be a valid integer",
    "invalid_key": "Keys should be strings",
    "less_than": "should be less than {lt}",
    "less_than_equal": "should be less than or equal to {le}",
    "list_type": "should be a valid list",
    "literal_error": "should be {expected}",
    "mapping_type": "should be a valid mapping, error: {error}",
    "model_attributes_type": "should be a valid dictionary or object to extract fields from",
    "model_type": "should be a valid dictionary or instance of {class_name}",
    "multiple_of": "should be a multiple of {multiple_of}",
    "none_required": "should be None",
    "set_type": "should be a valid set",
    "string_pattern_mismatch": "String should match pattern '{pattern}'",
    "string_too_long": "String should have at most {max_length} character{expected_plural}",
    "string_too_short": "String should have at least {min_length} character{expected_plural}",
    "string_type": "should be a valid string",
    "string_unicode": "should be a valid string, unable to parse raw data as a unicode string",
    "time_parsing": "should be in a valid time format, {error}",
    "time_type": "should be a valid time",
    "timezone_aware": "should have timezone info",
    "timezone_naive": "should not have timezone info",
    "too_long": "{field_type} should have at most {max_length} item{expected_plural} after validation, "
    "not {actual_length}",
    "too_short": "{field_type} should have at least {min_length} item{expected_plural} after validation, "
    "not {actual_length}",
    "tuple_type": "should be a valid tuple",
    "union_tag_invalid": "tag '{tag}' found using {discriminator} does not match any of the expected tags: "
    "{expected_tags}",
    "union_tag_not_found": "Unable to extract tag using discriminator {discriminator}",
}
"""Pydantic's texts by their types, as they follow the name of a field. Texts of other types are not translated."""


_SHAPES: Final[dict[str, Phrase]] = {}


def shape(pattern: str, sentence: str) -> str:
    """A regular expression for texts, with what is said of a text that it does not match.

    The sentence follows the name of the field. It is a constant, which translations find. Returns the expression.
    """
    _SHAPES[pattern] = Phrase(sentence)
    return pattern


class Unfit(ValueError):
    """A value that does not fit. The text follows the name of its field; it is a constant, which translations find."""

    def __init__(self, sentence: str, /, **values: Value) -> None:
        super().__init__(ENGLISH.fill(sentence, values))
        self.sentence = sentence
        self.values = values


@runtime_checkable
class _Sentence(Protocol):
    """An error whose text has places, as ``Unfit``."""

    sentence: str
    values: Mapping[str, Value]


def fault_of(fault: Mapping[str, Any]) -> Phrase:
    """What is wrong with a value, from an error of pydantic."""
    match fault["type"]:
        case "missing" if tuple(fault["loc"]) == ("body",):
            return Phrase("is missing: send a JSON body")
        case "missing":
            return Phrase("is missing")
        case "extra_forbidden":
            return Phrase("is unknown: leave it out")
        case "value_error":
            error = fault["ctx"]["error"]
            return Phrase(error.sentence, **error.values) if isinstance(error, _Sentence) else Phrase(str(error))
        case "too_long" | "too_short" as kind if isinstance(fault.get("input"), str):
            return fault_of({**fault, "type": f"string_{kind}"})
        case "string_pattern_mismatch" if (told := _SHAPES.get(fault["ctx"]["pattern"])) is not None:
            return told
        case kind if kind in STANDARD:
            return Phrase(STANDARD[kind], **_context(fault.get("ctx", {})))
        case _:
            return Phrase(str(fault["msg"]).removeprefix("Input "))


def _context(given: Mapping[str, Any]) -> Mapping[str, Value]:
    """The values of pydantic's texts, with the plural that it uses, and with alternatives in the reader's language."""
    length = given.get("min_length", given.get("max_length"))
    values: dict[str, Value] = {name: str(value) for name, value in given.items()}
    values["expected_plural"] = "" if length == 1 else "s"
    first, either, last = str(given.get("expected", "")).rpartition(" or ")
    if either:
        values["expected"] = Phrase("{first} or {last}", first=first, last=last)
    return values
