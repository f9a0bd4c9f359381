"""Refuses texts and numbers that cannot be stored, before anything else reads them.

One pass over the bytes of a body finds suspicious escapes and numbers; only a body with one of them is parsed here.
"""

import json
import re
from collections.abc import Iterator
from typing import cast
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from service_kit.http.problems import Problem, malformed
from service_kit.languages import Value

_SUSPICIOUS = re.compile(rb"\\u0000|\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]|[0-9]{19}|[0-9][eE]|NaN|Infinity|\x00")
_64_BITS = 2**63


def check_address(scope: Scope) -> None:
    """Raise a 400 problem for an address or a header that is not text."""
    for part in (scope.get("raw_path") or scope["path"].encode(), scope["query_string"]):
        if b"%" in part or b"\0" in part or not part.isascii():
            raw = unquote_to_bytes(part.partition(b"?")[0] if part is not scope["query_string"] else part)
            try:
                raw.decode()
            except UnicodeDecodeError:
                raise malformed("malformed-address", "The address is not UTF-8.") from None
            if b"\0" in raw:
                raise malformed("malformed-address", "The address has a NUL in it.")
    if any(b"\0" in value for _, value in scope["headers"]):
        raise malformed("malformed-header", "A header has a NUL in it.")


def check_body(body: bytes) -> None:
    """Raise a 422 problem for JSON that cannot be stored. Malformed JSON is left to the framework's parser."""
    if _SUSPICIOUS.search(body):
        _check_json(body)


class _Unfit(Exception):
    """Not a ValueError: those of the parser are left to the framework."""

    def __init__(self, detail: str, **values: Value) -> None:
        super().__init__(detail)
        self.problem = Problem(422, "unstorable", detail, values=values)


def _check_json(body: bytes) -> None:
    try:
        document = json.loads(body, parse_int=_small_integer, parse_float=_finite, parse_constant=_no_constant)
        for text in _texts(document):
            if "\0" in text:
                raise _Unfit("A text has a NUL in it: leave it out.")
            text.encode()
    except _Unfit as unfit:
        raise unfit.problem from None
    except UnicodeEncodeError:
        raise Problem(422, "unstorable", "A text has half of a surrogate pair in it: leave it out.") from None
    except RecursionError:
        raise malformed("malformed-json", "The body is nested too deeply.") from None
    except ValueError:
        return


def _texts(document: object) -> Iterator[str]:
    waiting = [document]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            waiting.extend(cast(list[object], part))
        elif isinstance(part, dict):
            waiting.extend(each for pair in cast(dict[str, object], part).items() for each in pair)


def _small_integer(digits: str) -> int:
    if len(digits) > 20 or not -_64_BITS <= int(digits) < _64_BITS:
        raise _Unfit("An integer in it is beyond 64 bits: send a smaller one.")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _Unfit("A number in it is too large.")
    return number


def _no_constant(name: str) -> float:
    raise _Unfit("{name} is not a number that JSON has.", name=name)
