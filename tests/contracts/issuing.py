"""Issuers of tokens for tests: keys of every kind, signed tokens of any shape, and a server that publishes keys."""

import base64
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, cast

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import Algorithm, ECAlgorithm, OKPAlgorithm, RSAAlgorithm, get_default_algorithms

SIGNERS: Mapping[str, Algorithm] = {**get_default_algorithms(), "Ed25519": OKPAlgorithm()}
RSA = rsa.generate_private_key(65537, 2048)
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


def new_key(algorithm: str) -> Any:
    """A private key that such tokens are signed with."""
    if algorithm in CURVES:
        return ec.generate_private_key(CURVES[algorithm])
    return ed25519.Ed25519PrivateKey.generate() if algorithm.startswith("Ed") else RSA


def public(key: Any, **more: Any) -> dict[str, Any]:
    """The public half as an entry of a JWKS."""
    kind: Any = OKPAlgorithm
    if isinstance(key, rsa.RSAPrivateKey):
        kind = RSAAlgorithm
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        kind = ECAlgorithm
    shown = kind.to_jwk(key.public_key(), as_dict=True)
    return {name: value for name, value in shown.items() if name not in ("key_ops", "alg", "use")} | more


def jwks(*keys: object) -> str:
    return json.dumps({"keys": keys})


def signed(key: Any, header: Mapping[str, Any], claims: Mapping[str, Any] | str) -> str:
    """A token with exactly this header and these claims; as JSON text they may be none of a dictionary."""
    parts = [json.dumps(header), claims if isinstance(claims, str) else json.dumps(claims)]
    text = ".".join(map(_part, (part.encode() for part in parts)))
    signature = cast("Any", SIGNERS[str(header["alg"])]).sign(text.encode(), key)
    return f"{text}.{_part(signature)}"


def _part(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


@dataclass
class Published:
    """A server on this machine: what it answers by path, who asked, and which logins and forms were posted.

    A path may lead to another address. Requests that come while it is not ``answering`` wait.
    """

    address: str
    answers: dict[str, str] = field(default_factory=dict[str, str])
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    posted: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    away: bool = False
    leads: dict[str, str] = field(default_factory=dict[str, str])
    answering: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        self.answering.set()


@contextmanager
def published() -> Generator[Published]:
    """Answers 404 where it has nothing, 503 while it is away, and 403 to clients that call themselves Python."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            client = self.headers["User-Agent"]
            shown.asked.append((self.path, client))
            shown.answering.wait(30)
            found, elsewhere = shown.answers.get(self.path), shown.leads.get(self.path)
            status = 503 if shown.away else 403 if "Python" in client else 404 if found is None else 200
            self.send_response(status if elsewhere is None else 302)
            if elsewhere is not None:
                self.send_header("Location", elsewhere)
            self.end_headers()
            with suppress(OSError):  # whoever asked may have gone
                self.wfile.write((found or "").encode())

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["Content-Length"])).decode()
            shown.posted.append((self.headers["Authorization"], form))
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        shown = Published(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield shown
        finally:
            shown.answering.set()
            server.shutdown()
            thread.join()
