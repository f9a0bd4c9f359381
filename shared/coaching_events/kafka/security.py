"""How a client is let in by Kafka: TLS, and a login by SASL. For aiokafka, from arguments or from the environment."""

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")

_NAMES: Mapping[str, str] = {
    "protocol": "KAFKA_SECURITY_PROTOCOL",
    "mechanism": "KAFKA_SASL_MECHANISM",
    "username": "KAFKA_SASL_USERNAME",
    "password": "KAFKA_SASL_PASSWORD",
    "ca": "KAFKA_SSL_CA",
    "certificate": "KAFKA_SSL_CERTIFICATE",
    "key": "KAFKA_SSL_KEY",
    "key_password": "KAFKA_SSL_KEY_PASSWORD",
    "token_url": "KAFKA_SASL_OAUTH_TOKEN_URL",
    "client_id": "KAFKA_SASL_OAUTH_CLIENT_ID",
    "client_secret": "KAFKA_SASL_OAUTH_CLIENT_SECRET",
    "scope": "KAFKA_SASL_OAUTH_SCOPE",
    "token_provider": "KAFKA_SASL_OAUTH_PROVIDER",
}
_CHECK_HOSTNAME = "KAFKA_SSL_CHECK_HOSTNAME"
SETTINGS = (*_NAMES.values(), _CHECK_HOSTNAME)
SECRETS = ("KAFKA_SASL_PASSWORD", "KAFKA_SSL_KEY_PASSWORD", "KAFKA_SASL_OAUTH_CLIENT_SECRET")
"""Settings that may also be the text of a file: the name of the setting and ``_FILE`` names it."""
_OF_TLS = ("ca", "certificate", "key", "key_password")
_OF_PASSWORDS = ("username", "password")
_OF_TOKENS = ("token_url", "client_id", "client_secret", "scope", "token_provider")


class SecurityFault(ValueError):
    """A setting of the connection to Kafka cannot be used. The text says which and why, without a full stop."""


@dataclass(frozen=True, kw_only=True)
class KafkaSecurity:
    """How a client is let in by Kafka. Without arguments: in plain text, without a login.

    ``protocol``: one of PROTOCOLS. ``mechanism``: one of MECHANISMS, with a SASL protocol. ``ca``: a PEM file of the
    authorities to trust instead of the system's, or the PEM text itself. ``certificate`` and ``key``: PEM files of the
    client's own certificate; a key may lie in the certificate's file. ``token_url``, ``client_id``, ``client_secret``
    and ``scope``: an OAuth 2 token endpoint that is asked by client credentials. ``token_provider``:
    ``module:callable``, which returns a token instead.

    Raises SecurityFault where the arguments contradict each other, or a file cannot be used.
    """

    protocol: str = "PLAINTEXT"
    mechanism: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    key_password: str | None = field(default=None, repr=False)
    check_hostname: bool = True
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)
    scope: str | None = None
    token_provider: str | None = None

    def __post_init__(self) -> None:
        _one_of("protocol", self.protocol, PROTOCOLS)
        if self.uses_tls:
            self._check_tls()
        else:
            self._unused(_OF_TLS, f"needs TLS, but KAFKA_SECURITY_PROTOCOL is {self.protocol}: set SSL or SASL_SSL")
        if self.uses_login:
            self._check_login()
        else:
            told = f"is for a login, but KAFKA_SECURITY_PROTOCOL is {self.protocol}: set SASL_SSL"
            self._unused(("mechanism", *_OF_PASSWORDS, *_OF_TOKENS), told)
        _ = self.connection  # what cannot be loaded is told now

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """As the settings KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_… and KAFKA_SSL_… say; raises SecurityFault."""
        told = {field: setting(environment, name) for field, name in _NAMES.items()}
        checked = (setting(environment, _CHECK_HOSTNAME) or "true").lower()
        if checked not in ("true", "false"):
            raise SecurityFault(f"{_CHECK_HOSTNAME} cannot be used: it is true or false")
        given: dict[str, Any] = {field: value for field, value in told.items() if value is not None}
        return cls(**given, check_hostname=checked == "true")

    @property
    def uses_tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.protocol.endswith("SSL")

    @property
    def uses_login(self) -> bool:
        """Whether the client logs in by SASL."""
        return self.protocol.startswith("SASL")

    @cached_property
    def connection(self) -> Mapping[str, Any]:
        """The arguments for aiokafka's consumers, producers and admin clients."""
        if self.protocol == "PLAINTEXT":
            return {}
        made: dict[str, Any] = {"security_protocol": self.protocol}
        if self.uses_tls:
            made["ssl_context"] = self._context()
        if self.mechanism == "OAUTHBEARER":
            from coaching_events.kafka.tokens import provider_of

            made |= {"sasl_mechanism": self.mechanism, "sasl_oauth_token_provider": provider_of(self)}
        elif self.uses_login:
            made["sasl_mechanism"] = self.mechanism
            made |= {"sasl_plain_username": self.username, "sasl_plain_password": self.password}
        return made

    def _check_tls(self) -> None:
        if self.certificate is None:
            self._unused(("key", "key_password"), "needs KAFKA_SSL_CERTIFICATE, which is not set")
        for name in ("ca", "certificate", "key"):
            path = getattr(self, name)
            if path is not None and not _is_pem(path) and not Path(path).is_file():
                raise SecurityFault(f"{_NAMES[name]} cannot be used: there is no file {path}")

    def _check_login(self) -> None:
        if self.mechanism is None:
            raise SecurityFault(f"KAFKA_SASL_MECHANISM is not set. It is one of {_list(MECHANISMS)}")
        _one_of("mechanism", self.mechanism, MECHANISMS)
        if self.mechanism != "OAUTHBEARER":
            self._unused(_OF_TOKENS, f"is for OAUTHBEARER, but KAFKA_SASL_MECHANISM is {self.mechanism}")
            self._needed(_OF_PASSWORDS, self.mechanism)
            return
        self._unused(_OF_PASSWORDS, "is not for OAUTHBEARER, which logs in by a token: unset it")
        if self.token_provider is None:
            if self.token_url is None:
                told = "KAFKA_SASL_OAUTH_TOKEN_URL is not set. OAUTHBEARER needs it, or KAFKA_SASL_OAUTH_PROVIDER"
                raise SecurityFault(told)
            self._needed(("client_id", "client_secret"), "KAFKA_SASL_OAUTH_TOKEN_URL")
            if not self.token_url.startswith(("https://", "http://")):
                raise SecurityFault("KAFKA_SASL_OAUTH_TOKEN_URL cannot be used: it begins with https:// or http://")
        elif self.token_url is not None:
            raise SecurityFault("KAFKA_SASL_OAUTH_TOKEN_URL and KAFKA_SASL_OAUTH_PROVIDER exclude each other")

    def _context(self) -> ssl.SSLContext:
        given = self.ca or ""
        is_text = _is_pem(given)
        try:
            context = ssl.create_default_context(cafile=None if is_text else self.ca, cadata=given if is_text else None)
        except (OSError, ValueError) as wrong:
            raise SecurityFault(f"KAFKA_SSL_CA cannot be used: it holds no PEM certificate ({_why(wrong)})") from None
        context.check_hostname = self.check_hostname
        if self.certificate is not None:
            try:
                # Without a password OpenSSL would ask the terminal for one.
                context.load_cert_chain(self.certificate, self.key, lambda: self.key_password or "")
            except (OSError, ValueError) as wrong:
                told = (
                    "KAFKA_SSL_CERTIFICATE and KAFKA_SSL_KEY cannot be used: they are no PEM certificate with its key"
                )
                raise SecurityFault(f"{told}, or KAFKA_SSL_KEY_PASSWORD is not the key's ({_why(wrong)})") from None
        return context

    def _unused(self, fields: tuple[str, ...], why: str) -> None:
        for name in fields:
            if getattr(self, name) is not None:
                raise SecurityFault(f"{_NAMES[name]} {why}")

    def _needed(self, fields: tuple[str, ...], by: str) -> None:
        for name in fields:
            if getattr(self, name) is None:
                raise SecurityFault(f"{_NAMES[name]} is not set. {by} needs it")


def setting(environment: Mapping[str, str], name: str) -> str | None:
    """A setting's text; a secret's may be in the file that ``<name>_FILE`` names. Raises SecurityFault."""
    return (secret(environment, name) if name in SECRETS else None) or environment.get(name) or None


def secret(environment: Mapping[str, str], name: str) -> str | None:
    """The text of the file that ``<name>_FILE`` names, without the end of its last line; None if it names none.

    Raises SecurityFault when the setting is there as well, or the file cannot be read.
    """
    path = environment.get(f"{name}_FILE")
    if not path:
        return None
    if environment.get(name):
        raise SecurityFault(f"{name} and {name}_FILE are both set: unset one of them")
    try:
        text = Path(path).read_text("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as wrong:
        raise SecurityFault(f"{name}_FILE cannot be used: {path} cannot be read ({_why(wrong)})") from None
    if not text:
        raise SecurityFault(f"{name}_FILE cannot be used: {path} is empty")
    return text


def _one_of(field: str, given: str, possible: tuple[str, ...]) -> None:
    if given not in possible:
        raise SecurityFault(f"{_NAMES[field]} cannot be used: it should be {_list(possible)}")


def _list(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _is_pem(text: str) -> bool:
    return text.lstrip().startswith("-----BEGIN")


def _why(wrong: Exception) -> str:
    return getattr(wrong, "strerror", None) or getattr(wrong, "reason", None) or type(wrong).__name__
