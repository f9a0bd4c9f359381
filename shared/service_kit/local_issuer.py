"""A token issuer for local runs and tests: its key is made at start and lives in this process alone."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import OKPAlgorithm

from eventlog.clock import wall_now

ISSUER = "https://issuer.tandem.local"
AUDIENCE = "tandem"


@dataclass(frozen=True, slots=True)
class LocalIssuer:
    """Signs tokens for anybody it is told to. ``kid`` names its key."""

    issuer: str = ISSUER
    audience: str = AUDIENCE
    kid: str = "local"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate, repr=False)

    def jwks(self) -> str:
        """The public key, as the JSON that TOKEN_JWKS takes."""
        public = OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return json.dumps({"keys": [{**public, "kid": self.kid, "use": "sig", "alg": "EdDSA"}]})

    def token(
        self, subject: str, scopes: Iterable[str] = (), lifetime: timedelta = timedelta(hours=1), **claims: str | int
    ) -> str:
        """A bearer token for ``subject``; without scopes a partner's; of negative lifetime: expired."""
        now = wall_now()
        said: dict[str, object] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": subject,
            "iat": min(now, now + lifetime),
            "exp": now + lifetime,
        }
        if scope := " ".join(scopes):
            said["scope"] = scope
        return jwt.encode({**said, **claims}, self.key, algorithm="EdDSA", headers={"kid": self.kid})

    def write_jwks(self, path: Path) -> None:
        """Put the public key where other processes find it."""
        path.write_text(self.jwks())

    def keep(self, path: Path) -> None:
        """Write the private key, readable for this user alone, so that a demo that stays up can issue tokens later."""
        path.touch(mode=0o600)
        path.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @staticmethod
    def kept(path: Path) -> "LocalIssuer":
        """The issuer whose private key ``keep`` wrote."""
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise TypeError(f"{path} holds another kind of key")
        return LocalIssuer(key=key)
