"""What an issuer publishes over HTTP: its keys, and the document with their address. These calls block.

PyJWT's ``PyJWKClient`` does not fit here: it bounds neither the size nor the whole time of an answer, follows no
redirect, drops keys without ``kid``, and has no keys while the issuer is away.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from socket import SHUT_RDWR, socket
from threading import Timer
from time import monotonic
from typing import IO, cast
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from service_kit.versions import suite_version

MAX_BYTES = 1024 * 1024


def is_url(text: str) -> bool:
    """Whether this is an HTTP or HTTPS address."""
    return text.startswith(("https://", "http://"))


def is_plain(text: str) -> bool:
    """Whether this is an HTTP address without TLS."""
    return text.startswith("http://")


def fetch(url: str, until: float) -> str:
    """Read a document, at most MAX_BYTES, before ``until`` (seconds of the monotonic clock).

    Follows redirects on the same host only. Raises OSError or ValueError.
    """
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError(f"there is no time left to ask {url}")
    # Some servers refuse the default name of Python's client.
    request = Request(url, headers={"Accept": "application/json", "User-Agent": f"tandem/{suite_version()}"})
    handler = _DeadlineHandler(until)
    timer = Timer(left, handler.cut)
    timer.daemon = True
    timer.start()
    try:
        with build_opener(_SameHostRedirects, handler).open(request, timeout=left) as answer:
            return answer.read(MAX_BYTES).decode()
    except HTTPError as refused:
        with refused:
            raise OSError(f"{url} answers {refused.code}") from None
    except HTTPException as wrong:
        raise OSError(f"{url} does not speak HTTP: {type(wrong).__name__}") from wrong
    finally:
        timer.cancel()


def discover_keys(issuer: str, until: float) -> str:
    """Read the keys whose address the issuer's own document gives (OpenID Connect Discovery, RFC 8414).

    Raises OSError or ValueError.
    """
    fault: OSError | ValueError = ValueError("there is no such issuer")
    for url in _well_known(issuer):
        try:
            return fetch(_keys_address(json.loads(fetch(url, until)), issuer), until)
        except (OSError, ValueError) as wrong:
            fault = wrong
    raise fault


class _DeadlineHandler(HTTPHandler, HTTPSHandler):
    """Opens connections that all end at one moment: the timeout of a socket starts again with each byte."""

    def __init__(self, until: float) -> None:
        super().__init__()
        self._until = until
        self._sockets: list[socket] = []

    def http_open(self, req: Request) -> HTTPResponse:
        return self._open(HTTPConnection, req)

    def https_open(self, req: Request) -> HTTPResponse:
        return self._open(HTTPSConnection, req)

    def _open(self, kind: type[HTTPConnection], req: Request) -> HTTPResponse:
        def connection(host: str, /, *, timeout: float = 0.0, **_: object) -> HTTPConnection:
            made = kind(host, timeout=timeout)
            made.connect = partial(self._connect, made, made.connect)
            return made

        return self.do_open(connection, req)

    def _connect(self, connection: HTTPConnection, connect: Callable[[], None]) -> None:
        connect()
        self._sockets.append(connection.sock)
        if monotonic() >= self._until:
            raise TimeoutError("the connection came too late")

    def cut(self) -> None:
        for opened in self._sockets:
            with suppress(OSError):
                # The method of the plain socket: another thread may be reading from the one that decrypts.
                socket.shutdown(opened, SHUT_RDWR)


class _SameHostRedirects(HTTPRedirectHandler):
    """The settings trust one host, and TLS is never given up."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if not _is_same_host(req.full_url, newurl):
            fp.close()
            host = urlsplit(newurl).netloc
            raise OSError(f"{req.full_url} redirects to another host, {host}: name that host if you trust it")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _is_same_host(url: str, other: str) -> bool:
    here, there = urlsplit(url), urlsplit(other)
    if (here.scheme, there.scheme) == ("http", "https"):
        return here.hostname == there.hostname and here.port is None and there.port is None
    return (here.scheme, here.netloc) == (there.scheme, there.netloc)


def _well_known(issuer: str) -> tuple[str, ...]:
    """Addresses of the issuer's document: OpenID Connect appends to the issuer's path, RFC 8414 puts it before."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    host = f"{parts.scheme}://{parts.netloc}/.well-known"
    found = (
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        f"{host}/oauth-authorization-server{path}",
        f"{host}/openid-configuration{path}",
    )
    return tuple(dict.fromkeys(found))


def _keys_address(document: object, issuer: str) -> str:
    members = cast("dict[str, object]", document) if isinstance(document, dict) else {}
    if members.get("issuer") != issuer:
        raise ValueError("the document at the issuer's address belongs to another issuer")
    address = members.get("jwks_uri")
    if not isinstance(address, str) or not is_url(address):
        raise ValueError("the issuer's document names no address of keys")
    if issuer.startswith("https://") and is_plain(address):
        raise ValueError("the issuer's document names an address of keys without TLS")
    return address
