"""What an issuer publishes over HTTP: its keys, and the document that says where they are. These calls block."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from importlib.metadata import PackageNotFoundError, version
from socket import SHUT_RDWR, socket
from threading import Timer
from time import monotonic
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

_LARGEST = 1024 * 1024


def is_url(text: str) -> bool:
    """Whether this is asked for over HTTP."""
    return text.startswith(("https://", "http://"))


def is_plain(text: str) -> bool:
    """Whether this is asked for over HTTP without TLS."""
    return text.startswith("http://")


def fetched(url: str, until: float) -> str:
    """A document's text, whole by ``until`` on the monotonic clock, in seconds; raises OSError or ValueError.

    A redirect is followed on the same host only. Some servers refuse Python's own name, so it is ours.
    """
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError(f"there is no time left to ask {url}")
    asked = Request(url, headers={"Accept": "application/json", "User-Agent": _user_agent()})
    limit = _Limit(until)
    cutting = Timer(left, limit.cut)
    cutting.daemon = True
    cutting.start()
    try:
        with build_opener(_SameHost, _Plain(limit), _Encrypted(limit)).open(asked, timeout=left) as answer:
            return answer.read(_LARGEST).decode()
    except HTTPError as refused:
        with refused:
            raise OSError(f"{url} answers {refused.code}") from None
    except HTTPException as wrong:
        raise OSError(f"{url} does not speak HTTP: {type(wrong).__name__}") from wrong
    finally:
        cutting.cancel()


def discovered_keys(issuer: str, until: float) -> str:
    """The keys of an issuer that says itself where they are (OpenID Connect Discovery; RFC 8414).

    Raises OSError or ValueError.
    """
    wrong: OSError | ValueError = ValueError("there is no such issuer")
    for url in _well_known(issuer):
        try:
            return fetched(_keys_address(json.loads(fetched(url, until)), issuer), until)
        except (OSError, ValueError) as this:
            wrong = this
    raise wrong


@dataclass
class _Limit:
    """The connections of one fetch, which end together: the timeout of a socket begins anew with each byte."""

    until: float
    sockets: list[socket] = field(default_factory=list[socket])

    def note(self, opened: socket) -> None:
        self.sockets.append(opened)
        if monotonic() >= self.until:
            raise TimeoutError("the connection came too late")

    def cut(self) -> None:
        for opened in self.sockets:
            with suppress(OSError):
                socket.shutdown(
                    opened, SHUT_RDWR
                )  # of the plain socket: another thread may be reading what it decrypts


class _Connection(HTTPConnection):
    def __init__(self, note: Callable[[socket], None], host: str, **more: Any) -> None:
        super().__init__(host, **more)
        self._note = note

    def connect(self) -> None:
        super().connect()
        self._note(self.sock)


class _EncryptedConnection(_Connection, HTTPSConnection): ...


class _Plain(HTTPHandler):
    def __init__(self, limit: _Limit) -> None:
        super().__init__()
        self._limit = limit

    def http_open(self, req: Request) -> Any:
        return self.do_open(partial(_Connection, self._limit.note), req)  # pyright: ignore[reportArgumentType]


class _Encrypted(HTTPSHandler):
    def __init__(self, limit: _Limit) -> None:
        super().__init__()
        self._limit = limit

    def https_open(self, req: Request) -> Any:
        return self.do_open(partial(_EncryptedConnection, self._limit.note), req)  # pyright: ignore[reportArgumentType]


class _SameHost(HTTPRedirectHandler):
    """Another host is not who the settings trust; TLS is never left."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if not _is_same_host(req.full_url, newurl):
            fp.close()
            raise OSError(
                f"{req.full_url} leads to another host, {urlsplit(newurl).netloc}: name that one, if you trust it"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_same_host(url: str, other: str) -> bool:
    here, there = urlsplit(url), urlsplit(other)
    if (here.scheme, there.scheme) == ("http", "https"):
        return here.hostname == there.hostname and here.port is None and there.port is None
    return (here.scheme, here.netloc) == (there.scheme, there.netloc)


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
