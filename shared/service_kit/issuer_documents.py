"""What an issuer publishes over HTTP: its keys, and the document that says where they are. These calls block."""

import json
from http.client import HTTPException
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

_LARGEST = 1024 * 1024


def is_url(text: str) -> bool:
    """Whether this is asked for over HTTP."""
    return text.startswith(("https://", "http://"))


def fetched(url: str, within: float) -> str:
    """A document's text; raises OSError or ValueError. Some servers refuse Python's own name, so it is ours."""
    asked = Request(url, headers={"Accept": "application/json", "User-Agent": _user_agent()})
    try:
        with urlopen(asked, timeout=within) as answer:
            return answer.read(_LARGEST).decode()
    except HTTPError as refused:
        with refused:
            raise OSError(f"{url} answers {refused.code}") from None
    except HTTPException as wrong:
        raise OSError(f"{url} does not speak HTTP: {type(wrong).__name__}") from wrong


def discovered_keys(issuer: str, within: float) -> str:
    """The keys of an issuer that says itself where they are (OpenID Connect Discovery; RFC 8414).

    Raises OSError or ValueError.
    """
    wrong: OSError | ValueError = ValueError("there is no such issuer")
    for url in _well_known(issuer):
        try:
            return fetched(_keys_address(json.loads(fetched(url, within)), issuer), within)
        except (OSError, ValueError) as this:
            wrong = this
    raise wrong


def _well_known(issuer: str) -> tuple[str, ...]:
    """Where the document may be: OpenID Connect appends to the issuer's path, RFC 8414 puts the name before it."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    host = f"{parts.scheme}://{parts.netloc}/.well-known"
    found = (
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        f"{host}/oauth-authorization-server{path}",
        f"{host}/openid-configuration{path}",
    )
    return tuple(dict.fromkeys(found))


def _keys_address(document: Any, issuer: str) -> str:
    if not isinstance(document, dict) or document.get("issuer") != issuer:  # pyright: ignore[reportUnknownMemberType]
        raise ValueError("the document at the issuer's address is of another issuer")
    address: object = document.get("jwks_uri")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not isinstance(address, str) or not is_url(address):
        raise ValueError("the issuer's document names no address of keys")
    if issuer.startswith("https://") and not address.startswith("https://"):
        raise ValueError("the issuer's document names an address of keys without TLS")
    return address


def _user_agent() -> str:
    try:
        return f"tandem/{version('tandem')}"
    except PackageNotFoundError:
        return "tandem"
