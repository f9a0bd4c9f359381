"""The 422 problem: parts of a request that do not fit their type, with pydantic's and our own texts about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from service_kit.bodies import Unfit
from service_kit.http.problems import Member, Problem, answer_with, malformed
from service_kit.languages import ENGLISH, Language, Phrase, Value

MOST_FAULTS: Final = 20
"""Faults of one request that an answer names."""

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


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a request that is wrong: ``where`` it is, and ``what`` is wrong, as the rest of a sentence."""

    where: str
    what: Phrase


class InvalidRequest(Problem):
    """422: parts of the request are wrong."""

    def __init__(self, found: Sequence[Fault]) -> None:
        self.found = found[:MOST_FAULTS]
        super().__init__(422, "invalid-request", self.said(ENGLISH))

    def said(self, language: Language) -> str:
        """All faults, one after the other."""
        return "; ".join(f"{each['where']}: {each['what']}" for each in self._faults(language))

    def told(self, language: Language) -> Mapping[str, Member]:
        """Each fault with its place."""
        return {"errors": self._faults(language)}

    def _faults(self, language: Language) -> Sequence[Mapping[str, str]]:
        return [{"where": each.where, "what": language.phrase(each.what)} for each in self.found]


def invalid(where: str, what: str, **values: Value) -> Problem:
    """422: one part of the request is wrong."""
    return InvalidRequest([Fault(where, Phrase(what, **values))])


async def answer_invalid(request: Request, error: Exception) -> JSONResponse:
    """The exception handler for what FastAPI and pydantic refuse."""
    if not isinstance(error, RequestValidationError):
        raise error
    if _is_other_media(request, error):
        problem = Problem(415, "unsupported-media-type", "Send JSON, with Content-Type: application/json.")
    else:
        problem = _problem_of(error)
    return answer_with(problem, request)


def _is_other_media(request: Request, error: RequestValidationError) -> bool:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return isinstance(error.body, bytes) and not (media == "application/json" or media.endswith("+json"))


def _problem_of(error: RequestValidationError) -> Problem:
    faults: Sequence[Mapping[str, Any]] = error.errors()
    if any(fault["type"] == "json_invalid" for fault in faults):
        return malformed("malformed-json", "The body is not JSON. Send one JSON object in UTF-8.")
    return InvalidRequest([Fault(_where(fault["loc"]), what(fault)) for fault in faults[:MOST_FAULTS]])


def _where(location: Sequence[str | int]) -> str:
    # Names of unknown fields come from the client: they are cut, and in ASCII so that every answer can be encoded.
    path = ".".join(str(part) for part in location)
    return ascii(path[:200])[1:-1]


def what(fault: Mapping[str, Any]) -> Phrase:
    """What is wrong, from an error of pydantic."""
    match fault["type"]:
        case "missing" if tuple(fault["loc"]) == ("body",):
            return Phrase("is missing: send a JSON body")
        case "missing":
            return Phrase("is missing")
        case "extra_forbidden":
            return Phrase("is unknown: leave it out")
        case "value_error":
            error = fault["ctx"]["error"]
            return error.phrase if isinstance(error, Unfit) else Phrase(str(error))
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
