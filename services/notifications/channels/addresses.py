"""Mail addresses as they are sent: the domain in ASCII (IDNA), the local part unchanged."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr

import email_validator
from email_validator import EmailNotValidError, validate_email

# A company's own mail server may serve these special domains, so they are accepted here.
for _internal in ("local", "localhost", "test"):
    if _internal in email_validator.SPECIAL_USE_DOMAIN_NAMES:
        email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_internal)


class NoAddress(ValueError):
    """The text is no valid mail address."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """One mail address. ``local`` may be in any script, ``domain`` is ASCII; ``name`` is for display, or empty."""

    local: str
    domain: str
    name: str = ""

    @property
    def text(self) -> str:
        """The address for the envelope (RFC 5321)."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 (RFC 6531) accepts it."""
        return not self.local.isascii()

    @property
    def header(self) -> Address:
        """The address for a header (RFC 5322). A name in any script is encoded by RFC 2047."""
        return Address(display_name=self.name, username=self.local, domain=self.domain)


def address(text: str | None) -> MailAddress:
    """Read a bare address. Raises NoAddress, also for line breaks, blanks and a second address."""
    try:
        found = validate_email(text or "", check_deliverability=False, strict=True, globally_deliverable=False)
    except EmailNotValidError as wrong:
        raise NoAddress(str(wrong)) from None
    return MailAddress(found.ascii_local_part or found.local_part, found.ascii_domain)


def normal(text: str) -> str:
    """The address as in the directory: small letters, and the domain in its own script. Raises NoAddress."""
    try:
        found = validate_email(text, check_deliverability=False, strict=True, globally_deliverable=False)
    except EmailNotValidError as wrong:
        raise NoAddress(str(wrong)) from None
    return found.normalized.lower()


def sender_address(text: str) -> MailAddress:
    """Read ``Name <address>`` or a bare address. Raises NoAddress. ASCII only, so that every server can answer."""
    if any(not character.isprintable() for character in text):
        raise NoAddress("is one line without control characters")
    name, bare = parseaddr(text)
    found = address(bare)
    if found.needs_utf8:
        raise NoAddress("has letters before the @-sign that not every mail server accepts: use ASCII there")
    return MailAddress(found.local, found.domain, name)
