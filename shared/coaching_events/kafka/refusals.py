"""Why Kafka will never let a client in as it is set: found out by a connection or two, and told in one sentence.

aiokafka reports a wrong password, a wrong certificate and a port without TLS in the same way as a broker that is away.
"""

import asyncio
import ssl
from contextlib import suppress
from typing import Any, Protocol, cast

from aiokafka.conn import create_conn  # pyright: ignore[reportUnknownVariableType] (it has no annotations)
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.admin import SaslHandShakeRequest
from aiokafka.protocol.metadata import MetadataRequest

from coaching_events.kafka.security import KafkaSecurity, SecurityFault
from coaching_events.kafka.tokens import TokenRefused

WITHIN_MS = 5_000
"""Milliseconds that a broker has to answer each question."""
_HOSTNAME_MISMATCH = 62
"""X509_V_ERR_HOSTNAME_MISMATCH of OpenSSL."""


class _Connection(Protocol):
    async def send(self, request: object) -> Any: ...
    def close(self) -> object: ...


async def check(bootstrap: str, security: KafkaSecurity) -> None:
    """Raise SecurityFault if the first broker that answers refuses this client for good.

    It returns when the client is let in, and also when no broker answers: that may pass.
    """
    for broker in bootstrap.split(","):
        host, _, port = broker.strip().rpartition(":")
        at = host.strip("[]"), int(port)
        try:
            connection = await _connected(*at, security.connection)
        except (KafkaError, OSError) as wrong:
            why = await _why(*at, security, wrong)
        else:
            if await _answers(connection):
                return
            why = await _why_not_in(*at, security)
        if why is not None:
            raise SecurityFault(f"Kafka at {broker.strip()} {why.rstrip('.')}")


async def _why(host: str, port: int, security: KafkaSecurity, wrong: Exception) -> str | None:
    match wrong:
        case TokenRefused():
            return f"was not asked, for there is no token: {wrong.args[0]}"
        case UnsupportedSaslMechanismError():
            offered = await _offered(host, port, security)
            return f"has no login by {security.mechanism} (KAFKA_SASL_MECHANISM): it offers {offered}"
        case IllegalSaslStateError():
            without = "SSL" if security.uses_tls else "PLAINTEXT"
            return f"takes no login at this port: set KAFKA_SECURITY_PROTOCOL to {without}"
        case SaslAuthenticationFailed() | AuthenticationFailedError():
            return f"refuses this login ({_login(security)})"
        case ssl.SSLCertVerificationError(verify_code=code) if code == _HOSTNAME_MISMATCH:
            return f"has a certificate for another name (KAFKA_SSL_CHECK_HOSTNAME): {wrong.verify_message}"
        case ssl.SSLCertVerificationError():
            return f"has a certificate that is not trusted (KAFKA_SSL_CA): {wrong.verify_message}"
        case _ if security.uses_tls:
            return await _why_no_tls(host, port, security)
        case _ if await _speaks_tls(host, port):
            return f"speaks TLS at this port: set KAFKA_SECURITY_PROTOCOL to {'SASL_' * security.uses_login}SSL"
        case _:
            return None


def _login(security: KafkaSecurity) -> str:
    return "KAFKA_SASL_OAUTH_…" if security.mechanism == "OAUTHBEARER" else "KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD"


async def _why_no_tls(host: str, port: int, security: KafkaSecurity) -> str | None:
    with suppress(KafkaError, OSError, TimeoutError):
        (await _connected(host, port, {})).close()
        return f"speaks no TLS at this port: set KAFKA_SECURITY_PROTOCOL to {'SASL_' * security.uses_login}PLAINTEXT"
    told = await _alert(host, port, security.connection["ssl_context"])
    if told is None:
        return None
    if security.certificate is None and "CERTIFICATE" in told:
        return "lets nobody in without a client certificate: set KAFKA_SSL_CERTIFICATE and KAFKA_SSL_KEY"
    return f"refuses this client's TLS (KAFKA_SSL_CERTIFICATE): {told.lower().replace('_', ' ')}"


async def _alert(host: str, port: int, context: ssl.SSLContext) -> str | None:
    """What the broker says against this client: with TLS 1.3 it does so after the handshake."""
    try:
        async with asyncio.timeout(WITHIN_MS / 1000):
            reader, writer = await asyncio.open_connection(host, port, ssl=context)
            try:
                await reader.read(1)
            finally:
                writer.close()
    except ssl.SSLError as alert:
        return alert.reason if "ALERT" in (alert.reason or "") else None
    except OSError:
        return None
    return None


async def _speaks_tls(host: str, port: int) -> bool:
    """Whether something answers to TLS, be it by an alert."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(WITHIN_MS / 1000):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
            writer.close()
    except ssl.SSLError as wrong:
        return "ALERT" in (wrong.reason or "")
    except OSError:
        return False
    return True


async def _answers(connection: _Connection) -> bool:
    """Whether the broker answers; it hangs up on a client that has not logged in.

    One whose token it has refused gets an answer to that instead, which aiokafka takes for one without a cluster.
    """
    try:
        answer = await connection.send(MetadataRequest([]))
    except KafkaConnectionError:
        return False
    finally:
        connection.close()
    return getattr(answer, "cluster_id", "") is not None


async def _why_not_in(host: str, port: int, security: KafkaSecurity) -> str | None:
    if security.uses_login:
        return f"refuses this login ({_login(security)})"
    offered = await _offered(host, port, security)
    if offered == "none":
        return None
    needed = "SASL_SSL" if security.uses_tls else "SASL_PLAINTEXT"
    return f"lets nobody in without a login: set KAFKA_SECURITY_PROTOCOL to {needed}; it offers {offered}"


async def _offered(host: str, port: int, security: KafkaSecurity) -> str:
    """The mechanisms of a port that wants a login."""
    given = {name: value for name, value in security.connection.items() if name == "ssl_context"}
    connection = await _connected(host, port, {**given, "security_protocol": "SSL" if given else "PLAINTEXT"})
    try:
        answer = await connection.send(SaslHandShakeRequest("PLAIN"))
    finally:
        connection.close()
    return ", ".join(sorted(answer.enabled_mechanisms)) or "none"


async def _connected(host: str, port: int, how: Any) -> _Connection:
    return cast("_Connection", await create_conn(host, port, request_timeout_ms=WITHIN_MS, **how))
