"""The language that a client accepts best (RFC 9110, section 12.5.4; the look-up of RFC 4647, section 3.4)."""

import re
from functools import lru_cache

from service_kit.languages.language import ENGLISH, Language, language_of

_RANGE = re.compile(
    r"\s*(?P<range>\*|[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*)\s*(;\s*[qQ]\s*=\s*(?P<quality>[01](\.[0-9]{0,3})?)\s*)?"
)


@lru_cache(maxsize=1000)
def accepted(header: str) -> Language | None:
    """The language of an Accept-Language header. None if it names none that there is; what is malformed is skipped."""
    best, most = None, 0.0
    for part in header.split(","):
        found = _RANGE.fullmatch(part)
        if found is None:
            continue
        language, quality = _language(found["range"]), min(1.0, float(found["quality"] or 1))
        if language is not None and quality > most:
            best, most = language, quality
    return best


def _language(named: str) -> Language | None:
    if named == "*":
        return ENGLISH
    language = language_of(named)
    return language if named.partition("-")[0].lower() == language.tag else None
