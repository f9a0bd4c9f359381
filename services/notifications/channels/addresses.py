"""Mail addresses as they go over the wire: the domain in ASCII (IDNA), the local part as it is."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr

import email_validator
from email_validator import EmailNotValidError, validate_email

# A company's own mail server may serve these, so they are as good as any other domain here.
for _internal in ("local", "localhost", "test"):
    if _internal in email_validator.SPECIAL_USE_DOMAIN_NAMES:
        email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_internal)


class NoAddress(ValueError):
    """The text is no address that mail could be sent to."""


@dataclass(frozen=True, slots=True)
class MailAddress:
    """One mailbox. ``local`` may be in any script, ``domain`` is ASCII; ``name`` is what people read, or empty."""

    local: str
    domain: str
    name: str = ""

    @property
    def text(self) -> str:
        """The address for the envelope (RFC 5321)."""
        return f"{self.local}@{self.domain}"

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 (RFC 6531) takes it."""
        return not self.local.isascii()

    @property
    def header(self) -> Address:
        """The address for a header (RFC 5322); names in any script are encoded by RFC 2047."""
        return Address(display_name=self.name, username=self.local, domain=self.domain)


def address(text: str | None) -> MailAddress:
    """Read a bare address; raises NoAddress. Line breaks, blanks and second addresses are in no valid one."""
    try:
        found = validate_email(text or "", check_deliverability=False, strict=True, globally_deliverable=False)
    except EmailNotValidError as wrong:
        raise NoAddress(str(wrong)) from None
    return MailAddress(found.ascii_local_part or found.local_part, found.ascii_domain)


def normal(text: str) -> str:
    """The address as the directory has it, in small letters and with its domain in its own script; raises NoAddress."""
    try:
        found = validate_email(text, check_deliverability=False, strict=True, globally_deliverable=False)
    except EmailNotValidError as wrong:
        raise NoAddress(str(wrong)) from None
    return found.normalized.lower()


def sender_address(text: str) -> MailAddress:
    """Read ``Name <address>`` or a bare address; raises NoAddress. Every server must be able to answer it: ASCII."""
    if any(not character.isprintable() for character in text):
        raise NoAddress("is one line without control characters")
    name, bare = parseaddr(text)
    found = address(bare)
    if found.needs_utf8:
        raise NoAddress("has letters before the @-sign that not every mail server takes: use ASCII there")
    return MailAddress(found.local, found.domain, name)
