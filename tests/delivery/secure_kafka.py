"""A real Kafka that lets in by TLS, client certificates and every kind of login; its certificates are made here."""

import base64
import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from deploy.local.kafka import Doors, local_kafka
from deploy.local.ports import LOOPBACK, free_ports
from deploy.local.server import LocalServer
from eventlog import wall_now

LOGIN, PASSWORD = "tandem", "a pass word=of 7 words"
KEY_PASSWORD = "the key's own"
_MODULES = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Authority:
    """Signs certificates; ``ca`` is the file that clients trust."""

    folder: Path
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @staticmethod
    def made(folder: Path, name: str) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(name, key, name, key, is_authority=True)
        folder.mkdir(parents=True)
        authority = Authority(folder, certificate, key)
        authority.ca.write_bytes(certificate.public_bytes(Encoding.PEM))
        return authority

    @property
    def ca(self) -> Path:
        return self.folder / "ca.pem"

    def issue(self, name: str, *, password: str | None = None, host: str | None = LOOPBACK) -> tuple[Path, Path]:
        """A certificate and its key, as PEM files."""
        key = ec.generate_private_key(ec.SECP256R1())
        issued = _certificate(name, key, "tests", self.key, host=host)
        hidden = BestAvailableEncryption(password.encode()) if password else NoEncryption()
        certificate, key_file = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        certificate.write_bytes(issued.public_bytes(Encoding.PEM))
        key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden))
        return certificate, key_file


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool = False,
    host: str | None = None,
) -> x509.Certificate:
    now = wall_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if is_authority:
        usage = dict.fromkeys(
            ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
        )
        signs = x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False)
        made = made.add_extension(signs, critical=True)
    if host is not None:
        made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
    return made.sign(signer, hashes.SHA256())


@dataclass(frozen=True)
class SecureKafka:
    """The broker, its addresses by listener, and who has signed its certificate."""

    server: LocalServer
    addresses: Mapping[str, str]
    authority: Authority


@contextmanager
def secure_kafka(
    folder: Path, users: Sequence[str] = (LOGIN,), settings: Mapping[str, str] = MappingProxyType({})
) -> Generator[SecureKafka]:
    """Listeners: ``open``, ``tls``, ``mutual`` (client certificates), ``login`` (TLS) and ``bare`` (no TLS).

    Each of the users has the same password.
    """
    authority = Authority.made(folder / "authority", "tests")
    names = {"TLS": "SSL", "MUTUAL": "SSL", "LOGIN": "SASL_SSL", "BARE": "SASL_PLAINTEXT"}
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    doors = Doors(
        listeners={name: (ports[name], protocol) for name, protocol in names.items()},
        settings={**_stores(authority, folder), **_logins(), **settings},
        formatted_with=[
            argument
            for mechanism in ("SCRAM-SHA-256", "SCRAM-SHA-512")
            for user in users
            for argument in ("--add-scram", f'{mechanism}=[name="{user}",password="{PASSWORD}"]')
        ],
    )
    server = local_kafka(folder / "kafka", print, doors)
    addresses = {name.lower(): f"{LOOPBACK}:{port}" for name, port in ports.items()}
    server.start()
    try:
        yield SecureKafka(server, {**addresses, "open": server.url}, authority)
    finally:
        server.stop()


def unsecured_token(subject: str, lifetime: timedelta) -> str:
    """A token without a signature, which Kafka takes where nobody has configured another check."""
    now = wall_now()
    claims = {"sub": subject, "iat": now.timestamp(), "exp": (now + lifetime).timestamp()}
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""])


def _stores(authority: Authority, folder: Path) -> Mapping[str, str]:
    certificate, key = authority.issue("broker")
    store = folder / "broker.store.pem"
    store.write_bytes(key.read_bytes() + certificate.read_bytes())
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(store),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(authority.ca),
        "listener.name.mutual.ssl.client.auth": "required",
    }


def _logins() -> Mapping[str, str]:
    scram = f"{_MODULES}.scram.ScramLoginModule required;"
    logins = {
        "plain": f'{_MODULES}.plain.PlainLoginModule required user_{LOGIN}="{PASSWORD}";',
        "scram-sha-256": scram,
        "scram-sha-512": scram,
        "oauthbearer": f'{_MODULES}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="b";',
    }
    each = {f"listener.name.login.{name}.sasl.jaas.config": login for name, login in logins.items()}
    return {
        "listener.name.login.sasl.enabled.mechanisms": ",".join(name.upper() for name in logins),
        "listener.name.bare.sasl.enabled.mechanisms": "SCRAM-SHA-256",
        "listener.name.bare.scram-sha-256.sasl.jaas.config": scram,
        **each,
    }
