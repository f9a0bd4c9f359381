"""What the console keeps for a browser can be read only with the secret in the browser's cookie.

A document's name is a hash of the secret, and its content is encrypted with a key made of it (Fernet). So nobody who
reads the database finds a token or a text of a person in it.
"""

import json
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

BYTES = 32


class NotSealed(ValueError):
    """The text was not sealed with this secret."""


@dataclass(frozen=True)
class Secret:
    """A random text that only one browser has."""

    text: str

    @staticmethod
    def fresh() -> "Secret":
        """A new one."""
        return Secret(secrets.token_urlsafe(BYTES))

    def name(self, *parts: str) -> str:
        """The name of a document that belongs to this secret."""
        return sha256("\x1f".join(("name", self.text, *parts)).encode()).hexdigest()

    def seal(self, content: object) -> bytes:
        """Encrypt what JSON can say."""
        return self._cipher.encrypt(json.dumps(content).encode())

    def unseal(self, sealed: bytes) -> Any:
        """The content. Raises NotSealed."""
        try:
            return json.loads(self._cipher.decrypt(sealed))
        except InvalidToken:
            raise NotSealed from None

    @cached_property
    def _cipher(self) -> Fernet:
        return Fernet(urlsafe_b64encode(sha256(f"key\x1f{self.text}".encode()).digest()))
