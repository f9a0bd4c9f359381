"""Addresses on the web that stand in mails. Each opens one thing for whoever has it, so it cannot be guessed.

A token is the sealed name of what it opens (AES-SIV, RFC 5297): the same for the same thing, and it tells nothing. It
is valid as long as the key is. LINK_KEY names the key, the same one for all processes of this service.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from hashlib import sha512
from typing import TYPE_CHECKING, get_args

from coaching_events.ids import PersonId, StreamId
from coaching_events.mailbox import MessageId
from coaching_events.recipient import MessageKind
from coaching_readmodels import compared

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

LONGEST_TOKEN = 400


class NoLink(ValueError):
    """The text is no token that this key has made."""


@dataclass
class Links:
    """Makes and reads tokens. Until a key is given it has one of its own, which no other process knows."""

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(64), repr=False)

    def use(self, key: str) -> None:
        """Take this text as the key."""
        self._key = sha512(f"tandem links: {key}".encode()).digest()

    def message(self, person: PersonId, message: MessageId) -> str:
        """The token that shows somebody a message."""
        return self._sealed("message", f"{person} {message}")

    def stop(self, person: PersonId, kind: MessageKind) -> str:
        """The token that ends mails of a kind for somebody."""
        return self._sealed("stop", f"{person} {kind}")

    def address(self, email: str) -> str:
        """The sealed name of an address: it is stored where the address itself has no place."""
        return self._sealed("address", compared(email))

    def message_of(self, token: str) -> tuple[PersonId, MessageId]:
        """Whose message a token shows; raises NoLink."""
        person, message = self._opened("message", token)
        return person, MessageId(message)

    def stop_of(self, token: str) -> tuple[PersonId, MessageKind]:
        """For whom a token ends mails of which kind; raises NoLink."""
        person, named = self._opened("stop", token)
        for kind in get_args(MessageKind):
            if kind == named:
                return person, kind
        raise NoLink

    def _sealed(self, purpose: str, name: str) -> str:
        return _text(self._cipher().encrypt(name.encode(), [purpose.encode()]))

    def _opened(self, purpose: str, token: str) -> tuple[PersonId, str]:
        if len(token) > LONGEST_TOKEN:
            raise NoLink
        # Imported here, because a process without mail does without.
        from cryptography.exceptions import InvalidTag

        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            if _text(sealed) != token:  # the standard decoder passes over what does not belong there
                raise NoLink
            person, _, name = self._cipher().decrypt(sealed, [purpose.encode()]).decode().partition(" ")
        except (NotBase64, ValueError, InvalidTag):
            raise NoLink from None
        return PersonId(StreamId(person)), name

    def _cipher(self) -> "AESSIV":
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        return AESSIV(self._key)


def _text(sealed: bytes) -> str:
    return urlsafe_b64encode(sealed).decode().rstrip("=")


LINKS = Links()
"""Those of this process."""
