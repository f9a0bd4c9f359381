"""A token issuer for local runs and tests. Its key is in this process alone, or in a folder.

``python -m service_kit.authentication.local_issuer FOLDER`` makes the key in the folder once and writes its public half
for the services; with ``--token SUBJECT`` it prints a token.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import OKPAlgorithm

from eventlog import wall_now
from service_kit.authentication import LOCAL_ISSUER

AUDIENCE = "tandem"


@dataclass(frozen=True, slots=True)
class LocalIssuer:
    """Signs any token. ``kid`` names its key."""

    issuer: str = LOCAL_ISSUER
    audience: str = AUDIENCE
    kid: str = "local"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate, repr=False)

    def jwks(self) -> str:
        """The public key as JSON for TOKEN_JWKS."""
        public = OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({"keys": [{**public, "kid": self.kid, "use": "sig", "alg": "EdDSA"}]})

    def token(
        self, subject: str, scopes: Iterable[str] = (), lifetime: timedelta = timedelta(hours=1), **claims: str | int
    ) -> str:
        """A bearer token for ``subject``. Without scopes it is a partner's; with a negative lifetime it has expired."""
        now = wall_now()
        standard: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "iat": min(now, now + lifetime),
            "exp": now + lifetime,
        }
        if scope := " ".join(scopes):
            standard["scope"] = scope
        return jwt.encode({**standard, **claims}, self.key, algorithm="EdDSA", headers={"kid": self.kid})

    def write_jwks(self, path: Path) -> None:
        """Write the public key for other processes."""
        path.write_text(self.jwks())

    def keep(self, path: Path) -> None:
        """Write the private key, readable for this user only, so that a running demo can issue tokens later."""
        path.touch(mode=0o600)
        path.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @staticmethod
    def kept(path: Path) -> "LocalIssuer":
        """The issuer whose private key ``keep`` wrote."""
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{path} holds another kind of key")
        return LocalIssuer(key=key)

    @staticmethod
    def of(folder: Path) -> "LocalIssuer":
        """The issuer of ``folder``, which gets one if it has none: ``private/key.pem`` and ``public/jwks.json``.

        Services may read the second folder alone.
        """
        for part in ("private", "public"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        key = folder / "private" / "key.pem"
        is_new = not key.exists()
        issuer = LocalIssuer() if is_new else LocalIssuer.kept(key)
        issuer.write_jwks(folder / "public" / "jwks.json")
        if is_new:
            issuer.keep(key)
        return issuer


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m service_kit.authentication.local_issuer", description="For local runs only."
    )
    parser.add_argument("folder", type=Path, help="the folder of the key")
    parser.add_argument("--token", metavar="SUBJECT", help="print a token for this login")
    parser.add_argument("--scope", action="append", default=[], help="a scope of the token; may be repeated")
    parser.add_argument("--hours", type=float, default=1.0, help="the lifetime of the token (1)")
    given = parser.parse_args()
    issuer = LocalIssuer.of(given.folder)
    if given.token is not None:
        sys.stdout.write(issuer.token(given.token, given.scope, timedelta(hours=given.hours)) + "\n")


if __name__ == "__main__":
    main()
