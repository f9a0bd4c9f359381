"""The 422 problem: parts of a request that do not fit their type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from service_kit.bodies import fault_of
from service_kit.http.problems import Member, Problem, answer_with, malformed
from service_kit.languages import ENGLISH, Language, Phrase, Value

MOST_FAULTS: Final = 20
"""Faults of one request that an answer names."""


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
    told = [fault for fault in faults if not _follows(fault, faults)]
    return InvalidRequest([Fault(_where(_place(fault, error.body)), fault_of(fault)) for fault in told])


def _follows(fault: Mapping[str, Any], faults: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a list has too few entries only because pydantic does not count the wrong ones, which are told."""
    place = fault["loc"]
    inside = (each for each in faults if each["loc"][: len(place)] == place and each["loc"] != place)
    return fault["type"] == "too_short" and next(inside, None) is not None


def _place(fault: Mapping[str, Any], body: Any) -> Sequence[str | int]:
    """The place of a fault as the client knows it: pydantic also names the alternative that it tried."""
    first, *rest = fault["loc"]
    return (first, *_within(body, rest, fault["type"] == "missing")) if first == "body" else (first, *rest)


def _within(here: Any, parts: Sequence[str | int], missing: bool) -> Sequence[str | int]:
    """The most of these parts that lead into a value. An alternative may have the name of a field."""
    if not parts:
        return ()
    first, *rest = parts
    without = _within(here, rest, missing)
    try:
        found = (first, *_within(here[first], rest, missing))
    except (LookupError, TypeError):
        found = (first,) if missing and not rest else ()
    return max(without, found, key=len)


def _where(location: Sequence[str | int]) -> str:
    # Names of unknown fields come from the client: they are cut, and in ASCII so that every answer can be encoded.
    path = ".".join(str(part) for part in location)
    return ascii(path[:200])[1:-1]
