"""Web addresses in mails. Each opens one thing for every holder of the address, so it cannot be guessed.

A token is the encrypted name of what it opens (AES-SIV, RFC 5297). It is always the same for the same thing, and
reveals nothing. It is valid as long as its key. All processes of this service need the same key, from LINK_KEY.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass, field
from hashlib import sha512
from typing import TYPE_CHECKING, get_args

from coaching_events.events.mailbox import EntryId, MessageId
from coaching_events.events.recipient import MessageKind, PushChannel
from coaching_events.ids import PersonId, StreamId
from coaching_readmodels import compared

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV

LONGEST_TOKEN = 400
LONGEST_WEBHOOK = 4000


class NoLink(ValueError):
    """The text is no token of this key."""


@dataclass
class Links:
    """Makes and reads tokens. Without a given key it uses a random one, which no other process knows."""

    _key: bytes = field(default_factory=lambda: secrets.token_bytes(64), repr=False)

    def use(self, key: str) -> None:
        """Use this text as the key."""
        self._key = sha512(f"tandem links: {key}".encode()).digest()

    def message(self, person: PersonId, message: MessageId) -> str:
        """The token that shows a message to its person."""
        return self._sealed("message", f"{person} {message}")

    def answer(self, person: PersonId, message: MessageId, entry: EntryId, answer: str) -> str:
        """The token that shows one answer to an entry of a message to its person."""
        return self._sealed("answer", f"{person} {message} {entry} {answer}")

    def stop(self, person: PersonId, kind: MessageKind, channel: PushChannel = "mail") -> str:
        """The token that ends messages of a kind over a channel for a person. That of mails names no channel."""
        return self._sealed("stop", f"{person} {kind}" if channel == "mail" else f"{person} {kind} {channel}")

    def webhook(self, person: PersonId, address: str) -> str:
        """The encrypted web address of a person in a chat. Only this service can read it."""
        return self._sealed("webhook", f"{person} {address}")

    def webhook_of(self, sealed: str) -> tuple[PersonId, str]:
        """The person and the web address of a sealed one. Raises NoLink."""
        return self._opened("webhook", sealed, longest=LONGEST_WEBHOOK)

    def address(self, email: str) -> str:
        """The encrypted name of an address, stored where the address itself must not be."""
        return self._sealed("address", compared(email))

    def message_of(self, token: str) -> tuple[PersonId, MessageId]:
        """The person and the message of a token. Raises NoLink."""
        person, message = self._opened("message", token)
        return person, MessageId(message)

    def answer_of(self, token: str) -> tuple[PersonId, MessageId, EntryId, str]:
        """The person, the message, the entry and the name of the answer of a token. Raises NoLink."""
        person, named = self._opened("answer", token)
        message, entry, answer = named.split(" ")
        return person, MessageId(message), EntryId(entry), answer

    def stop_of(self, token: str) -> tuple[PersonId, MessageKind, PushChannel]:
        """The person, the kind of message and the channel of a token. Raises NoLink."""
        person, named = self._opened("stop", token)
        name, _, channel = named.partition(" ")
        for kind in get_args(MessageKind):
            if kind == name:
                return person, kind, "chat" if channel == "chat" else "mail"
        raise NoLink

    def _sealed(self, purpose: str, name: str) -> str:
        return _text(self._cipher().encrypt(name.encode(), [purpose.encode()]))

    def _opened(self, purpose: str, token: str, longest: int = LONGEST_TOKEN) -> tuple[PersonId, str]:
        if len(token) > longest:
            raise NoLink
        # Imported here, because a process without mail does not need it.
        from cryptography.exceptions import InvalidTag

        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            if _text(sealed) != token:  # the standard decoder ignores invalid characters
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
"""The links of this process."""
